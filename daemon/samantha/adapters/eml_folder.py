"""A watched folder of single mails that is no Maildir: ``.eml`` files, MH, exports of programs.

The files may have no ending at all; then their first bytes tell. Folders below it are mail folders.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from samantha.adapters.mail_sniff import head_of, is_mail
from samantha.adapters.maildir import role_of
from samantha.adapters.tree_or_file import TreeOrFile
from samantha.core.ports import SourceKind, Stat

_SURE = frozenset([".eml", ".mail", ".email", ".rfc822", ".mbs"])
_PERHAPS = re.compile(r"(?i)^(?:[^.]*|[0-9]+\.?|[0-9][0-9]*\.[0-9a-f]{8,64}|.*[:;!]2,[A-Za-z]*)$")
"""Names that programs give to mails without saying so: 17, 17., 0001.bfc8d64d12b325ff, x:2,S."""


class EmlFolderSource(TreeOrFile):
    """A folder of mails, one a file; or one such file alone."""

    kind: SourceKind = "eml"

    def folder_role(self, path: str) -> str:
        """Return what the folder of a mail is: inbox, sent, drafts, archive, spam, trash or ''."""
        relative = path[len(self._prefix) :] if path.startswith(self._prefix) else path
        parts = [p for p in relative.split("/")[:-1] if p not in ("cur", "new")]
        return role_of("/".join(parts) or self.root.rpartition("/")[2])

    def scan(self) -> Iterator[tuple[str, Stat]]:
        """Walk all mails; a file whose name does not tell is looked into."""
        for path, stat in super().scan():
            if os.path.splitext(path)[1].lower() in _SURE or is_mail(head_of(path)):  # noqa: PTH122
                yield path, stat

    def _enters(self, relative: str) -> bool:
        if self._only:
            return False
        name = relative.rpartition("/")[2]
        if name.startswith(".") or name == "tmp" or role_of(relative) in ("spam", "trash"):
            return False
        return not self._excluded(relative)

    def _takes(self, relative: str) -> bool:
        folder, _, name = relative.rpartition("/")
        if self._only:
            return relative == self._only
        if name.startswith(".") or (folder and not self._above(folder)):
            return False
        ending = os.path.splitext(name)[1].lower()  # noqa: PTH122
        return ending in _SURE or _PERHAPS.match(name) is not None

    def _above(self, folder: str) -> bool:
        parts = folder.split("/")
        return all(self._enters("/".join(parts[: n + 1])) for n in range(len(parts)))
