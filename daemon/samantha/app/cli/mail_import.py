"""`samantha mail thunderbird`: what Thunderbird knows and keeps here, told or taken over."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.app.cli.deciding import Json
from samantha.app.cli.output import agreed, json_line, line

if TYPE_CHECKING:
    from samantha.adapters.thunderbird import Known
    from samantha.app.mail_import import Found


def thunderbird(
    as_json: Json = False,
    add: Annotated[
        bool, typer.Option("--add", help="Write into config.toml what you say yes to.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Say yes to all of it.")] = False,
) -> None:
    """Say what Thunderbird knows of your accounts and keeps here, and have it read."""
    from samantha.adapters.thunderbird import accounts, profiles
    from samantha.app.mail_import import found
    from samantha.app.session import places_and_config

    known = [one for profile in profiles() for one in accounts(profile)]
    for one in known:
        if as_json:
            record = {"address": one.address, "name": one.name, "user": one.user}
            imap, smtp = (str(s or "").partition(" ")[0] for s in (one.imap, one.smtp))
            json_line({**record, "imap": imap, "smtp": smtp, "folder": one.folder})
        else:
            _tell_account(one)
    if as_json:
        return
    new = found(places_and_config()[1])
    if add:
        _take_over(new, yes)
    elif new.folders or new.addresses:
        _tell_new(new)
    elif not known:
        line("No Thunderbird profile was found.")


def _tell_account(one: Known) -> None:
    line(f"{one.name} <{one.address}>".strip())
    if one.imap:
        words = [
            "samantha",
            "mail",
            "add",
            one.address,
            "--imap",
            f"{one.imap.host}:{one.imap.port}",
        ]
        words += ["--smtp", f"{one.smtp.host}:{one.smtp.port}"] if one.smtp else []
        words += ["--user", one.user] if one.user not in ("", one.address) else []
        line(f"  Type: {shlex.join(words)}")


def _tell_new(new: Found) -> None:
    if new.folders:
        line("Or have the copies read that Thunderbird keeps here, without a password.")
    line("To write it into config.toml, type: samantha mail thunderbird --add")
    for name, folder in new.folders:
        line(f'[[sources]]\nname = "{name}"\nkind = "mbox"\npath = {json.dumps(folder)}')


def _take_over(new: Found, yes: bool) -> None:
    """Ask about each thing, and write those that the user says yes to."""
    from samantha.app.mail_import import add_identity, add_source
    from samantha.app.places import Places

    places, done = Places.of_user().make(), False
    who = ", ".join([*new.addresses, *new.names])
    if new.addresses and agreed(f"Are you {who}?", yes):
        add_identity(places, new.names, new.addresses)
        done = True
    for name, folder in new.folders:
        if agreed(f"Have the mails in {folder} read?", yes):
            add_source(places, name, folder)
            done = True
    line(f"Written into {places.config_file}." if done else "Nothing was changed.")
