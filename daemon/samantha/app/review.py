"""The whole view of an offer, as a page that opens from the notification."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
from pathlib import Path

from samantha.adapters import systemd
from samantha.app.assembly import Assembly
from samantha.app.cli.output import effect_told
from samantha.core.payload import Payload
from samantha.core.ports import Offer
from samantha.core.text import inert

# The page shows strangers' words: no script, no remote content, nothing but text and style.
_HEAD = (
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
        _write(folder / Path(blob.name).name, blob.data)
    page = folder / "review.html"
    _write(page, _page(a, offer, payload).encode())
    opener = shutil.which("xdg-open")
    if opener is not None:
        subprocess.Popen(
            systemd.outside([opener, str(page)]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return page


def _write(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(data)


def _page(a: Assembly, offer: Offer, payload: Payload) -> str:
    def text(value: str, *, lines: bool = False) -> str:
        return html.escape(inert(value, lines=lines))

    parts = [_HEAD, f"<title>{text(offer.title)}</title><h1>{text(offer.title)}</h1>"]
    parts.append(f"<p>{text(offer.why)}</p><h2>What it rests on</h2>")
    for evidence in offer.evidence:
        parts.append(
            f"<blockquote>{text(evidence.quote, lines=True)}<br>"
            f"<small>{text(str(evidence.document))}</small></blockquote>"
        )
    parts.append("<h2>What a yes does</h2><ul>")
    for effect in payload.effects:
        told = effect_told(effect, a.clock.now(), a.config.zone())
        parts.append(f"<li>{text(told)}</li>")
    for address in payload.envelope:
        parts.append(f"<li>to <code>{text(address)}</code></li>")
    parts.append("</ul><h2>The files</h2><ul>")
    for blob in payload.blobs:
        name = Path(blob.name).name
        parts.append(f'<li><a href="{html.escape(name)}">{text(name)}</a></li>')
    items = a.decisions.unconfirmed(offer.id)
    flags = "".join(f' --confirm "{text(item)}"' for item in items)
    parts.append(
        f"</ul><p>To say yes: <code>samantha accept {offer.id}{flags}</code><br>"
        f"To say no: <code>samantha dismiss {offer.id}</code></p>"
    )
    return "".join(parts)
