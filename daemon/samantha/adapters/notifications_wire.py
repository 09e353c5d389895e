"""What a card looks like on the wire: escaped, bounded, in a fixed form (I9)."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from samantha.core.ports import Card

APP = "samantha"
TITLE_CHARS = 80
BODY_CHARS = 500
LABEL_CHARS = 40
MAX_BUTTONS = 3
"""GNOME draws no more."""
CLICK = "default"
"""The action that servers invoke for a click on the card itself; its name is not ours to choose."""
_REVIEW = "review"
_NORMAL, _CRITICAL = 1, 2
_NEVER, _SERVERS_CHOICE = 0, -1
_HIDDEN = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be invoked on a card, under a name nobody else can guess."""

    token: str
    button: str
    label: str


@dataclass(frozen=True, slots=True)
class Desktop:
    """The notification server and what it can do, in its own words and by what was seen of it."""

    name: str
    version: str = ""
    capabilities: frozenset[str] = frozenset()

    @property
    def takes_buttons(self) -> bool:
        """Whether actions may be sent at all."""
        return "actions" in self.capabilities

    @property
    def draws_buttons(self) -> bool:
        """Whether actions are seen as buttons; dunst shows ``(A)`` and a menu behind a click."""
        return self.takes_buttons and self.name != "dunst"

    @property
    def knows_click(self) -> bool:
        """Whether a click on the card is an action; Xfce draws one more button for it."""
        return self.takes_buttons and self.name != "Xfce Notify Daemon"


def actions_of(card: Card, tokens: Sequence[str], desktop: Desktop) -> tuple[Action, ...]:
    """Return a card's actions, each button with its token; a click on the card means review."""
    if not desktop.takes_buttons:
        return ()
    named = card.buttons[:MAX_BUTTONS]
    found = [
        Action(token, key, bounded(label, LABEL_CHARS))
        for token, (key, label) in zip(tokens, named, strict=False)
    ]
    review = [a for a in found if a.button == _REVIEW and desktop.knows_click]
    return (*(Action(CLICK, a.button, a.label) for a in review), *found)


def notify_body(
    card: Card, actions: Sequence[Action], desktop: Desktop, replaces: int
) -> list[object]:
    """Return the arguments of ``Notify`` (signature ``susssasa{sv}i``) for what a server can do."""
    text = plain_body(card, hint=not desktop.draws_buttons)
    title = bounded(card.title, TITLE_CHARS)
    if "body" not in desktop.capabilities:
        title, text = _title_alone(title, card, desktop), ""
    elif "body-markup" in desktop.capabilities:
        text = html.escape(text, quote=False)
    listed = [part for a in actions for part in (a.token, a.label)]
    # A card that asks stays until it is answered; one that only tells goes when the server likes.
    timeout = _NEVER if card.buttons or card.stays else _SERVERS_CHOICE
    return [APP, replaces, "", title, text, listed, _hints(card), timeout]


def plain_body(card: Card, *, hint: bool) -> str:
    """Return the body as plain text; with ``hint`` it says what to type where buttons are not."""
    text = bounded(card.body, BODY_CHARS, lines=True)
    if hint and card.buttons:
        text = f"{text}\nTo answer, type: {command_for(card)}".lstrip("\n")
    return text


def command_for(card: Card) -> str:
    """Return the command that does what a card's buttons do."""
    _, _, number = card.key.rpartition("-")
    if not (number.isascii() and number.isdigit()):
        return "samantha offers"
    only_undo = [key for key, _ in card.buttons] == ["undo"]
    return f"samantha {'undo' if only_undo else 'show'} {number}"


def bounded(untrusted_text: str, limit: int, *, lines: bool = False) -> str:
    """Return text that any server or terminal shows as it stands, cut at ``limit`` by ``…``.

    Control, bidirectional and tag characters and lone surrogates become ``�``; the last could not
    be sent at all. The core has done this already; the wire does not rest on it.
    """
    text = "".join(_shown(ch, lines) for ch in untrusted_text[: 4 * limit])
    text = text.strip() if lines else " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _shown(ch: str, lines: bool) -> str:
    if ch in "\n\t":
        return ch if lines else " "
    hidden = ch in _HIDDEN or 0xE0000 <= ord(ch) <= 0xE007F
    return "�" if hidden or unicodedata.category(ch) in ("Cc", "Cs") else ch


def _title_alone(title: str, card: Card, desktop: Desktop) -> str:
    answerable = desktop.draws_buttons or not card.buttons
    return title if answerable else f"{title} ({command_for(card)})"


def _hints(card: Card) -> dict[str, object]:
    from dbus_fast import Variant

    return {
        "urgency": Variant("y", _CRITICAL if card.urgent else _NORMAL),
        "category": Variant("s", "x-samantha.offer" if card.buttons else "x-samantha.note"),
        "desktop-entry": Variant("s", APP),
        # Pressed is over: the card goes. Unseen is not: it belongs in the server's list.
        "resident": Variant("b", False),
        "transient": Variant("b", False),
    }
