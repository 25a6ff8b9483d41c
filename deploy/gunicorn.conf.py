"""For a web server of its own: `gunicorn -c deploy/gunicorn.conf.py wsgi:app`, beside `flask worker`."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_class = "gthread"
threads = 8
preload_app = True
graceful_timeout = 30
