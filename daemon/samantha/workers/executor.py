"""The executor's process: carries out one effect at a time, of payloads that were approved.

Each request brings the payload's manifest, the hash that was approved, and the bytes of one
effect. What does not add up is refused before anything is touched.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from samantha.adapters.imap_account import Account, account_of
from samantha.adapters.oauth import Credentials
from samantha.core.ports import NotYet, Refused
from samantha.workers import effects
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.mail import hosts_of
from samantha.workers.mail_effects import KINDS, MailCarrier
from samantha.workers.network import only
from samantha.workers.places import why
from samantha.workers.process import begin_worker

Facts = dict[str, Any]


class Carrier:
    """Carries effects out below the given roots and remembers by key what it did."""

    def __init__(self, roots: Sequence[str] = (), accounts: Sequence[Account] = ()) -> None:
        self._roots = tuple(roots)
        self._mail = MailCarrier(accounts, Credentials().word)
        self._done: dict[str, Facts] = {}

    def answer(self, header: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        """Return the answer to one request."""
        try:
            return self._answer(header, data)
        except Refused as problem:
            return {"ok": False, "refused": str(problem)}
        except NotYet as problem:
            return {"ok": False, "not_yet": str(problem)}
        except FileExistsError:
            return {"ok": False, "refused": "there is already a file of this name"}
        except OSError as problem:
            told = why(problem) if problem.errno is not None else str(problem)
            return {"ok": False, "failed": told or why(problem)}
        except (KeyError, TypeError, ValueError):
            return {"ok": False, "refused": "the request makes no sense"}

    def _answer(self, header: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        operation = header.get("op")
        if operation == "undo":
            return {"ok": True, "problem": self._undo(header["effect"], header["facts"])}
        effect, key = header["effect"], str(header["key"])
        if operation == "reconcile":
            return {"ok": True, "state": self._reconcile(effect, key)}
        if operation not in ("execute", "prepare"):
            raise Refused("an unknown operation")
        check(header, data)
        if operation == "prepare":
            self._mail.prepare(effect, data, str(header["manifest"]), key)
            return {"ok": True}
        if key not in self._done:
            again = header.get("again") is True and self._reconcile(effect, key) == "done"
            self._done[key] = (
                _found(effect, key)
                if again
                else self._execute(effect, data, key, str(header["manifest"]))
            )
        return {"ok": True, "facts": self._done[key]}

    def _execute(self, effect: Mapping[str, Any], data: bytes, key: str, manifest: str) -> Facts:
        kind = effect["type"]
        if kind == "send_mail":
            return self._mail.send(effect, data, manifest, key)
        if kind == "append_mail":
            return self._mail.append(effect, data)
        if kind == "write_file":
            return effects.write_file(effect, data, self._roots)
        if kind == "move_file":
            return effects.move_file(effect, self._roots)
        if kind == "deliver_draft":
            return effects.deliver_draft(effect, data, key, self._roots)
        raise Refused("an unknown effect")

    def _reconcile(self, effect: Mapping[str, Any], key: str) -> str:
        kind = effect["type"]
        if kind == "write_file":
            return effects.file_written(effect, self._roots)
        if kind == "move_file":
            return effects.file_moved(effect, self._roots)
        if kind == "deliver_draft":
            return effects.draft_delivered(effect, key, self._roots)
        if kind == "send_mail":
            return self._mail.sent(effect)
        if kind == "append_mail":
            return self._mail.appended(effect)
        return "?"

    def _undo(self, effect: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        # A later execution under the same key must not take the undone one for done.
        self._done.clear()
        kind = effect["type"]
        if kind == "write_file":
            return effects.unwrite_file(facts, self._roots)
        if kind == "move_file":
            return effects.unmove_file(facts, self._roots)
        if kind == "deliver_draft":
            return effects.undeliver_draft(facts, self._roots)
        if kind == "append_mail":
            return self._mail.unappend(effect, facts)
        return "there is nothing to undo"


def _found(effect: Mapping[str, Any], key: str) -> Facts:
    if effect["type"] in KINDS:
        return {"message_id": effect["text"], "found": True}
    return effects.facts_of(effect, key)


def check(header: Mapping[str, Any], data: bytes) -> None:
    """Refuse unless effect and bytes belong to the very payload that was approved (I1)."""
    approved, manifest = str(header.get("approved", "")), str(header.get("manifest", ""))
    if not approved or hashlib.sha256(manifest.encode()).hexdigest() != approved:
        raise Refused("the payload is not the one that was approved")
    effect, said = header["effect"], json.loads(manifest)
    if effect not in said["effects"]:
        raise Refused("the effect is not part of what was approved")
    if not str(header["key"]).startswith(approved):
        raise Refused("the key does not name what was approved")
    if effect["type"] == "move_file":
        if data:
            raise Refused("a move brings no bytes")
        return
    digest = hashlib.sha256(data).hexdigest()
    if digest != effect["sha256"] or digest not in {b["sha256"] for b in said["blobs"]}:
        raise Refused("the bytes are not the ones that were approved")


def main() -> None:
    """Serve until the parent closes the pipe."""
    source, sink = begin_worker()
    os.umask(0o077)
    carrier = Carrier()
    while True:
        try:
            header, data = read_frame(source)
        except FrameClosed:
            return
        except FrameError:
            raise SystemExit(2) from None
        if header.get("op") == "begin":
            roots = [str(r) for r in header.get("roots", ())]
            accounts = [account_of(a) for a in header.get("accounts", ())]
            only(hosts_of(accounts))
            carrier = Carrier(roots, accounts)
            write_frame(sink, {"ok": True})
            continue
        write_frame(sink, carrier.answer(header, data))


if __name__ == "__main__":
    main()
