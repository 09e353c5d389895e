"""The server that comes with llama-cpp-python, on a tiny random model, as a model server."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import pytest
from tiny_gguf import tiny

from samantha.adapters.endpoint import EndpointChat
from samantha.api.asking import AtMost, Between
from samantha.api.testing import document

pytestmark = pytest.mark.slow

NEEDED = (
    "llama_cpp",
    "uvicorn",
    "fastapi",
    "pydantic_settings",
    "sse_starlette",
    "starlette_context",
)
SCHEMA = {
    "type": "object",
    "properties": {"waits": {"type": "boolean"}, "how": {"enum": ["by mail", "by letter"]}},
    "required": ["waits", "how"],
    "additionalProperties": False,
}
DEADLY = {"enum": ['a "quoted" word']}
PREFIX = (("Judge the mail.", False),)
PARTS = (("Dear Anna, when will you come?", False),)


@dataclass(slots=True)
class Llama:
    """The real server in a process of its own, on one port."""

    model: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "llama_cpp.server", "--model", str(self.model)]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--chat_format", "chatml"]
        command += ["--n_ctx", "2048", "--n_threads", "1", "--n_threads_batch", "1"]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_WAIT_POLICY": "passive"},
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if b"Uvicorn running" in line:
                break
        else:
            pytest.fail("llama_cpp.server did not start")
        # What it writes further on must not fill the pipe.
        subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()


@pytest.fixture
def llama(tmp_path: Path) -> Iterator[Llama]:
    """A server that runs."""
    if missing := [one for one in NEEDED if importlib.util.find_spec(one) is None]:
        pytest.skip(f"llama_cpp.server needs {', '.join(missing)}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    one = Llama(tiny(tmp_path / "tiny.gguf"), port)
    try:
        one.start()
        yield one
    finally:
        one.kill()


@pytest.fixture
def chat(llama: Llama) -> Iterator[EndpointChat]:
    """A chat with it that does not wait after failures."""
    one = EndpointChat(llama.url, key=lambda _: "", first_wait_s=0.0)
    yield one
    one.close()


def test_a_real_server_is_held_to_a_schema(llama: Llama, chat: EndpointChat) -> None:
    """A random model's reply is JSON of the schema, whole and in pieces, with the file's name."""
    pieces: list[str] = []
    reply = chat.start(
        PARTS, prefix=PREFIX, schema=SCHEMA, max_tokens=200, on_piece=pieces.append
    ).wait()
    assert reply.ended == "stop"
    told = json.loads(reply.text)
    assert set(told) == {"waits", "how"}
    assert type(told["waits"]) is bool
    assert told["how"] in ("by mail", "by letter")
    assert len(pieces) > 1
    assert chat.state() == ("ready", "")
    assert 0 < reply.first_s <= reply.all_s


def test_a_real_server_ends_where_it_must(llama: Llama, chat: EndpointChat) -> None:
    """The bound on tokens holds, and a prompt that is too long ends as an overflow."""
    assert chat.start(PARTS, prefix=PREFIX, max_tokens=5).wait().ended == "length"
    long = (("a b c d " * 2_000, False),)
    assert chat.start(long, schema=SCHEMA).wait().ended == "overflow"
    assert chat.complete(PARTS, prefix=PREFIX, schema=SCHEMA) is not None


def test_a_request_to_a_real_server_is_cancelled(llama: Llama, chat: EndpointChat) -> None:
    """A cancel in the middle ends it at once; if the server jams over it, deadlines hold.

    Releases of llama-cpp-python keep their lock when a client leaves a streamed answer.
    """
    request = chat.start(PARTS, max_tokens=1_900, heat=1.0, on_piece=lambda _: request.cancel())
    assert request.wait().ended in ("cancelled", "stop")
    later = chat.start(PARTS, prefix=PREFIX, schema=SCHEMA, deadline_s=3.0, urgent=True)
    assert later.wait().ended in ("stop", "deadline")


def test_a_real_server_that_is_killed_costs_its_answers(llama: Llama, chat: EndpointChat) -> None:
    """Killed, it is reported; started again, it answers as before."""
    assert chat.complete(PARTS, prefix=PREFIX, schema=SCHEMA) is not None
    llama.kill()
    assert chat.complete(PARTS, prefix=PREFIX, schema=SCHEMA) is None
    state, reason = chat.state()
    assert (state, "127.0.0.1" in reason) == ("unavailable", True)
    llama.start()
    assert chat.complete(PARTS, prefix=PREFIX, schema=SCHEMA) is not None
    assert chat.state() == ("ready", "")


def test_a_real_server_that_dies_of_a_schema(llama: Llama, chat: EndpointChat) -> None:
    """It may crash over one; it is not sent such a schema again, and other work goes on."""
    chat.complete(PARTS, prefix=PREFIX, schema=DEADLY, max_tokens=20)
    assert llama.process is not None
    try:
        llama.process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        pytest.skip("this release of llama-cpp-python survives the schema")
    assert chat.state()[0] == "unavailable"
    llama.start()
    assert chat.complete(PARTS, prefix=PREFIX, schema=DEADLY, max_tokens=20) is not None
    with urllib.request.urlopen(f"{llama.url}/models") as alive:
        assert alive.status == 200


@dataclass(frozen=True, slots=True)
class Judged:
    """What is asked below."""

    waits: Annotated[bool, "whether the sender waits for an answer"]
    how: Literal["mail", "letter"]
    urgency: Annotated[int, Between(0, 3)]
    title: Annotated[str, AtMost(20)]


def test_a_typed_question_goes_to_a_real_server(llama: Llama, chat: EndpointChat) -> None:
    """``ask`` works with it as with the local model: a value of the type or None, never more."""
    from samantha.app.asking import Asker

    asker = Asker(chat)  # type: ignore[arg-type]
    about = document("/home/anna/a.txt", "Dear Anna, when will you come? Yours, Ben")
    found = asker.ask("Does the sender wait for an answer?", about, Judged)
    assert found is None or isinstance(found, Judged)
    assert chat.state() == ("ready", "")
    assert chat.counters.answered == 1
