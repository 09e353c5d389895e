"""The executor as the core sees it: a process of its own, started when there is something to do."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from samantha.adapters.imap_account import Account
from samantha.adapters.secrets import session_environment
from samantha.core.ports import NotYet, Refused
from samantha.workers.frames import FrameError
from samantha.workers.process import Worker

DEADLINE_S = 60.0
MAIL_S = 300.0
"""A mail with attachments over a slow line."""
_END_S = 1.0
_APPROVAL = ("manifest", "approved", "again")
_BY_MAIL = ("send_mail", "append_mail")


class Failed(OSError):
    """An effect was begun and did not end well; whether it was carried out must be looked up."""


class Stopped(Exception):
    """The executor was closed meanwhile: how far it came is looked up at the next start."""


class WorkerExecutor:
    """Implements ``core.ports.Executor`` over two worker processes: one for files, one for mail.

    ``effect`` carries, besides the fields of ``core.payload.Effect``, the payload's ``manifest``
    and the ``approved`` hash, which the worker checks by itself before it touches anything, and
    ``again`` when it may have been carried out before a crash. A mail server that hangs holds up
    the process for mail alone, and the one for files knows no account.
    """

    def __init__(self, roots: Sequence[str] = (), accounts: Sequence[Account] = ()) -> None:
        self._files = _Hand(roots, (), DEADLINE_S)
        self._mail = _Hand((), accounts, MAIL_S)

    def execute(self, effect: Mapping[str, Any], data: bytes, key: str) -> Mapping[str, Any]:
        """Carry out one effect under an idempotence key; return facts that undo needs."""
        header = {
            "op": "execute",
            "effect": _plain(effect),
            "key": key,
            **{name: effect.get(name, "") for name in _APPROVAL},
        }
        return cast(Mapping[str, Any], self._ask(header, data)["facts"])

    def prepare(self, effect: Mapping[str, Any], data: bytes, key: str) -> None:
        """Do all of an effect that commits nothing; raises ``NotYet``, ``Refused`` or ``Failed``.

        The next ``execute`` under the same key commits it.
        """
        proof = {name: effect.get(name, "") for name in _APPROVAL}
        self._ask({"op": "prepare", "effect": _plain(effect), "key": key, **proof}, data)

    def undo(self, effect: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        """Undo one effect; return '' or the reason why it could not be.

        Raises ``Failed`` when the worker died over it, for then it may have been undone.
        """
        try:
            answer = self._ask({"op": "undo", "effect": _plain(effect), "facts": dict(facts)})
        except Refused as problem:
            return str(problem)
        return str(answer["problem"])

    def reconcile(self, effect: Mapping[str, Any], key: str) -> Literal["done", "not_done", "?"]:
        """Tell after a crash whether an effect was carried out."""
        header = {"op": "reconcile", "effect": _plain(effect), "key": key}
        try:
            answer = self._ask(header)
        except Failed:
            # Looking changes nothing, and the worker that died over the effect may only be found
            # dead by this question: another one is asked.
            try:
                answer = self._ask(header)
            except (Refused, Failed):
                return "?"
        except Refused:
            return "?"
        state = answer["state"]
        return state if state in ("done", "not_done") else "?"

    @property
    def pid(self) -> int | None:
        """The process id of the worker that runs; of the one for mail, if both do."""
        return self._mail.pid or self._files.pid

    def release(self) -> None:
        """End what waits for a server, now and from now on."""
        self._mail.close(for_good=True)

    def close(self) -> None:
        """End the workers; another effect starts them anew."""
        self._files.close()
        self._mail.close()

    def _ask(self, header: Mapping[str, Any], data: bytes = b"") -> dict[str, Any]:
        hand = self._mail if header["effect"]["type"] in _BY_MAIL else self._files
        answer = hand.ask(header, data)
        if answer.get("ok") is True:
            return answer
        if "not_yet" in answer:
            raise NotYet(str(answer["not_yet"]))
        if "refused" in answer:
            raise Refused(str(answer["refused"]))
        raise Failed(str(answer.get("failed", "the executor gave no reason")))


class _Hand:
    """One worker process: started when there is something to do, and again after it died."""

    def __init__(self, roots: Sequence[str], accounts: Sequence[Account], wait_s: float) -> None:
        self._roots = tuple(roots)
        self._accounts = tuple(accounts)
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The worker's process id, if one is running."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def ask(self, header: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        """Return the worker's answer; raises ``Failed`` when it died over it."""
        with self._lock:
            try:
                answer, _ = self._running().request(header, data, self._wait_s)
            except (FrameError, OSError) as problem:
                self._drop()
                if self._closed:
                    raise Stopped from problem
                raise Failed("the executor died over it") from problem
        return answer

    def close(self, *, for_good: bool = False) -> None:
        """End the worker; what it is in the middle of has half a second to come to its end."""
        # Not under the lock: whoever waits for a server holds it.
        self._closed = self._closed or for_good
        worker = self._worker
        if worker is not None:
            worker.close(_END_S)

    def _running(self) -> Worker:
        if self._closed:
            raise Stopped
        if self._worker is not None and self._worker.alive:
            return self._worker
        self._drop()
        # The keyring is reached through the session; without an account nothing of it is needed.
        environment = session_environment() if self._accounts else {}
        worker = self._worker = Worker("samantha.workers.executor", env=environment)
        accounts = [account.plain() for account in self._accounts]
        begin = {"op": "begin", "roots": list(self._roots), "accounts": accounts}
        worker.request(begin, timeout_s=DEADLINE_S)
        return worker

    def _drop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()


def _plain(effect: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in effect.items() if name not in _APPROVAL}
