"""`samantha edit`: an offer in the user's own words, as a new offer with bytes of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from samantha.api.errors import UserError
from samantha.app.editing import edited
from samantha.app.mail_editing import in_mail_program
from samantha.core.rewriting import action_from_page, action_of, page_of, rewritten

if TYPE_CHECKING:
    from pathlib import Path

    from samantha.api.actions import Action
    from samantha.app.assembly import Assembly
    from samantha.core.admit import Permissions
    from samantha.core.ports import Offer


def reword(a: Assembly, offer_id: int, *, mail: bool = False) -> Offer | None:
    """Open an offer in the editor, or in the mail program; return the new offer, None if unchanged.

    A page that cannot be taken stays where it is, and the next call goes on from it.
    """
    offer, payload = a.decisions.editable(offer_id)
    permissions = _permissions(a, offer)
    action = action_of(payload.action)
    page = _page(a, offer_id, "edit.eml" if mail else "edit.txt")
    if mail:
        said = in_mail_program(a, offer_id, payload, action, page)
    else:
        said = _in_editor(a, offer, action, page)
    try:
        after = said()
        if after == action:
            page.unlink(missing_ok=True)
            return None
        made = rewritten(
            offer, payload, after, permissions, a.index.document, a.builder, a.clock.now()
        )
        new = a.decisions.edit(offer_id, made, via="cli")
    except UserError as problem:
        means = f"{problem.means} What you wrote is kept.".strip()
        again = problem.type_this or f"samantha edit {offer_id}{' --mail' if mail else ''}"
        raise UserError(problem.what, means, again) from problem
    page.unlink(missing_ok=True)
    return new


def _in_editor(a: Assembly, offer: Offer, action: Action, page: Path) -> Callable[[], Action]:
    zone = a.config.zone()
    text = edited(page, page_of(action, zone, offer.title))
    return lambda: action_from_page(text, action, zone)


def _page(a: Assembly, offer_id: int, name: str) -> Path:
    # Beside the pages for looking at offers: `samantha forget` removes them all.
    return a.places.cache / "review" / str(offer_id) / name


def _permissions(a: Assembly, offer: Offer) -> Permissions:
    for one in a.plugins():
        if one.name == offer.plugin:
            return one.permissions
    raise UserError(
        f"The plugin {offer.plugin} does not run.",
        "What it may propose is not known, so its offer cannot be changed.",
        "samantha plugins list",
    )
