"""How fast Foyer is, beside the bare limit of the same machine. Never part of the tests."""
