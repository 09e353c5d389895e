"""Whether this is a moment to show anything, as far as the desktop tells.

Asked only when something would be shown. Every question has a deadline, and what is not answered is
not known: it keeps nothing back, and `samantha doctor` says so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from samantha.adapters.desktop_bus import Answers, session_answers, system_answers
from samantha.adapters.desktop_pipewire import shared
from samantha.adapters.desktop_screen import banners_off, full_screen
from samantha.core.ports import Presence

DEADLINE_S = 1.0
KEEP_S = 5.0
"""Many things are looked at in one pass: the desktop is asked once for all of them."""
_GRACE_S = 0.25
"""A question that ends at its deadline still has its answer: the others' stand in it."""
_LATE = "no answer in time"
log = logging.getLogger(__name__)


class DesktopState:
    """Asks the session's D-Bus services, logind, PipeWire, the compositor; whatever is there.

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
        heard, (filled, unseen), (screen, camera, unshared), off = self._all_at_once(
            (lambda: asyncio.run(self._heard()), {}),
            (lambda: full_screen(self._deadline_s), (None, _LATE)),
            (lambda: shared(self._deadline_s), (None, None, _LATE)),
            (lambda: banners_off(self._deadline_s), None),
        )
        quiet = heard.get("quiet", off)
        locked, idle = heard.get("locked"), heard.get("idle")
        found = Presence(quiet, filled, locked, idle, screen, camera)
        answers = (
            (found.do_not_disturb, "do not disturb"),
            (found.full_screen, f"full screen ({unseen})"),
            (found.screen_shared, f"screen sharing ({unshared})"),
            (found.locked, "whether the screen is locked"),
            (found.idle, "whether you are away"),
        )
        missing = [told for value, told in answers if value is None]
        unknown = len(missing) == len(answers)
        known = "unknown" if unknown else "known in part" if missing else "known"
        self._state = (known, f"not told: {', '.join(missing)}" if missing else "")
        return found

    def _all_at_once(self, *questions: tuple[Callable[[], Any], Any]) -> list[Any]:
        """Return the answers, each with what stands for it if it has not come at the deadline.

        Each question ends by itself soon after; nobody waits for it.
        """
        pool = ThreadPoolExecutor(len(questions), thread_name_prefix="desktop")
        asked = [pool.submit(question) for question, _ in questions]
        wait(asked, timeout=self._deadline_s + _GRACE_S)
        pool.shutdown(wait=False, cancel_futures=True)
        pairs = zip(asked, questions, strict=True)
        return [_answer(one, otherwise) for one, (_, otherwise) in pairs]

    async def _heard(self) -> Answers:
        system, session = await asyncio.gather(
            system_answers(self._deadline_s), session_answers(self._deadline_s)
        )
        # The session's own services know better than logind's hints, where they answer.
        return {**system, **session}


def _answer(asked: Future[Any], otherwise: Any) -> Any:
    """Return an answer; a program that says what makes no sense has given none."""
    if not asked.done():
        return otherwise
    problem = asked.exception()
    if problem is not None:
        log.warning("a question to the desktop failed: %s", type(problem).__name__)
        return otherwise
    return asked.result()
