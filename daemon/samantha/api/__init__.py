"""Everything a plugin may import: version 1, which is frozen. Names are added, never changed.

A name is loaded when it is first used: the command line needs the errors alone, and the dataclasses
of the rest cost as much as all else that `samantha --help` does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samantha.api.actions import ACTION_TYPES as ACTION_TYPES
    from samantha.api.actions import (
        Action,
        AddEvent,
        AssembleManuscript,
        DraftMail,
        MoveFile,
        PrepareTrip,
        Remind,
        WriteDocument,
    )
    from samantha.api.asking import Ask, AtMost, Between, Choice, Items, Quote
    from samantha.api.errors import UserError
    from samantha.api.plugin import (
        Context,
        Library,
        Moment,
        MomentKind,
        Plugin,
        Quiet,
        Silence,
        Wake,
    )
    from samantha.api.types import (
        FORWARDED,
        Analysis,
        Appointment,
        Attachment,
        Author,
        Collection,
        Document,
        DocumentId,
        Evidence,
        Identity,
        Kind,
        Mail,
        Moved,
        Outlet,
        Person,
        Piece,
        Region,
        Signal,
        Suggestion,
    )
    from samantha.api.types import Decision as Decision
    from samantha.api.types import Verdict as Verdict

__all__ = [
    "FORWARDED",
    "Action",
    "AddEvent",
    "Analysis",
    "Appointment",
    "Ask",
    "AssembleManuscript",
    "AtMost",
    "Attachment",
    "Author",
    "Between",
    "Choice",
    "Collection",
    "Context",
    "Document",
    "DocumentId",
    "DraftMail",
    "Evidence",
    "Identity",
    "Items",
    "Kind",
    "Library",
    "Mail",
    "Moment",
    "MomentKind",
    "MoveFile",
    "Moved",
    "Outlet",
    "Person",
    "Piece",
    "Plugin",
    "PrepareTrip",
    "Quiet",
    "Quote",
    "Region",
    "Remind",
    "Signal",
    "Silence",
    "Suggestion",
    "UserError",
    "Wake",
    "WriteDocument",
]

_INSIDE = ("ACTION_TYPES", "Decision", "Verdict")
"""What samantha itself takes from here too; no part of what a plugin may build on."""

_PARTS = ("actions", "asking", "errors", "plugin", "types")


def __getattr__(name: str) -> Any:
    """Return a name of the lists above from the module that defines it."""
    if name in __all__ or name in _INSIDE:
        for part in _PARTS:
            module = import_module(f"samantha.api.{part}")
            if name in vars(module):
                globals()[name] = value = vars(module)[name]
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
