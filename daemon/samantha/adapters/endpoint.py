"""A model server on the user's network in place of the local model: it is asked the same way.

It speaks OpenAI's protocol, as llama-server, vLLM and Ollama do. Only what a prompt holds leaves
this machine, and only for the one server that the configuration names. A server that is away, slow
or broken costs its own answers: they are None, and ``state`` says why.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

from samantha.adapters.chat_request import Chat, ChatModel, Counters, Request, Wish
from samantha.adapters.endpoint_answer import Answer, Question, Unreadable, messages
from samantha.adapters.endpoint_key import stored_key
from samantha.adapters.endpoint_server import Asked, Declined, Overflow, Server
from samantha.adapters.endpoint_wire import Away, Cut, Resolve, Wire, addresses
from samantha.core.endpoints import bare, endpoint_of, where

CELLS = 4_096
"""What is taken for the room of a prompt and its answer, in tokens; Ollama has no more unasked."""

_AT_ONCE = 4
_BYTES_A_TOKEN = 3
_LATE = "it did not answer in time"


class EndpointChat(Chat):
    """A model server of the user's; usable in place of ``LlamaChat``. Thread-safe."""

    def __init__(
        self,
        url: str,
        *,
        model: str = "",
        public: bool = False,
        key: Callable[[str], str] = stored_key,
        resolve: Resolve = addresses,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 60.0,
    ) -> None:
        """Nothing is sent yet. ``model`` '': the only one that the server has.

        ``key`` returns the secret kept for an address; it is asked for when the server wants one.
        Raises ``ValueError`` for an address that may not be used.
        """
        self._server = Server(Wire(endpoint_of(url, public), resolve), model, key)
        self._waits = (first_wait_s, longest_wait_s)
        self._lock = threading.Lock()
        self._open: dict[Request, Future[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ending = asyncio.Event()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._closed = self._answered = False
        self._failures = 0
        self._not_before = 0.0
        self._reason = ""
        self.counters = Counters()

    # --- asking ----------------------------------------------------------------------------

    def _begin(self, wish: Wish) -> Request:
        """As in ``start``; ``keep`` means nothing here, ``urgent`` goes before others on this side.

        Cancelling closes the connection.
        """
        said = messages(wish.prefix, wish.parts)
        question = Question(said, wish.schema, wish.max_tokens, wish.stops, wish.heat, wish.seed)
        deadline = time.monotonic() + wish.deadline_s
        request = Request({"op": "ask"}, deadline, "", wish.on_piece, self._cancel)
        with self._lock:
            self.counters.asked += 1
            if self._away() or not question.messages:
                request.end({"ended": "failed"})
                return request
            future = self._submit(self._serve(Asked(question, request), wish.urgent))
            self._open[request] = future
        future.add_done_callback(lambda ended: self._ended(request, ended))
        return request

    def count(
        self, texts: Sequence[str], *, deadline_s: float = 120.0, urgent: bool = False
    ) -> Sequence[int] | None:
        """Return about how many tokens each text is; nothing is sent for it."""
        return [-(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN) for text in texts]

    def model(self, *, deadline_s: float = 120.0, urgent: bool = False) -> ChatModel | None:
        """Return what can be said of the model, or None when the server is away.

        It has no control tokens: the server writes the conversation in its own way.
        """
        known = self._server.configured or self._server.found
        with self._lock:
            if self._away():
                return None
            asked = None if known else self._submit(self._look(deadline_s))
        try:
            if asked is not None and not asked.result():
                return None
        except CancelledError:
            return None
        return ChatModel("", "", frozenset(), CELLS, False, 0, ())

    def state(self) -> tuple[str, str]:
        """Return (state, reason): ready, idle, unavailable. Never waits, sends nothing."""
        if self._closed:
            return "unavailable", "closed"
        if self._reason:
            return "unavailable", self._reason
        return ("ready", "") if self._answered else ("idle", "nothing has been sent yet")

    def where(self) -> str:
        """Return in words where text goes, for the status and for each offer made with it."""
        return where(self._server.wire.endpoint, self._server.wire.address)

    @property
    def pid(self) -> int | None:
        """None: no process of this machine is the model's."""
        return None

    def close(self) -> None:
        """End every request and connection, at once."""
        with self._lock:
            self._closed = True
            some, loop, thread = dict(self._open), self._loop, self._thread
        for request, future in some.items():
            request.end({"ended": "failed"})
            future.cancel()
        if loop is not None and thread is not None and thread is not threading.current_thread():
            if thread.is_alive():
                loop.call_soon_threadsafe(self._ending.set)
            thread.join()

    # --- from any thread -------------------------------------------------------------------

    def _away(self) -> bool:
        return self._closed or time.monotonic() < self._not_before

    def _submit(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Hand work to the loop, which is started for the first; under the lock."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._run, name="model-endpoint", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _cancel(self, request: Request) -> None:
        future = self._open.get(request)
        if future is not None:
            future.cancel()

    def _ended(self, request: Request, future: Future[None]) -> None:
        self._open.pop(request, None)
        request.end({"ended": "cancelled" if future.cancelled() else "failed"})
        if not future.cancelled() and (problem := future.exception()) and self._loop:
            # An error in a caller's own ``on_piece`` ends the request, and is seen.
            self._loop.call_exception_handler({"message": "on_piece", "exception": problem})

    # --- the loop's thread -----------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:  # type: ignore[arg-type, return-value]
            runner.run(self._live())

    async def _live(self) -> None:
        await self._ending.wait()
        await self._server.wire.close()

    async def _look(self, deadline_s: float) -> bool:
        """Tell whether the model's name is known, asking the server if need be."""
        try:
            async with asyncio.timeout(deadline_s):
                return bool(await self._server.name())
        except TimeoutError:
            self._fail(_LATE)
        except (Away, Cut) as problem:
            self._fail(str(problem))
        return False

    async def _serve(self, asked: Asked, urgent: bool) -> None:
        request = asked.request
        try:
            async with asyncio.timeout(request.deadline - time.monotonic()):
                if urgent:
                    told = await self._answer(asked)
                else:
                    async with self._turns:
                        told = await self._answer(asked)
        except TimeoutError:
            if asked.sent and not asked.first:
                self._fail(_LATE)
            told = {"ended": "deadline"}
        request.end(told)

    async def _answer(self, asked: Asked) -> dict[str, Any]:
        # Those that waited for their turn meanwhile need not find out what is known already.
        if self._away():
            return {"ended": "failed"}
        try:
            return self._told(asked, await self._server.answer(asked))
        except Overflow:
            return {"ended": "overflow"}
        except Declined as problem:
            self._fail(str(problem))
            return {"ended": "refused"}
        except (Away, Cut, Unreadable) as problem:
            self._fail(str(problem))
            return {"ended": "failed"}
        finally:
            self.counters.retried += asked.retried

    def _told(self, asked: Asked, answer: Answer) -> dict[str, Any]:
        now = time.monotonic()
        evaluated = answer.prompt - answer.reused + answer.said
        self.counters.answered += 1
        self.counters.evaluated += evaluated
        self.counters.reused += answer.reused
        self.counters.generated += answer.said
        self._failures, self._reason, self._answered = 0, "", True
        return {
            "ended": answer.ended,
            "text": bare(answer.text) if asked.question.schema is not None else answer.text,
            "prompt": answer.prompt,
            "evaluated": evaluated,
            "reused": answer.reused,
            "first_s": (asked.first or now) - asked.sent,
            "all_s": now - asked.sent,
        }

    def _fail(self, reason: str) -> None:
        """Say why, and leave the server alone for a while."""
        first, longest = self._waits
        self._reason = reason
        self._not_before = time.monotonic() + min(longest, first * 2**self._failures)
        self._failures = min(self._failures + 1, 30)
