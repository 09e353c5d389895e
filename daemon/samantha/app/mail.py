"""Mail accounts in the joined parts: their sources, how they are, what is kept of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samantha.adapters.imap import ImapSource, MailLink, account_status
from samantha.adapters.imap_wanted import want, wanted
from samantha.adapters.instance import AlreadyRunning

if TYPE_CHECKING:
    from samantha.adapters.tree import TreeSource
    from samantha.api.types import Document
    from samantha.app.assembly import Assembly
    from samantha.app.config import Config
    from samantha.app.places import Places

_PATIENCE_S = 20.0
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


def bring_attachments(a: Assembly, documents: Iterable[Document]) -> None:
    """Have attachments fetched that a mail's text or their names make worth it."""
    from samantha.signals.attached import wants_attachments

    for source in a.sources:
        if isinstance(source, ImapSource):
            mine = (d for d in documents if d.source == source.name)
            a.mail.bring(source.name, [d.path for d in mine if wants_attachments(d)])


def bring_here(a: Assembly, path: Path) -> None:
    """Fetch what was left out of one mail, and wait for it: by the daemon, if one runs."""
    from samantha.adapters.imap_parts import left_out
    from samantha.app.once import instance
    from samantha.app.session import poke

    root = mail_root(a.places)
    if not path.is_relative_to(root) or not left_out(path.read_bytes()):
        return
    copy = root / path.relative_to(root).parts[0]
    want(copy, str(path))
    deadline = time.monotonic() + _PATIENCE_S
    if poke(a.places, "parts") is None:
        with suppress(AlreadyRunning), instance(a.places):
            a.mail.bring_now()
        return
    while left_out(path.read_bytes()) and any(wanted(copy)):
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)


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
