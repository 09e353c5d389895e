"""Whether this is a moment to show anything, as far as the desktop tells.

Asked only when something would be shown. Every question has a deadline, and what is not answered is
not known: it keeps nothing back, and `samantha doctor` says so.
"""

from __future__ import annotations

import asyncio
import time

from samantha.adapters.desktop_bus import Answers, session_answers, system_answers
from samantha.adapters.desktop_screen import banners_off, full_screen
from samantha.core.ports import Presence

DEADLINE_S = 1.0
KEEP_S = 5.0
"""Many things are looked at in one pass: the desktop is asked once for all of them."""


class DesktopState:
    """Asks the session's D-Bus services, logind, xprop and gsettings; whatever of these is there.

    One thread asks at a time.
    """

    def __init__(self, deadline_s: float = DEADLINE_S, keep_s: float = KEEP_S) -> None:
        self._deadline_s = deadline_s
        self._keep_s = keep_s
        self._asked = -float("inf")
        self._presence = Presence()
        self._state = ("not asked yet", "it is asked when there is something to show")

    def presence(self) -> Presence:
        """Ask the desktop, within a deadline; what does not answer is not known."""
        if time.monotonic() - self._asked >= self._keep_s:
            self._presence = self._ask()
            self._asked = time.monotonic()
        return self._presence

    def state(self) -> tuple[str, str]:
        """Return (known or unknown, what is not known and why) of the last answer."""
        return self._state

    def _ask(self) -> Presence:
        filled, why = full_screen(self._deadline_s)
        answers = asyncio.run(self._heard())
        if (off := banners_off(self._deadline_s)) is not None:
            answers.setdefault("quiet", off)
        found = Presence(answers.get("quiet"), filled, answers.get("locked"), answers.get("idle"))
        missing = [
            told
            for value, told in (
                (found.do_not_disturb, "do not disturb"),
                (found.full_screen, f"full screen ({why})"),
                (found.locked, "whether the screen is locked"),
                (found.idle, "whether you are away"),
            )
            if value is None
        ]
        known = "unknown" if len(missing) == 4 else "known in part" if missing else "known"
        self._state = (known, f"not told: {', '.join(missing)}" if missing else "")
        return found

    async def _heard(self) -> Answers:
        system, session = await asyncio.gather(
            system_answers(self._deadline_s), session_answers(self._deadline_s)
        )
        # The session's own services know better than logind's hints, where they answer.
        return {**system, **session}
