"""`samantha mail`: add, list, test, password, login, remove."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.mail_import import thunderbird
from samantha.app.cli.output import columns, json_line, line, size

if TYPE_CHECKING:
    from samantha.adapters.imap_account import Account
    from samantha.app.mail_section import AccountSection

app = typer.Typer(help="Your mail accounts.", no_args_is_help=True)
app.command()(thunderbird)
Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=lambda: _names())]


def _names() -> list[str]:
    from samantha.app.session import places_and_config

    return [a.name for a in places_and_config()[1].accounts]


@app.command()
def add(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="As in anna@example.org.")],
    name: Annotated[str, typer.Option(help="What to call it; else the part before the @.")] = "",
    user: Annotated[str, typer.Option(help="User name, if it is not the address.")] = "",
    imap: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="Server for reading.")] = "",
    smtp: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="Server for sending.")] = "",
    ca: Annotated[
        Path | None, typer.Option(help="Certificates that a server of your own is trusted by.")
    ] = None,
    autoconfig: Annotated[
        Path | None, typer.Option(help="A file in Mozilla's autoconfig format.")
    ] = None,
    ask_dns: Annotated[
        bool, typer.Option("--ask-dns", help="Ask the DNS which servers the domain names.")
    ] = False,
    drafts_only: Annotated[
        bool, typer.Option("--drafts-only", help="A yes makes a draft; nothing is ever sent.")
    ] = False,
    days: Annotated[int, typer.Option(min=0, help="How far back to read; 0 for all.")] = 365,
) -> None:
    """Add an account: find its servers, try the password, keep it in the keyring."""
    from samantha.app.mail_setup import add_table, keep_secret, told, try_account
    from samantha.app.session import places_and_config

    if not all(address.rpartition("@")[::2]):
        raise UserError(
            f"'{address}' is no mail address.",
            "It names the account and the domain whose servers are looked for.",
            "samantha mail add anna@example.org",
        )
    places, config = places_and_config()
    section = _section(address, name, user, imap, smtp, ca, autoconfig, ask_dns, drafts_only, days)
    if section.name in {s.name for s in config.sources} | {a.name for a in config.accounts}:
        raise UserError(
            f"There is a source '{section.name}' already.",
            "An account is told by its name.",
            f"samantha mail add {address} --name {section.name}-2",
        )
    account, word = section.account(), _password(section.address)
    line("Trying …")
    from samantha.adapters.imap_account import MailTrouble

    try:
        for seen in try_account(account, lambda _account, _fresh: word):
            line(seen)
    except MailTrouble as problem:
        raise told(MailTrouble(problem.state, problem.reason)) from problem
    keep_secret(account.secret_name, word)
    add_table(places.make(), section)
    line(f"Added {section.name} to {places.config_file}.")
    line(f"To begin: {_begin()}")


def _begin() -> str:
    """Return what to type so that a new account is read; the service needs the network for it."""
    from samantha.adapters.systemd import unit_path

    return "samantha service install" if unit_path().exists() else "samantha run"


def _section(
    address: str,
    name: str,
    user: str,
    imap: str,
    smtp: str,
    ca: Path | None,
    autoconfig: Path | None,
    ask_dns: bool,
    drafts_only: bool,
    days: int,
) -> AccountSection:
    from pydantic import ValidationError

    from samantha.adapters.autoconfig import found_for, from_file, server_of
    from samantha.app.mail_section import AccountSection

    found = from_file(autoconfig.expanduser(), address) if autoconfig else found_for(address)
    if found is None and not imap and ask_dns:
        from samantha.adapters.autoconfig_dns import found_by_dns

        found = found_by_dns(address)
    if found is None and not imap:
        raise UserError(
            f"The servers of {address.rpartition('@')[2]} are not known here.",
            "Your provider's help pages name them, for IMAP and SMTP; with --ask-dns your "
            "domain is asked, which tells its DNS that you look.",
            f"samantha mail add {address} --imap imap.example.org --smtp smtp.example.org",
        )
    reading = server_of(imap, 993) if imap else found.imap if found else None
    sending = server_of(smtp, 465) if smtp else found.smtp if found and not imap else None
    if found is not None and not imap:
        line(f"Servers as told by {found.origin}: {found.imap}, {found.smtp or 'none to send'}.")
        if found.hint:
            line(found.hint)
    assert reading is not None
    values: dict[str, object] = {
        "name": name or address.partition("@")[0].replace("+", "-"),
        "address": address,
        "user": user or (found.user if found and found.user != address else ""),
        "imap": reading.host,
        "imap_port": reading.port,
        "imap_tls": reading.tls,
        "accept": "draft" if drafts_only else "send",
        "ca": ca.expanduser().absolute() if ca else None,
        "days": days,
    }
    if sending is not None:
        values |= {"smtp": sending.host, "smtp_port": sending.port, "smtp_tls": sending.tls}
    try:
        return AccountSection.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        words = str(first["msg"]).removeprefix("Value error, ")
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"{where}: {words}.", "Nothing was changed.", "samantha mail add --help"
        ) from problem


def _password(address: str) -> str:
    if sys.stdin.isatty():
        word: str = typer.prompt(f"Password of {address}", hide_input=True)
    else:
        word = sys.stdin.readline().rstrip("\r\n")
    if not word:
        raise UserError(
            "No password was given.", "Nothing was changed.", f"samantha mail add {address}"
        )
    return word


@app.command("list")
def list_accounts(as_json: Json = False) -> None:
    """List the accounts and how they are."""
    from samantha.adapters.imap import account_status
    from samantha.app.mail import mail_root
    from samantha.app.session import places_and_config

    places, config = places_and_config()
    rows = []
    for section in config.accounts:
        now = account_status(mail_root(places) / section.name)
        if as_json:
            json_line(
                {
                    "name": section.name,
                    "address": section.address,
                    "state": now.state,
                    "reason": now.reason,
                    "type": now.type_this,
                    "accept": section.accept if section.smtp else "draft",
                    "fetched_bytes": now.fetched,
                    "synced": now.synced,
                }
            )
        tail = f"{now.reason} {'Type: ' + now.type_this if now.type_this else ''}".strip()
        rows.append((section.name, section.address, now.state, size(now.fetched), tail))
    if not as_json:
        columns(rows)
        if not rows:
            line("No accounts. Type: samantha mail add anna@example.org")


@app.command()
def test(name: Name) -> None:
    """Log in with what is kept, and say what is seen."""
    from samantha.adapters.imap_account import MailTrouble
    from samantha.adapters.oauth import Credentials
    from samantha.app.mail_setup import told, try_account

    account = _account(name)
    try:
        for seen in try_account(account, Credentials().word):
            line(seen)
    except MailTrouble as problem:
        raise told(problem) from problem


def _account(name: str) -> Account:
    from samantha.app.mail_setup import section_named
    from samantha.app.session import places_and_config

    return section_named(places_and_config()[1], name).account()


@app.command()
def password(name: Name) -> None:
    """Keep another password for an account."""
    from samantha.app.mail_setup import keep_secret
    from samantha.app.places import Places
    from samantha.app.session import poke

    account = _account(name)
    if account.auth == "oauth2":
        raise UserError(
            f"'{account.name}' signs in with the browser, not with a password.",
            "",
            f"samantha mail login {account.name}",
        )
    keep_secret(account.secret_name, _password(account.address))
    poke(Places.of_user(), "mail")
    line("Kept.")


@app.command()
def login(
    name: Name,
    client_secret: Annotated[
        bool, typer.Option("--client-secret", help="Ask for the client's secret first.")
    ] = False,
) -> None:
    """Sign in with the browser (OAuth 2)."""
    from samantha.adapters.imap_account import MailTrouble
    from samantha.adapters.oauth import sign_in
    from samantha.app.mail_setup import keep_secret, told
    from samantha.app.places import Places
    from samantha.app.session import poke

    account = _account(name)
    if account.oauth is None:
        raise UserError(
            f"'{account.name}' logs in with a password.",
            "",
            f"samantha mail password {account.name}",
        )
    if client_secret:
        keep_secret(account.client_secret_name, _password(f"the client of {account.name}"))
    try:
        token = sign_in(account, _open_browser)
    except MailTrouble as problem:
        raise told(problem) from problem
    keep_secret(account.secret_name, token)
    poke(Places.of_user(), "mail")
    line("Signed in.")


def _open_browser(url: str) -> None:
    import webbrowser

    line(f"Sign in here: {url}")
    webbrowser.open(url)


@app.command()
def remove(name: Name) -> None:
    """Take an account out: its table, its password and its copy on this disk."""
    from samantha.app.mail_setup import drop_secrets, remove_table, section_named
    from samantha.app.session import places_and_config

    places, config = places_and_config()
    section = section_named(config, name)
    remove_table(places, section.name)
    line(f"Removed {section.name} from {places.config_file}.")
    kept = drop_secrets(section.account())
    if kept:
        line(f"Its password may still be in the keyring: {kept}.")
    line(f"What was read of it is still here. To remove that: samantha forget {section.name}")
