"""Errors that people read."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can mend: what happened, what it means, what to type."""

    def __init__(self, what: str, means: str = "", type_this: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.means = means
        self.type_this = type_this
