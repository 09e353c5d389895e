"""The whole view of an offer, as a page that opens from the notification."""

from __future__ import annotations

import html
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from samantha.adapters import systemd
from samantha.app.assembly import Assembly
from samantha.app.cli.output import blob_told, effect_told, place_told
from samantha.app.drafts import NOTE, drafted_lines
from samantha.core.payload import Payload
from samantha.core.ports import Offer
from samantha.core.text import inert

# The page shows strangers' words: no script, no remote content, nothing but text and style.
HEAD = (
    '<!doctype html><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<style>body{font:16px/1.5 sans-serif;max-width:44em;margin:3em auto;padding:0 1em}"
    "blockquote{border-left:3px solid #888;margin:1em 0;padding:0 1em;color:#333}"
    "pre{white-space:pre-wrap;background:#f4f4f4;padding:1em}code{background:#f4f4f4}</style>"
)


def open_review(a: Assembly, offer_id: int) -> Path:
    """Write the files of an offer for looking at, open the page, and return its path."""
    offer, payload = a.decisions.review(offer_id)
    folder = a.places.cache / "review" / str(offer_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for blob in payload.blobs:
        write_private(folder / Path(blob.name).name, blob.data)
    page = folder / "review.html"
    write_private(page, _page(a, offer, payload).encode())
    open_page(page)
    return page


def open_page(page: Path) -> None:
    """Open a page with the program that the desktop has for it, if it has one."""
    opener = shutil.which("xdg-open")
    if opener is not None:
        subprocess.Popen(
            systemd.outside([opener, str(page)]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only the user can read."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(data)


def _text(value: str, *, lines: bool = False) -> str:
    return html.escape(inert(value, lines=lines))


def _page(a: Assembly, offer: Offer, payload: Payload) -> str:
    return "".join(
        (
            HEAD,
            f"<title>{_text(offer.title)}</title><h1>{_text(offer.title)}</h1>",
            f"<p>{_text(offer.why)}</p><h2>What it rests on</h2>",
            *_quotes(a, offer),
            "<h2>What a yes does</h2><ul>",
            *_effects(a, payload),
            "</ul><h2>The files</h2><ul>",
            *_files(payload),
            "</ul>",
            *_contents(offer, payload),
            _answers(a, offer),
        )
    )


def _quotes(a: Assembly, offer: Offer) -> Iterator[str]:
    for evidence in offer.evidence:
        name = place_told(evidence.document, a.index.document(evidence.document))
        words = _text(evidence.quote, lines=True)
        yield f"<blockquote>{words}<br><small>{_text(name)}</small></blockquote>"


def _effects(a: Assembly, payload: Payload) -> Iterator[str]:
    for effect in payload.effects:
        yield f"<li>{_text(effect_told(effect, a.clock.now(), a.config.zone()))}</li>"
    for address in payload.envelope:
        yield f"<li>to <code>{_text(address)}</code></li>"


def _files(payload: Payload) -> Iterator[str]:
    for blob in payload.blobs:
        name = Path(blob.name).name
        yield f'<li><a href="{html.escape(quote(name))}">{_text(name)}</a></li>'


def _contents(offer: Offer, payload: Payload) -> Iterator[str]:
    for blob in payload.blobs:
        if lines := blob_told(blob):
            marks = drafted_lines(offer, lines)
            told = (
                f"<mark>~ {_text(one)}</mark>" if drafted else _text(one)
                for one, drafted in zip(lines, marks, strict=True)
            )
            yield "<pre>" + "\n".join(told) + "</pre>"
            if any(marks):
                yield f"<p>{_text(NOTE)}</p>"


def _answers(a: Assembly, offer: Offer) -> str:
    # Quoted for a shell: who copies the line must not run what a file is called.
    flags = "".join(f" --confirm {shlex.quote(i)}" for i in a.decisions.unconfirmed(offer.id))
    mail = a.config.output.mail_editor and offer.approval_class != "A"
    in_mail = f", <code>samantha edit {offer.id} --mail</code>" if mail else ""
    return (
        f"<p>To say yes: <code>samantha accept {offer.id}{_text(flags)}</code><br>"
        f"To change it first: <code>samantha edit {offer.id}</code>{in_mail}<br>"
        f"To say no: <code>samantha dismiss {offer.id}</code></p>"
    )
