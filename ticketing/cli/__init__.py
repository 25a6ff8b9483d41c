"""The commands of `flask`: the same acts as on the screens, for operators and scripts."""

from __future__ import annotations

from flask import Flask

from ticketing.cli import catalogue, database, door, money, sale, serve, staff, upkeep


def set_up(app: Flask) -> None:
    """Register every command."""
    for group in (database, catalogue, sale, money, door, staff, upkeep, serve):
        for command in group.COMMANDS:
            app.cli.add_command(command)
