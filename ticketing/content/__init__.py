"""The informational pages and the drawings that go with them."""
