"""For a web server of its own: `gunicorn -c deploy/gunicorn.conf.py wsgi:app`, beside `flask worker`."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_class = "gthread"
threads = 8
preload_app = True
graceful_timeout = 30


def pre_request(worker, request):
    """Say that the connection closes where a body will not be read to its end (web/security.py: 256 kB)."""
    told = dict(request.headers)
    if "TRANSFER-ENCODING" in told or int(told.get("CONTENT-LENGTH", "0")) > 256 * 1024:
        request.force_close()
