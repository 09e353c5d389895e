"""A source of mails that is a folder tree or one file alone."""

from __future__ import annotations

from pathlib import Path

from samantha.adapters.tree import TreeSource, Upkeep
from samantha.api.types import Media
from samantha.core.exclusions import Exclusions


class TreeOrFile(TreeSource):
    """A folder of mails; where the root is a file, the folder above it with that file alone."""

    media: Media = "mail"

    def __init__(
        self,
        name: str,
        root: str,
        exclusions: Exclusions | None = None,
        upkeep: Upkeep | None = None,
    ) -> None:
        place = Path(root)
        self._only = place.name if place.is_file() else ""
        super().__init__(name, str(place.parent) if self._only else root, upkeep)
        self._exclusions = exclusions

    def _excluded(self, folder: str) -> bool:
        """Tell whether a folder below the root is one that the user left out."""
        return self._exclusions is not None and bool(self._exclusions.by_pattern(folder, True))
