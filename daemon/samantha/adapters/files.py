"""A watched folder of files."""

from __future__ import annotations

import os

from samantha.adapters.tree import TreeSource, Upkeep
from samantha.core.exclusions import Exclusions
from samantha.core.ports import SourceKind


class FilesSource(TreeSource):
    """A folder with all that is below it, but for what is excluded."""

    kind: SourceKind = "files"

    def __init__(
        self,
        name: str,
        root: str,
        exclusions: Exclusions,
        upkeep: Upkeep | None = None,
    ) -> None:
        super().__init__(name, root, upkeep)
        self._exclusions = exclusions.bound(self.root, os.path.realpath(self.root))

    def excluded(self, path: str, is_dir: bool = False) -> str:
        """Return why a path below the root is left alone, or ''."""
        return self._exclusions.excluded(path[len(self._prefix) :], is_dir)

    def _enters(self, relative: str) -> bool:
        return not self._exclusions.excluded(relative, True)

    def _takes(self, relative: str) -> bool:
        return not self._exclusions.excluded(relative, False)
