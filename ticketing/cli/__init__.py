"""The commands of `flask`: the same acts as on the screens, for operators and scripts.

A command's code is loaded when it is called, so that what runs for days does not carry what runs for a second.
"""

from __future__ import annotations

import importlib
from typing import cast

import click
from flask import Flask
from flask.cli import AppGroup

FILES = {
    "db": "database",
    "slots": "catalogue",
    "close": "catalogue",
    "reopen": "catalogue",
    "sell": "sale",
    "reconcile": "money",
    "accounts": "money",
    "device": "door",
    "forecast": "flow",
    "octo-key": "resellers",
    "staff": "staff",
    "worker": "upkeep",
    "check": "upkeep",
    "demo": "upkeep",
    "simulate": "upkeep",
    "backup": "upkeep",
    "restore": "upkeep",
    "serve": "serve",
    "bounces": "mail",
}


class Commands(AppGroup):
    """Every command by its name and the file that holds it."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names, for `flask --help`."""
        return sorted(FILES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Load and return a command; nothing when there is none of this name."""
        if name not in FILES:
            return None
        commands = importlib.import_module(f"ticketing.cli.{FILES[name]}").COMMANDS
        return next(cast(click.Command, each) for each in commands if each.name == name)


def set_up(app: Flask) -> None:
    """Give the application its commands."""
    app.cli = Commands(app.name)
