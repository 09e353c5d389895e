"""Bodies of finished work that are not what they were: told to the plugins that ask for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        self._looked: set[str] = set()
        """Plugins for which no file came or went since; what was before the start is new to all."""
        self._work: set[DocumentId] = set()
        """The files of all bodies of work, with what is left out of them for now."""
        self._asked: dict[tuple[str, datetime], str] = {}
        """What those plugins will have been told that have not answered yet, by their moments."""

    def saw(
        self, documents: Iterable[Document], others: Iterable[DocumentId], kinds: set[Kind]
    ) -> None:
        """Take notice of what was read, and of what changed or is gone.

        To look at all bodies is to look at all files: what was and is no such work asks for none.
        """
        came = any(d.media == "file" and d.analysis.kind in kinds for d in documents)
        if came or not self._work.isdisjoint(others):
            self._looked.clear()

    def due(self, now: datetime, wishes: Mapping[str, Sequence[Kind]]) -> dict[str, Moment]:
        """Return the moment of each plugin that has not been told of a body of work as it is."""
        new = {name: kinds for name, kinds in wishes.items() if name not in self._looked}
        if not new:
            return {}
        made, found = self._collections(), dict[str, Moment]()
        self._work = {name for one in made for name in self._names(one)}
        for name, kinds in new.items():
            wanted = [one for one in made if one.kind in kinds]
            marks = {_hash([one.key]): self._mark(one) for one in wanted}
            told = self._told(name)
            documents = self._documents(
                one for one in wanted if told.get(_hash([one.key])) != marks[_hash([one.key])]
            )
            if documents:
                self._asked[name, now] = json.dumps(marks)
                found[name] = Moment(MomentKind.COLLECTION_GREW, now, documents)
            elif marks != told:
                self._state.set_setting(_setting(name), json.dumps(marks))
        self._looked |= new.keys()
        return found

    def again(self, plugin: str, moment: Moment) -> None:
        """Let a plugin be told again."""
        if moment.kind is MomentKind.COLLECTION_GREW:
            self._asked.pop((plugin, moment.now), None)
            self._looked.discard(plugin)

    def over(self, plugin: str, moment: Moment, *, failed: bool = False) -> None:
        """Take a plugin as told; one that failed is told again."""
        if failed:
            self.again(plugin, moment)
        elif marks := self._asked.pop((plugin, moment.now), ""):
            self._state.set_setting(_setting(plugin), marks)

    def _told(self, plugin: str) -> Mapping[str, str]:
        kept = self._state.setting(_setting(plugin))
        told: Mapping[str, str] = json.loads(kept) if kept else {}
        return told

    def _mark(self, collection: Collection) -> str:
        """Return what tells one state of a body of work from another; it holds no word of it."""
        pieces = [f"{p.document.id} {p.document.fingerprint}" for p in collection.pieces]
        return _hash([*pieces, "", *map(str, self._drafts(collection))])

    def _names(self, collection: Collection) -> Iterator[DocumentId]:
        """Yield the pieces with their versions, and the drafts."""
        for piece in collection.pieces:
            yield from (piece.document.id, *piece.versions)
        yield from self._drafts(collection)

    def _drafts(self, collection: Collection) -> Iterator[DocumentId]:
        """Yield what is left out for now; what lies beside the work is of another kind."""
        for name, _ in collection.left_out:
            document = self._index.document(name)
            if document is not None and document.analysis.kind is collection.kind:
                yield name

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
