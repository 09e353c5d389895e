"""What a yes to a mail means with the configured accounts, and how it is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from samantha.adapters.smtp_envelope import Outgoing, outgoing

if TYPE_CHECKING:
    from samantha.app.config import Config
    from samantha.core.ports import Clock, OutboxEntry, State


def outgoing_accounts(config: Config) -> tuple[Outgoing, ...]:
    """Return the accounts that mails go through, in the order of the configuration."""
    return tuple(
        outgoing(section.account(), send=bool(section.smtp) and section.accept == "send")
        for section in config.accounts
    )


def first_built(state: State, clock: Clock) -> Callable[[str], datetime]:
    """Return what tells when a mail, by its Message-ID, was first built: that is its date.

    The same mail is often built anew, and its bytes must not change with the hour.
    """

    def date(message_id: str) -> datetime:
        key = f"mail/date/{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"
        known = state.setting(key)
        if known:
            return datetime.fromisoformat(known)
        now = clock.now().replace(microsecond=0)
        state.set_setting(key, now.isoformat())
        return now

    return date


def sent_told(entry: OutboxEntry) -> str:
    """Return what became of a mail: sent and where the copy lies; '' when none was sent."""
    facts = {step["effect"]["type"]: step["facts"] for step in entry.undo}
    if "send_mail" not in facts:
        return ""
    copy = facts.get("append_mail", {})
    if copy.get("why"):
        return f"Sent. The copy could not be put into Sent: {copy['why']}."
    return f"Sent. A copy lies in {copy['copied']}." if copy.get("copied") else "Sent."
