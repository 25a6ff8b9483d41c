"""Foyer: ticketing and visitor flow of a science centre. The house is drawn in docs/architecture.md."""
