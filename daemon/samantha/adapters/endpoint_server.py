"""One model server: which model it has, which key it wants, in which way it takes a schema."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from samantha.adapters.chat_request import Request
from samantha.adapters.endpoint_answer import Answer, Question, delicate, overflowed
from samantha.adapters.endpoint_key import NoKey
from samantha.adapters.endpoint_wire import Away, Cut, Wire, in_thread

_KEY_S = 15.0
"""More than the keyring's own deadline, so that its reason is heard."""
_REFUSAL_BYTES = 64_000
_LIST_BYTES = 1_000_000
_SCHEMAS = 500
# llama-cpp-python answers 500 to a field that it does not know.
_ODD = (400, 415, 422, 500, 501)
_BUSY = (429, 502, 503, 504)
_NAME = re.compile(r"[\w.:/@+ -]{1,200}", re.ASCII)


class Declined(Exception):
    """The server does not take the request as it is put; the text is for the user."""


class Overflow(Exception):
    """The prompt is longer than the model's context."""


@dataclass(slots=True)
class Asked:
    """One request and what came of it so far."""

    question: Question
    request: Request
    retried: bool = False
    sent: float = 0.0
    first: float = 0.0


@dataclass(slots=True)
class Server:
    """What is known of a server. All of it belongs to one event loop."""

    wire: Wire
    configured: str
    key_of: Callable[[str], str]
    found: str = ""
    """The name of its only model."""
    _key: str = ""
    _no_key: str = ""
    """Why the keyring could not be asked."""
    _ways: dict[str, int] = field(default_factory=dict)
    """The way that the server takes, by schema: one may be refused where others are not."""
    _fragile: bool = False

    async def name(self) -> str:
        """Return the model's name: the configured one, else the only one there is."""
        if self.configured or self.found:
            return self.configured or self.found
        for _ in range(2):
            async with self.wire.exchange("GET", "/models", key=self._key) as (status, pieces):
                untrusted = await _some(pieces, _LIST_BYTES)
            if status not in (401, 403) or not await self._fetch_key():
                break
        if status == 200:
            self.found = _only(untrusted)
            return self.found
        problem = self._refusal(status, b"")
        raise problem if isinstance(problem, Away) else Away(_UNNAMED)

    async def answer(self, asked: Asked) -> Answer:
        """Ask in one way after the other until the server takes one, which is remembered.

        Raises ``Overflow``, ``Declined``, ``Away``, ``Cut`` or ``Unreadable``.
        """
        name = await self.name()
        ways = asked.question.ways()
        digest = json.dumps(asked.question.schema, sort_keys=True)
        last = Declined()
        for at in range(self._ways.get(digest, 0), len(ways)):
            if self._fragile and delicate(ways[at]):
                continue
            try:
                answer = await self._insist(asked, asked.question.body(name, ways[at]), ways[at])
            except Declined as problem:
                last = problem
                continue
            if len(self._ways) >= _SCHEMAS:
                self._ways.clear()
            self._ways[digest] = at
            return answer
        raise last

    async def _insist(self, asked: Asked, body: bytes, way: Mapping[str, Any]) -> Answer:
        """Ask, and once more after a cut; not in a way that the server may have died of."""
        try:
            return await self._ask(asked, body)
        except Cut as problem:
            self._fragile = self._fragile or delicate(way)
            if asked.retried:
                raise
            asked.retried = True
            if delicate(way):
                raise Declined("the connection was cut") from problem
        return await self._ask(asked, body)

    async def _ask(self, asked: Asked, body: bytes) -> Answer:
        """Send one request and read its answer, with the key if the server wants it."""
        path = "/chat/completions"
        for _ in range(2):
            asked.sent, asked.first = time.monotonic(), 0.0
            async with self.wire.exchange("POST", path, body, self._key) as (status, pieces):
                if status == 200:
                    return await _read(asked, pieces)
                untrusted_refusal = await _some(pieces, _REFUSAL_BYTES)
            if status not in (401, 403) or not await self._fetch_key():
                break
        raise self._refusal(status, untrusted_refusal)

    def _refusal(self, status: int, untrusted_body: bytes) -> Away | Declined | Overflow:
        """Return what a status other than 200 means."""
        origin, path = self.wire.endpoint.origin, self.wire.endpoint.path
        if status in (*_ODD, 413) and overflowed(untrusted_body):
            return Overflow()
        if status in _ODD:
            return Declined(f"{origin} answers with an error ({status})")
        if status in (401, 403):
            words = "takes another key than the one that is kept" if self._key else "wants a key"
            if self._no_key:
                return Away(f"{origin} {words}, and {self._no_key}")
            return Away(f"{origin} {words}; type: samantha model key")
        if status == 404:
            self.found = ""
            end = "" if path.endswith("/v1") else "; most addresses end in /v1"
            return Away(f"{origin}{path} knows no such model or no chat (404){end}")
        if 300 <= status < 400:
            return Away(f"{origin} points elsewhere ({status}), which is not followed")
        if status in _BUSY:
            return Away(f"{origin} is busy or still loading ({status})")
        return Away(f"{origin} answers with an error ({status})")

    async def _fetch_key(self) -> bool:
        """Take the key from the keyring now that it is wanted; True if it is a new one."""
        known, origin = self._key, self.wire.endpoint.origin
        try:
            self._key = await in_thread(lambda: self.key_of(origin), _KEY_S)
        except (OSError, TimeoutError) as problem:
            self._no_key = str(problem) if isinstance(problem, NoKey) else ""
            return False
        self._no_key = ""
        return bool(self._key) and self._key != known


_UNNAMED = "it does not say what models it has; set endpoint_model under [model]"


async def _read(asked: Asked, pieces: AsyncIterator[bytes]) -> Answer:
    answer = Answer()
    async for untrusted_piece in pieces:
        text = answer.feed(untrusted_piece)
        if not text:
            continue
        asked.first = asked.first or time.monotonic()
        if asked.request.on_piece is not None:
            asked.request.on_piece(text)
    if answer.empty:
        raise Overflow
    answer.finish()
    return answer


async def _some(pieces: AsyncIterator[bytes], most: int) -> bytes:
    found = bytearray()
    async for piece in pieces:
        found += piece
        if len(found) > most:
            break
    return bytes(found[:most])


def _only(untrusted_list: bytes) -> str:
    """Return the name of the only model of a list; raises ``Away`` if there is another number."""
    try:
        names = [str(one["id"]) for one in json.loads(untrusted_list)["data"]]
    except (ValueError, RecursionError, TypeError, KeyError) as problem:
        raise Away(_UNNAMED) from problem
    if len(names) == 1 and 0 < len(names[0]) <= 500:
        return names[0]
    shown = ", ".join([one for one in names if _NAME.fullmatch(one)][:5])
    raise Away(
        f"it has {len(names)} models; set endpoint_model under [model] to one of them"
        + (f": {shown}" if shown else "")
    )
