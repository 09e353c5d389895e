"""`samantha demo`: a small writer's home, the real pipeline on it, and the offers it leads to."""

from __future__ import annotations

import email.utils
import os
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.adapters.clock import SystemClock
from samantha.api.errors import UserError
from samantha.app.cli.output import effect_told, heading, json_line, line, place_told
from samantha.app.config import parse
from samantha.app.places import Places
from samantha.core.ports import Offer

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly

HOME = "demo_home"
CONFIG = """\
[user]
names = ["Marta Lindqvist", "Marta"]
addresses = ["marta@lindqvist.example"]
contact = ["The Leaning House", "Kirkby Island"]
zone = "Europe/Helsinki"

[[sources]]
name = "home"
kind = "files"
path = "{home}"
exclude = ["/Mail/", "/Manuscripts/"]

[[sources]]
name = "mail"
kind = "maildir"
path = "{home}/Mail"

[attention]
quiet_hours = ""

[output]
folder = "{home}/Manuscripts"
drafts = "{home}/Mail"
"""


def run_demo(keep: Path | None, as_json: bool) -> None:
    """Make the home, run the pipeline, print the offers and where their files lie."""
    from samantha.app.assembly import assemble
    from samantha.app.cli.running import no_progress, progress
    from samantha.app.once import catch_up
    from samantha.app.records import offer_record
    from samantha.app.session import Quiet

    now = SystemClock().now()
    root = _root(keep)
    home = root / "Marta"
    made = make_home(home, now)
    if not as_json:
        line(f"A writer's home was made in {home}: {made[0]} files and {made[1]} mails.")
    places = demo_places(root)
    config = parse(CONFIG.replace("{home}", str(home)))
    places.make()
    places.config_file.write_text(CONFIG.replace("{home}", str(home)), encoding="utf-8")
    assembly = assemble(config, places, SystemClock(), Quiet())
    try:
        catch_up(assembly, no_progress if as_json else progress)
        found = [o for o in reversed(assembly.state.offers()) if o.state in ("open", "held")]
        for offer in found:
            if as_json:
                json_line(offer_record(offer, config.zone()))
            else:
                _print(assembly, offer)
                _print_files(assembly, offer, root)
        if not as_json:
            line()
            line("Nothing was sent and nothing outside this folder was touched. To go on by hand:")
            line(f"  {_environment(root)} samantha offers")
            _notify(found)
    finally:
        assembly.close()


def _root(keep: Path | None) -> Path:
    if keep is None:
        root = Places.of_user().cache / "demo"
        if root.exists():
            shutil.rmtree(root)
    else:
        root = keep.expanduser().absolute()
        if root.exists():
            raise UserError(
                f"{root} is there already.",
                "The demo makes a new folder and touches no other.",
                f"samantha demo --keep {root}-2",
            )
    root.mkdir(parents=True, mode=0o700)
    return root


def demo_places(root: Path) -> Places:
    """Return places that lie inside the demo's own folder."""
    base = root / ".samantha"
    return Places(
        config=base / "config" / "samantha",
        data=base / "data" / "samantha",
        state=base / "state" / "samantha",
        # The model is converted once: the user's own cache serves the demo too.
        cache=Places.of_user().cache,
        runtime=base / "run" / "samantha",
    )


def _environment(root: Path) -> str:
    base = root / ".samantha"
    names = {
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_STATE_HOME": "state",
        "XDG_RUNTIME_DIR": "run",
    }
    return " ".join(f"{name}={base / part}" for name, part in names.items())


# --- the home ------------------------------------------------------------------------------


def make_home(home: Path, now: datetime) -> tuple[int, int]:
    """Write the files and the Maildir; return how many of each."""
    base = files("samantha.app") / HOME
    for folder in ("Mail/cur", "Mail/new", "Mail/tmp", "Mail/.Sent/cur", "Mail/.Sent/new"):
        (home / folder).mkdir(parents=True)
    (home / "Mail/.Sent/tmp").mkdir()
    written = mails = 0
    for name, resource in _walk(base, ""):
        text = _dated(resource.read_text(encoding="utf-8"), now)
        if name.startswith("mail/"):
            _deliver(home / "Mail", name, text, now)
            mails += 1
        else:
            target = home / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            stamp = _written_at(resource.read_text(encoding="utf-8"), now).timestamp()
            os.utime(target, (stamp, stamp))
            written += 1
    return written, mails


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry


def _dated(text: str, now: datetime) -> str:
    def day(match: re.Match[str]) -> str:
        moment = now + timedelta(days=int(match[2]))
        return f"{moment.day} {moment:%B %Y}"

    return re.sub(r"\{(date|day):([+-]?\d+)\}", day, text)


def _written_at(raw: str, now: datetime) -> datetime:
    match = re.search(r"\{date:([+-]?\d+)\}", raw)
    return now + timedelta(days=int(match[1]) if match else -120)


def _deliver(maildir: Path, name: str, text: str, now: datetime) -> None:
    head, _, body = text.partition("\n\n")
    message = EmailMessage()
    days, folder = 0, maildir
    for row in head.splitlines():
        key, _, value = row.partition(": ")
        if key == "Days":
            days = int(value)
        elif key == "Folder":
            folder = maildir / f".{value}"
        else:
            message[key] = value
    sent = now + timedelta(days=days)
    stem = Path(name).stem
    message["Date"] = email.utils.format_datetime(sent)
    message["Message-ID"] = f"<{stem}.{sent:%Y%m%d}@demo.example>"
    message.set_content(body)
    target = folder / "cur" / f"{int(sent.timestamp())}.{stem}.demo:2,S"
    target.write_bytes(message.as_bytes())
    os.utime(target, (sent.timestamp(), sent.timestamp()))


# --- printing ------------------------------------------------------------------------------


def _print(a: Assembly, offer: Offer) -> None:
    line()
    heading(f"{offer.id}  {offer.title}")
    line(f"   {offer.why}")
    for evidence in offer.evidence:
        found = a.index.document(evidence.document)
        mail = found is not None and found.mail is not None
        name = place_told(evidence.document, found) if mail else Path(evidence.document).name
        line(f"   “{' '.join(evidence.quote.split())[:150]}”  — {name}")


def _print_files(a: Assembly, offer: Offer, root: Path) -> None:
    payload = a.state.payload(offer.payload_hash)
    if payload is None:
        return
    folder = root / "Prepared" / str(offer.id)
    for blob in payload.blobs:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / Path(blob.name).name
        path.write_bytes(blob.data)
        line(f"   {blob.role.replace('_', ' ')}: {path}")
    line("   A yes would:")
    for effect in payload.effects:
        line(f"     {effect_told(effect, a.clock.now(), a.config.zone())}")


def _notify(offers: list[Offer]) -> None:
    """Show the offers on the desktop too, where there is one; the demo takes no answers."""
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS") or not sys.stdout.isatty():
        return
    from samantha.adapters.notifications import make_notifier
    from samantha.core.cards import card
    from samantha.core.ports import Card

    notifier = make_notifier("dbus")
    notifier.start(lambda card_key, button: None)
    for offer in offers:
        full = card(offer)
        notifier.post(Card(full.key, full.title, full.body))
    notifier.stop()
