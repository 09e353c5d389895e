"""How the command line reaches the state: directly, and with a word to the daemon if one runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from samantha.adapters.clock import SystemClock
from samantha.app.config import Config, load
from samantha.app.places import Places

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly


class Quiet:
    """A notifier that shows nothing: the command line prints instead."""

    def start(self, on_press: object) -> None:
        """Do nothing."""

    def post(self, card: object) -> bool:
        """Show nothing."""
        return False

    def withdraw(self, key: str) -> None:
        """Do nothing; the daemon withdraws its own card when told to look."""

    def state(self) -> tuple[str, str]:
        """Return that there is none."""
        return ("none", "the command line shows no notifications")

    def stop(self) -> None:
        """Do nothing."""


def places_and_config() -> tuple[Places, Config]:
    """Return the user's places and configuration."""
    places = Places.of_user()
    return places, load(places.config_file)


@contextmanager
def joined(places: Places | None = None, config: Config | None = None) -> Iterator[Assembly]:
    """Open the joined parts for one command."""
    from samantha.app.assembly import assemble

    if places is None or config is None:
        places, config = places_and_config()
    assembly = assemble(config, places, SystemClock(), Quiet())
    for notice in assembly.notices():
        sys.stderr.write(f"samantha: {notice}\n")
    try:
        yield assembly
    finally:
        assembly.close()


def poke(places: Places, command: str = "poke") -> dict[str, object] | None:
    """Tell a running daemon to look; None when there is none."""
    from samantha.adapters.control import call

    return call(places.control_socket, {"command": command})
