"""Bodies of finished work that are not what they were: told to the plugins that ask for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from samantha.api.plugin import Moment, MomentKind
from samantha.api.types import Collection, Document, DocumentId, Kind
from samantha.core.ports import Index, State


class GrownCollections:
    """What each body of work consists of, and which plugins have not been told of that yet."""

    def __init__(
        self, index: Index, state: State, collections: Callable[[], Sequence[Collection]]
    ) -> None:
        self._index = index
        self._state = state
        self._collections = collections
        self._touched = True
        """Whether a file came or went since; what was before the start is looked at once."""
        self._asked: dict[str, str] = {}
        """What those plugins will have been told that have not answered yet."""

    def saw(
        self, documents: Iterable[Document], others: Iterable[DocumentId], kinds: set[Kind]
    ) -> None:
        """Take notice of what was read, and of what changed or is gone."""
        came = any(d.media == "file" and d.analysis.kind in kinds for d in documents)
        # A file is named by its path, a mail by its Message-ID.
        self._touched = self._touched or came or any(str(n).startswith("/") for n in others)

    def due(self, now: datetime, wishes: Mapping[str, Sequence[Kind]]) -> dict[str, Moment]:
        """Return the moment of each plugin that has not been told of a body of work as it is."""
        if not wishes or not self._touched:
            return {}
        self._touched, made = False, self._collections()
        found = {}
        for name, kinds in wishes.items():
            wanted = [one for one in made if one.kind in kinds]
            marks = {_hash([one.key]): self._mark(one) for one in wanted}
            told = self._told(name)
            documents = self._documents(
                one for one in wanted if told.get(_hash([one.key])) != marks[_hash([one.key])]
            )
            if documents:
                self._asked[name] = json.dumps(marks)
                found[name] = Moment(MomentKind.COLLECTION_GREW, now, documents)
            elif marks != told:
                self._state.set_setting(_setting(name), json.dumps(marks))
        return found

    def over(self, plugin: str, moment: Moment, *, failed: bool = False) -> None:
        """Take a plugin as told; one that failed is told again."""
        if moment.kind is not MomentKind.COLLECTION_GREW:
            return
        marks = self._asked.pop(plugin, None)
        if marks is not None and not failed:
            self._state.set_setting(_setting(plugin), marks)
        self._touched = self._touched or failed

    def _told(self, plugin: str) -> Mapping[str, str]:
        kept = self._state.setting(_setting(plugin))
        told: Mapping[str, str] = json.loads(kept) if kept else {}
        return told

    def _mark(self, collection: Collection) -> str:
        """Return what tells one state of a body of work from another; it holds no word of it."""
        pieces = [f"{p.document.id} {p.document.fingerprint}" for p in collection.pieces]
        return _hash([*pieces, "", *(str(name) for name, _ in collection.left_out)])

    def _documents(self, grown: Iterable[Collection]) -> tuple[Document, ...]:
        """Return the pieces of bodies of work, and what was left out of them."""
        found: dict[DocumentId, Document] = {}
        for one in grown:
            found |= {piece.document.id: piece.document for piece in one.pieces}
            for name, _ in one.left_out:
                document = None if name in found else self._index.document(name)
                if document is not None:
                    found[name] = document
        return tuple(found.values())


def _setting(plugin: str) -> str:
    return f"grown/{plugin}"


def _hash(words: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:24]
