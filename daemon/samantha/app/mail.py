"""Mail accounts in the joined parts: their sources, how they are, what is kept of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samantha.adapters.imap import ImapSource, MailLink, account_status

if TYPE_CHECKING:
    from samantha.adapters.tree import TreeSource
    from samantha.app.config import Config
    from samantha.app.places import Places

WELL = ("watching", "syncing", "stopped")


def mail_root(places: Places) -> Path:
    """Return where the copies of the accounts lie."""
    return places.data / "mail"


def mail_link(config: Config, places: Places) -> MailLink:
    """Return the mail worker of the configured accounts; it is started by its first source."""
    return MailLink([a.account() for a in config.accounts], mail_root(places), {})


def mail_sources(config: Config, places: Places, link: MailLink) -> Iterator[ImapSource]:
    """Return a source for each account."""
    for section in config.accounts:
        account = section.account()
        yield ImapSource(account, link, mail_root(places) / account.name)


def forget_copy(places: Places, name: str) -> bool:
    """Remove the copy of an account from the disk; False if there was none."""
    folder = mail_root(places) / name
    if "/" in name or name.startswith(".") or not folder.is_dir():
        return False
    shutil.rmtree(folder)
    return True


def fetched_told(source: TreeSource) -> dict[str, Any]:
    """Return what an account has cost: bytes fetched, since when, when all was last here."""
    if not isinstance(source, ImapSource):
        return {}
    now = source.status()
    return {
        "fetched_bytes": now.fetched,
        "fetched_bytes_since_start": now.fetched_now,
        "fetched_since": now.since,
        "synced": now.synced,
    }


def mail_troubles(config: Config, places: Places) -> Iterator[str]:
    """Return what keeps accounts from being read, in words, with what to type."""
    for part, state, reason, type_this in account_checks(config, places):
        if state != "ok":
            typed = f" Type: {type_this}" if type_this else ""
            yield f"{part}: {reason}.{typed}"


def account_checks(config: Config, places: Places) -> Iterator[tuple[str, str, str, str]]:
    """Return part, state, reason and what to type for each account, for `samantha doctor`."""
    for section in config.accounts:
        now = account_status(mail_root(places) / section.name)
        state = "ok" if now.state in WELL else "limited"
        reason = f"{now.state}: {now.reason}" if now.reason else now.state
        yield f"account {section.name}", state, reason, now.type_this
