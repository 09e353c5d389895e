"""What Thunderbird knows of the user's accounts: addresses and servers, read from prefs.js.

The file is JavaScript of one form, `user_pref("name", value);`, and only that form is read. The
password store (logins.json, key4.db) is never opened.
"""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from samantha.adapters.imap_account import Server, Tls

ROOTS = (
    "~/.thunderbird",
    "~/snap/thunderbird/common/.thunderbird",
    "~/.var/app/org.mozilla.Thunderbird/.thunderbird",
    "~/.icedove",
)
MAX_PREFS = 8 * 2**20
_LINE = re.compile(r'user_pref\("((?:[^"\\]|\\.)*)",\s*("(?:[^"\\]|\\.)*"|-?\d+|true|false)\s*\);')
_TLS: dict[int, Tls] = {2: "starttls", 3: "tls"}


@dataclass(frozen=True, slots=True)
class Known:
    """One account of Thunderbird: who the user is there, and where the mail is."""

    name: str
    address: str
    user: str
    imap: Server | None
    """None for a local or POP account, or one without TLS."""
    smtp: Server | None
    folder: str
    """Where Thunderbird keeps its copy (mbox files), or ''."""


def profiles(roots: tuple[str, ...] = ROOTS) -> Iterator[Path]:
    """Return the profile folders that are there."""
    seen = set()
    for root in (Path(r).expanduser() for r in roots):
        reader = configparser.RawConfigParser()
        try:
            reader.read(root / "profiles.ini", encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in reader.sections():
            path = reader.get(section, "Path", fallback="")
            if section.startswith("Profile") and path:
                folder = (
                    root / path
                    if reader.get(section, "IsRelative", fallback="1") == "1"
                    else (Path(path))
                )
                if (folder / "prefs.js").is_file() and folder not in seen:
                    seen.add(folder)
                    yield folder


def accounts(profile: Path) -> Iterator[Known]:
    """Return the accounts of a profile, one an identity."""
    prefs = _prefs(profile / "prefs.js")
    for account in _words(prefs, "mail.accountmanager.accounts"):
        server = str(prefs.get(f"mail.account.{account}.server", ""))
        for identity in _words(prefs, f"mail.account.{account}.identities"):
            mine = f"mail.identity.{identity}"
            address = str(prefs.get(f"{mine}.useremail", "")).lower()
            if "@" not in address:
                continue
            smtp = str(prefs.get(f"{mine}.smtpServer", prefs.get("mail.smtp.defaultserver", "")))
            yield Known(
                name=str(prefs.get(f"{mine}.fullName", "")),
                address=address,
                user=str(prefs.get(f"mail.server.{server}.userName", "")),
                imap=_imap(prefs, f"mail.server.{server}"),
                smtp=_smtp(prefs, f"mail.smtpserver.{smtp}"),
                folder=_folder(profile, prefs, f"mail.server.{server}"),
            )


def stores(profile: Path) -> Iterator[tuple[str, str]]:
    """Return the name and the folder of each store of mbox files that is there."""
    prefs = _prefs(profile / "prefs.js")
    for account in _words(prefs, "mail.accountmanager.accounts"):
        server = f"mail.server.{prefs.get(f'mail.account.{account}.server', '')}"
        folder = _folder(profile, prefs, server)
        if folder and Path(folder).is_dir():
            yield str(prefs.get(f"{server}.name", "")) or Path(folder).name, folder


def _folder(profile: Path, prefs: dict[str, object], server: str) -> str:
    """Return where a server's mail lies; told relative to the profile it is right after a move."""
    mark, relative = "[ProfD]", str(prefs.get(f"{server}.directory-rel", ""))
    if relative.startswith(mark) and ".." not in relative:
        return str(profile / relative.removeprefix(mark))
    return str(prefs.get(f"{server}.directory", ""))


def _imap(prefs: dict[str, object], server: str) -> Server | None:
    if prefs.get(f"{server}.type") != "imap":
        return None
    tls = _TLS.get(_number(prefs, f"{server}.socketType", 0))
    host = str(prefs.get(f"{server}.hostname", "")).lower()
    port = _number(prefs, f"{server}.port", 993 if tls == "tls" else 143)
    return Server(host, port, tls) if tls and host else None


def _smtp(prefs: dict[str, object], server: str) -> Server | None:
    tls = _TLS.get(_number(prefs, f"{server}.try_ssl", 0))
    host = str(prefs.get(f"{server}.hostname", "")).lower()
    port = _number(prefs, f"{server}.port", 465 if tls == "tls" else 587)
    return Server(host, port, tls) if tls and host else None


def _number(prefs: dict[str, object], name: str, otherwise: int) -> int:
    value = prefs.get(name, otherwise)
    return value if isinstance(value, int) and 0 <= value < 65_536 else otherwise


def _words(prefs: dict[str, object], name: str) -> list[str]:
    return [w.strip() for w in str(prefs.get(name, "")).split(",") if w.strip()]


def _prefs(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_PREFS).decode("utf-8", "replace")
    except OSError:
        return {}
    found: dict[str, object] = {}
    for name, value in _LINE.findall(text):
        if name.startswith("mail.") and "password" not in name.lower():
            try:
                found[name] = json.loads(value)
            except ValueError:
                continue
    return found
