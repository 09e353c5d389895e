"""The requests to the generative model that are under way, and what becomes of each.

Not thread-safe: whoever uses it holds a lock.
"""

from __future__ import annotations

from samantha.adapters.chat_request import Request

_TRIES = 2


class OpenRequests(dict[int, Request]):
    """Requests by number, in the order in which they came."""

    def nearest(self) -> float:
        """Return the nearest deadline, on the monotonic clock. There must be a request."""
        return min(one.deadline for one in self.values())

    def due(self) -> tuple[list[Request], list[int]]:
        """Return what is to be sent, in order, and the numbers of what is to be cancelled.

        Both count as sent from now on. Of what a process died over, one goes at a time.
        """
        every = sorted(self.items(), key=lambda one: not one[1].header["urgent"])
        suspect = any(one.sent and one.tries for _, one in every)
        new, cancelled = [], []
        for number, one in every:
            if one.given_up and one.sent and "cancel" not in one.header:
                one.header["cancel"] = True
                cancelled.append(number)
            if one.sent or one.given_up or (one.tries and suspect):
                continue
            suspect = suspect or one.tries > 0
            one.sent = True
            new.append(one)
        return new, cancelled

    def expire(self, now: float, patience_s: float) -> bool:
        """End what is past its deadline; True if the process should have ended some by itself."""
        hangs = False
        for number, one in list(self.items()):
            late = now - one.deadline
            if late >= (patience_s if one.sent else 0) or (one.given_up and not one.sent):
                hangs = hangs or one.sent
                one.end({"ended": "cancelled" if one.given_up else "deadline"})
                del self[number]
        return hangs

    def died(self) -> tuple[int, list[Request]]:
        """After a process died: have what it was sent sent again, or leave it if that was tried.

        Returns how many are sent again, and what is left, which the caller ends.
        """
        again, left = 0, []
        for number, one in list(self.items()):
            if not one.sent:
                continue
            one.sent, one.tries = False, one.tries + 1
            one.header.pop("cancel", None)
            if one.given_up or one.tries >= _TRIES:
                del self[number]
                left.append(one)
            else:
                again += 1
        return again, left

    def end_all(self, how: str) -> None:
        """End every request in the same way."""
        for one in self.values():
            one.end({"ended": how})
        self.clear()
