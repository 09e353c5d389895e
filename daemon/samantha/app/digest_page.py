"""The page of the digest: what was held back, why, and what to type."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from pathlib import Path

from samantha.app.assembly import Assembly
from samantha.app.review import HEAD, open_page, write_private
from samantha.core.ports import Offer
from samantha.core.text import inert


def open_digest(a: Assembly) -> Path:
    """Write the page, open it, and return its path."""
    folder = a.places.cache / "review"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    page = folder / "digest.html"
    write_private(page, digest_page(a).encode())
    open_page(page)
    return page


def digest_page(a: Assembly) -> str:
    """Return what is held now as one page of text."""
    digest = a.digests.held()
    title = "Held back" if digest.offers else "Nothing is held back"
    older = ["<h2>Held for longer</h2>"] if digest.fresh and digest.older else []
    parts = (
        HEAD,
        f"<title>{title}</title><h1>{title}</h1>",
        *_listed(digest.fresh),
        *older,
        *_listed(digest.older),
    )
    return "".join(parts)


def _listed(offers: Iterable[Offer]) -> Iterator[str]:
    for offer in offers:
        yield f"<h3>{_text(offer.title)}</h3><p>{_text(offer.why)}</p>"
        if offer.evidence:
            yield f"<blockquote>{_text(offer.evidence[0].quote)}</blockquote>"
        yield f"<p><small>Held: {_text(offer.reason)}.</small> "
        yield f"<code>samantha show {offer.id}</code></p>"


def _text(value: str) -> str:
    return html.escape(inert(value))
