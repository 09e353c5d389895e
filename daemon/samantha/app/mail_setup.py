"""What `samantha mail` changes: the table in config.toml, the secret in the keyring."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import TYPE_CHECKING

from samantha.adapters.imap_account import Account, MailTrouble
from samantha.adapters.secrets import SecretsUnavailable, delete_secret, put_secret
from samantha.api.errors import UserError
from samantha.app.config_file import change_config, toml_value

if TYPE_CHECKING:
    from samantha.app.config import Config
    from samantha.app.mail_section import AccountSection
    from samantha.app.places import Places

MEANS = {
    "offline": "Nothing was changed. It may work when the network is back.",
    "certificate": "The password was not said to this server. For a server of your own, name its "
    'authority: ca = "/path/to/ca.pem" in [[accounts]].',
    "refused": "The server is there, but does not let you in.",
    "locked": "The password can only be read when the keyring is open.",
}


def section_named(config: Config, name: str) -> AccountSection:
    """Return a configured account by name or address, or say which there are."""
    for section in config.accounts:
        if name in (section.name, section.address):
            return section
    known = ", ".join(a.name for a in config.accounts)
    raise UserError(
        f"There is no mail account '{name}'.",
        f"There are: {known}." if known else "None is configured yet.",
        "samantha mail list" if known else "samantha mail add anna@example.org",
    )


def told(problem: MailTrouble) -> UserError:
    """Return a trouble with an account as the command line tells it."""
    what = problem.reason
    return UserError(
        f"{what[:1].upper()}{what[1:]}.", MEANS.get(problem.state, ""), problem.type_this
    )


def keep_secret(name: str, value: str) -> None:
    """Keep a secret in the keyring, or say why not and what else there is."""
    try:
        put_secret(name, value)
    except SecretsUnavailable as problem:
        raise UserError(
            f"The password cannot be kept: {problem.reason}.",
            "It is kept in an encrypting keyring alone, or given by systemd: see docs/mail.md.",
            problem.type_this,
        ) from problem


def drop_secrets(account: Account) -> str:
    """Remove an account's secrets; return '' or why they may still be there."""
    try:
        delete_secret(account.secret_name)
        delete_secret(account.client_secret_name)
    except SecretsUnavailable as problem:
        return problem.reason
    return ""


# --- config.toml -----------------------------------------------------------------------------


def table_of(section: AccountSection) -> str:
    """Return the table for config.toml, without what is as it is anyway."""
    lines = ["[[accounts]]"]
    standard = type(section).model_construct(name="", address="", imap="")
    for name in type(section).model_fields:
        value = getattr(section, name)
        if name in ("name", "address", "imap") or value != getattr(standard, name):
            lines.append(f"{name} = {toml_value(value)}")
    return "\n".join(lines) + "\n"


def add_table(places: Places, section: AccountSection) -> None:
    """Append an account to config.toml; all else in the file stays as it is."""
    change_config(places.config_file, lambda text: _appended(text, table_of(section)))


def _appended(text: str, table: str) -> str:
    gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}{table}"


def remove_table(places: Places, name: str) -> None:
    """Take an account out of config.toml; all else in the file stays as it is."""
    change_config(places.config_file, lambda text: _without(text, name))


def _without(text: str, name: str) -> str:
    blocks = re.split(r"(?m)^(?=[ \t]*\[)", text)
    kept = []
    for block in blocks:
        if re.match(r"[ \t]*\[\[\s*accounts\s*\]\]", block):
            table = tomllib.loads(block).get("accounts", [{}])[0]
            if table.get("name") == name:
                # Comments below the table are about what follows it.
                after = re.search(r"(?m)(^[ \t]*(#.*)?\n)+\Z", block)
                kept.append(after[0] if after and "#" in after[0] else "")
                continue
        kept.append(block)
    return "".join(kept)


# --- trying ----------------------------------------------------------------------------------


def try_account(account: Account, secret: Callable[[Account, bool], str]) -> list[str]:
    """Log in to both servers; return what was seen, in words. Raises ``MailTrouble``."""
    from samantha.adapters.imap_folders import chosen, folders, keeps_archive_in_all
    from samantha.adapters.imap_session import Meter, session
    from samantha.adapters.smtp import Sending
    from samantha.core.ports import NotYet, Refused

    with session(account, secret, Meter()) as client:
        found = folders(client)
        mine = chosen(account, found, archive=keeps_archive_in_all(client))
        able = [name for name in ("IDLE", "CONDSTORE", "QRESYNC") if client.has_capability(name)]
    seen = [
        f"{account.imap}: logged in; {len(found)} folders, {len(mine)} are read",
        "  " + ", ".join(f"{f.name} ({f.role})" if f.role != "other" else f.name for f in mine),
        f"  {', '.join(able) or 'no IDLE: it is looked at every minute'}",
    ]
    if account.smtp is None:
        return [*seen, "No server to send through: a yes makes drafts."]
    try:
        Sending(account, secret).greet()
    except (NotYet, Refused) as problem:
        raise MailTrouble("broken", str(problem)) from problem
    return [*seen, f"{account.smtp}: logged in"]
