"""What plugins failed over lately, kept in state.db, so that another process can tell of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from samantha.adapters.plugin_host_values import plain, valued
from samantha.core.text import inert

REASON_LIMIT = 300
_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A plugin's failures in a row, up to the last answer it gave."""

    reason: str
    at: datetime
    times: int = 1
    state: str = ""
    """``failed_to_load`` or ``bad_config``; '' for one that failed over a moment."""
    about: str = ""
    """Names the files and the configuration it failed with: with others it is another matter."""

    def until(self) -> datetime:
        """Return when it is asked again: at once after one failure, then later and later."""
        if self.times < 2:
            return self.at
        wait: timedelta = _FIRST * 4 ** min(self.times - 2, 8)
        return self.at + min(_LONGEST, wait)

    def rests(self, now: datetime) -> bool:
        """Tell whether it is left alone; a failure at a time that was only tried out is none."""
        return self.at <= now < self.until()

    def told(self, zone: tzinfo) -> str:
        """Return the reason of a state in words."""
        if self.state:
            return self.reason
        often = "failed once" if self.times == 1 else f"failed {self.times} times in a row"
        again = ""
        if self.until() > self.at:
            again = f"; asked again from {self.until().astimezone(zone):%Y-%m-%d %H:%M} on"
        return f"{often}, last over: {self.reason}{again}"


class Settings(Protocol):
    """Where the troubles are kept."""

    def setting(self, key: str) -> str:
        """Return a value, '' where there is none."""

    def set_setting(self, key: str, value: str) -> None:
        """Keep a value."""


class Troubles:
    """The troubles of all plugins."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, name: str, about: str = "") -> Trouble | None:
        """Return the trouble of a plugin with these files and this configuration."""
        kept = self._settings.setting(_key(name))
        if not kept:
            return None
        try:
            found: Trouble = valued(json.loads(kept), Trouble)
        except ValueError:
            return None
        return found if not about or found.about == about else None

    def failed(
        self, name: str, reason: str, now: datetime, *, state: str = "", about: str = ""
    ) -> Trouble:
        """Keep one more failure."""
        before = self.of(name, about)
        times = before.times + 1 if before is not None else 1
        found = Trouble(inert(reason, REASON_LIMIT), now, times, state, about)
        self._settings.set_setting(_key(name), json.dumps(plain(found, Trouble)))
        return found

    def over(self, name: str) -> None:
        """Forget the failures of a plugin that has answered, or that is tried anew."""
        if self._settings.setting(_key(name)):
            self._settings.set_setting(_key(name), "")


def _key(name: str) -> str:
    return f"plugin/{name}/trouble"
