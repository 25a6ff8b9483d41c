"""What the server and the `flask` command load."""

from config import read_settings
from ticketing.app import create_app

app = create_app(read_settings())
