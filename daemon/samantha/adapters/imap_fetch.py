"""Fetching mails: heads and structure first, each text once, what is attached when asked for.

What lies here already, in another folder or under another number, is not fetched at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samantha.adapters.imap_mirror import MirrorFolder, content_key, flag_letters
from samantha.adapters.imap_parts import asked, completed, cost, leaves, left_out, made_of, tree_of
from samantha.adapters.imap_select import examine

if TYPE_CHECKING:
    from imapclient import IMAPClient

    from samantha.adapters.imap_parts import Tree

BATCH = 100
"""Mails whose heads are asked for at once."""
BATCH_BYTES = 4 * 2**20
"""Bytes of mail that are fetched at once, at most by one mail more."""
WHOLE = 2 * 2**20
"""Mails with nothing attached are fetched whole up to this size."""

Tell = Callable[[int, int], None]
"""Told after each batch: how many of how many new mails are here."""
_HEAD = ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
_STRUCTURE = "BODYSTRUCTURE"
_NONSENSE = (ValueError, TypeError, AttributeError, AssertionError, RecursionError, LookupError)


@dataclass(frozen=True, slots=True)
class _Coming:
    """A mail that is to be fetched."""

    uid: int
    key: tuple[str, int] | None
    head: dict[bytes, Any]
    tree: Tree | None
    """None: it is fetched whole."""

    @property
    def size(self) -> int:
        return int(self.head.get(b"RFC822.SIZE") or 0)

    @property
    def items(self) -> tuple[str, ...]:
        return ("BODY.PEEK[]",) if self.tree is None else asked(self.tree)

    @property
    def cost(self) -> int:
        return self.size if self.tree is None else cost(self.tree)


class Bringing:
    """Brings the mails of one folder that is open, and counts them."""

    def __init__(self, client: IMAPClient, folder: MirrorFolder, validity: int) -> None:
        self._client = client
        self._folder = folder
        self._validity = validity
        self.fetched = self.linked = 0

    def bring(self, new: Sequence[int], tell: Tell = lambda done, total: None) -> None:
        """Bring mails by UID, those with the same parts in one go."""
        for at in range(0, len(new), BATCH):
            waiting: dict[tuple[str, ...], list[_Coming]] = {}
            for mail in self._heads(new[at : at + BATCH]):
                same = self._folder.same(mail.key)
                if same is not None:
                    self._keep(mail, same)
                    self.linked += 1
                    continue
                group = waiting.setdefault(mail.items, [])
                group.append(mail)
                if sum(one.cost for one in group) > BATCH_BYTES:
                    self._fetch(waiting.pop(mail.items))
            for group in waiting.values():
                self._fetch(group)
            tell(min(at + BATCH, len(new)), len(new))

    def _heads(self, uids: Sequence[int]) -> Iterator[_Coming]:
        try:
            found = self._client.fetch(uids, [*_HEAD, _STRUCTURE])
        except _NONSENSE:
            # One mail's structure that cannot be parsed must not keep a hundred others away.
            found = self._client.fetch(uids, list(_HEAD))
        for uid in uids:
            head = found.get(uid)
            if head is not None:
                line = head.get(b"BODY[HEADER.FIELDS (MESSAGE-ID)]") or b""
                text = line.decode("utf-8", "replace").partition(":")[2]
                size = int(head.get(b"RFC822.SIZE") or 0)
                tree = tree_of(head.get(b"BODYSTRUCTURE"))
                if tree is not None and size <= WHOLE and all(p.fetched for p in leaves(tree)):
                    tree = None
                yield _Coming(uid, content_key(" ".join(text.split()), size), dict(head), tree)

    def _fetch(self, group: Sequence[_Coming]) -> None:
        found = self._client.fetch([one.uid for one in group], list(group[0].items))
        for one in group:
            got = found.get(one.uid) or {}
            data = got.get(b"BODY[]") if one.tree is None else made_of(one.tree, got)
            # Without bytes it left between two questions.
            if isinstance(data, bytes):
                self._keep(one, data)
                self.fetched += 1

    def _keep(self, mail: _Coming, data: Any) -> None:
        letters = flag_letters(mail.head.get(b"FLAGS", ()))
        received = mail.head.get(b"INTERNALDATE")
        where = self._validity, mail.uid
        self._folder.keep(where, mail.key, mail.size, letters, received, data)


def bring_parts(client: IMAPClient, name: str, folder: MirrorFolder, where: tuple[int, int]) -> int:
    """Fetch what was left out of a mail that is here; return how many parts came.

    Parts that are here already are not asked for, so that to ask twice fetches once.
    """
    path = folder.path_of(where)
    data = path.read_bytes() if path is not None else b""
    numbers = left_out(data)
    if not numbers or examine(client, name).uidvalidity != where[0]:
        return 0
    got = client.fetch([where[1]], [f"BODY.PEEK[{number}]" for number in numbers])
    found = got.get(where[1]) or {}
    parts = {n: found.get(f"BODY[{n}]".encode()) for n in numbers}
    came = {n: body for n, body in parts.items() if isinstance(body, bytes)}
    if came:
        folder.replace(where, completed(data, came))
    return len(came)
