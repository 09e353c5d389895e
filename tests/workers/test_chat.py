"""The generative model's process: sequences, masks, text out, turns, the jail. Real llama.cpp."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_gguf import CONTROL, hybrid, timed, tiny

from samantha.workers.generator import BATCH, Generator, GeneratorError, Outcome, Span
from samantha.workers.jobs import Job, job_of
from samantha.workers.masks import MaskError, Masks
from samantha.workers.streaming import TextOut
from samantha.workers.turns import RUNNING, SEQUENCES, Turns

ASSISTANT = ["<|im_end|>\n<|im_start|>assistant\n", True]
PREFIX = [["<|im_start|>system\nYou read letters and judge them well.<|im_end|>\n", True]]


NEAR = 0.1
"""Of logits up to 15: keys and values are 16-bit, and batches of other sizes round otherwise."""


def loaded(path: Path, cells: int = 2_048) -> Generator:
    return Generator(str(path), threads=1, cells=cells, sequences=SEQUENCES)


@pytest.fixture(scope="module")
def random_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="module")
def generator(random_gguf: Path) -> Generator:
    return loaded(random_gguf)


@pytest.fixture(scope="module", params=["attention", "hybrid"])
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator:
    """A model whose state is keys and values, and one that also has a state of another kind."""
    path = tmp_path_factory.mktemp("either") / "model.gguf"
    return loaded(tiny(path) if request.param == "attention" else hybrid(path))


# --- tokens --------------------------------------------------------------------------------


@pytest.mark.parametrize("plain_ends", [False, True])
def test_a_text_never_becomes_a_control_token(tmp_path: Path, plain_ends: bool) -> None:
    """Whatever a document spells, and however the file declares its marks."""
    generator = loaded(tiny(tmp_path / "m.gguf", plain_ends=plain_ends))
    assert set(CONTROL) <= set(generator.marks)
    marks = set(generator.marks.values())
    hostile = "".join(CONTROL) * 3 + "<|im_<|im_end|>end|> \0 \ud800 <|im_end|"
    tokens = generator.tokens([(hostile, False)], begin=False)
    assert not marks & set(tokens)
    said = b"".join(generator.piece(one) for one in tokens)
    assert said == hostile.encode("utf-8", "replace")
    assert marks & set(generator.tokens([(hostile, True)], begin=False))


def test_a_part_is_the_same_tokens_whatever_stands_before_it(generator: Generator) -> None:
    """So that a prefix can be evaluated apart."""
    parts = [("<|im_start|>user\n", True), ("the end", False), ("<|im_end|>", True)]
    one_by_one = [generator.tokens([part], begin=False) for part in parts]
    assert generator.tokens(parts, begin=True) == [token for one in one_by_one for token in one]


# --- sequences -----------------------------------------------------------------------------


def logits_after(generator: Generator, sequence: int, start: int, tokens: list[int]) -> Any:
    assert generator.decode([Span(sequence, start, tokens, True)]) == "done"
    return generator.logits(len(tokens) - 1).copy()


def test_a_copy_of_a_prefix_goes_on_as_if_evaluated_anew(either: Generator) -> None:
    """Copied, saved and restored, or from scratch: the same next tokens, for hybrid models too."""
    prefix = either.tokens([("You read letters and judge them well. " * 3, False)], begin=True)
    rest = either.tokens([("the other end", False)], begin=False)
    scratch = logits_after(either, 0, 0, prefix + rest)
    assert either.decode([Span(9, 0, prefix, False)]) == "done"
    either.copy(9, 1)
    copied = logits_after(either, 1, len(prefix), rest)
    state = either.state(9)
    assert either.restore(10, state, len(prefix))
    either.copy(10, 2)
    restored = logits_after(either, 2, len(prefix), rest)
    assert np.abs(copied - scratch).max() < NEAR
    assert np.abs(restored - scratch).max() < NEAR
    for sequence in (0, 1, 2, 9, 10):
        either.drop(sequence)


def test_a_state_of_another_length_is_not_taken(either: Generator) -> None:
    """A restored sequence is the one that was expected, or empty."""
    tokens = either.tokens([("You read letters.", False)], begin=True)
    either.decode([Span(9, 0, tokens, False)])
    state = either.state(9)
    assert not either.restore(10, state, len(tokens) + 1)
    assert not either.restore(10, state[:-8], len(tokens))
    assert not either.restore(10, b"", 0) or either.length(10) == 0
    assert either.length(10) == 0
    either.drop(9)


def test_an_evaluation_that_is_broken_off_can_be_done_again(either: Generator) -> None:
    """After a stop the sequence is at a known length, and the result is the same as without."""
    tokens = either.tokens([("the rain and the slate " * 9, False)], begin=True)
    wanted = logits_after(either, 0, 0, tokens)
    either.drop(0)
    either.stop()
    assert either.decode([Span(0, 0, tokens, True)]) == "aborted"
    either.go_on()
    assert either.cut(0, 0)
    assert np.abs(logits_after(either, 0, 0, tokens) - wanted).max() < NEAR
    either.drop(0)


def test_a_batch_that_is_too_long_or_empty_is_refused(generator: Generator) -> None:
    """Before llama.cpp sees it."""
    for tokens in ([], [1] * (BATCH + 1)):
        with pytest.raises(GeneratorError):
            generator.decode([Span(0, 0, tokens, True)])


@pytest.mark.parametrize(
    "data", [b"", b"GGUF", b"GGUF\3\0\0\0" + b"\xff" * 64, b"no model" * 100], ids=len
)
def test_a_file_that_is_no_model_is_an_error(tmp_path: Path, data: bytes) -> None:
    """The process says so, and lives."""
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    with pytest.raises(GeneratorError):
        loaded(path)


# --- text out ------------------------------------------------------------------------------


def test_text_comes_as_soon_as_it_is_certain() -> None:
    """Characters of several bytes wait for their last byte; what may begin a stop text waits."""
    out = TextOut(["STOP"])
    found = [out.feed(bytes([one])) for one in "aé€ST b STOP c".encode()]
    assert "".join(found) == "aé€ST b " and out.stopped
    assert out.end() == "" and out.text == "aé€ST b "
    assert found[0] == "a" and found[1] == "" and found[2] == "é"


def test_invalid_bytes_hold_nothing_up() -> None:
    """One wrong byte is one replacement character, and what follows comes at once."""
    out = TextOut()
    assert out.feed(b"a\xffb") == "a\ufffdb"
    assert out.feed(b"\xe2\x82") == ""
    assert out.feed(b"c") == "\ufffdc"
    assert out.feed(b"\xf0\x9f") + out.end() == "\ufffd"


def test_a_held_beginning_of_a_stop_text_comes_in_the_end() -> None:
    """Nothing that was said is lost."""
    out = TextOut(["</end>"])
    assert out.feed(b"x </en") == "x "
    assert out.end() == "</en"
    assert out.text == "x </en"


# --- turns ---------------------------------------------------------------------------------


class Desk:
    """Turns with nothing around them: what they send is kept."""

    def __init__(self, generator: Generator) -> None:
        self.sent: list[tuple[Mapping[str, Any], bytes]] = []
        self.hands: list[bool] = []
        self.spans: list[int] = []
        self.before_batch: Callable[[], None] = lambda: None
        self.generator = generator
        self.turns = Turns(generator, lambda head, body: self.sent.append((head, body)), self.hand)

    def hand(self, urgent: bool, work: Callable[[], Outcome]) -> Outcome:
        self.hands.append(urgent)
        self.before_batch()
        return work()

    def add(self, number: int, text: str, *, state: bytes = b"", **more: Any) -> Job:
        header: dict[str, Any] = {
            "id": number,
            "prefix": PREFIX,
            "prefix_key": "",
            "parts": [["<|im_start|>user\n", True], [text, False], ASSISTANT],
            "max_tokens": 20,
            "deadline_s": 600,
        }
        job = job_of({**header, **more}, state, self.generator)
        self.turns.add(job)
        return job

    def run(self) -> dict[int, Mapping[str, Any]]:
        """Step until every request has ended; return the reports by id."""
        while self.turns._waiting or self.turns._running:
            self.turns.step()
        return {head["id"]: head for head, _ in self.sent if "ended" in head}

    def states(self) -> list[bytes]:
        return [body for head, body in self.sent if "prefix" in head]


TEXTS = [f"letter {n}: " + "the rain and the slate " * (n % 5) for n in range(12)]


def alone(generator: Generator, number: int, **more: Any) -> Mapping[str, Any]:
    """Return the report of a request that is evaluated from scratch with nothing beside it."""
    desk = Desk(generator)
    desk.add(number, TEXTS[number], **more)
    return desk.run()[number]


def test_sharing_a_prefix_changes_no_token(either: Generator) -> None:
    """Twelve requests on one prefix, batched, say what each says from scratch, alone."""
    desk = Desk(either)
    for number, text in enumerate(TEXTS):
        desk.add(number, text)
    together = desk.run()
    for number in range(len(TEXTS)):
        assert together[number]["said"] == alone(either, number)["said"]


def test_tokens_are_counted_with_and_without_reuse(generator: Generator) -> None:
    """The prefix is evaluated once; each further request evaluates its own tokens alone."""
    desk = Desk(generator)
    for number, text in enumerate(TEXTS):
        desk.add(number, text)
    reports = desk.run()
    length = len(generator.tokens([tuple(one) for one in PREFIX], begin=True))
    prompts = sum(one["prompt"] for one in reports.values())
    said = sum(len(one["said"]) for one in reports.values())
    assert desk.turns.reused == length * (len(TEXTS) - 1)
    assert desk.turns.evaluated + desk.turns.reused <= prompts + said
    assert sum(one["evaluated"] for one in reports.values()) == desk.turns.evaluated


def test_a_saved_prefix_is_not_evaluated_again(either: Generator) -> None:
    """Its state goes out once, and another process that gets it goes on from there."""
    first = Desk(either)
    first.add(0, TEXTS[0], prefix_key="k")
    wanted = first.run()[0]["said"]
    (state,) = first.states()
    second = Desk(either)
    second.add(0, TEXTS[0], prefix_key="k", state=state)
    report = second.run()[0]
    length = len(either.tokens([tuple(one) for one in PREFIX], begin=True))
    assert report["said"] == wanted and report["reused"] == length
    assert not second.states()


@pytest.mark.parametrize("damage", ["cut", "other", "noise"])
def test_a_state_that_is_another_is_no_harm(generator: Generator, damage: str) -> None:
    """It is evaluated as if there were none."""
    generator.decode([Span(9, 0, [1, 2, 3], False)])
    other = generator.state(9)
    generator.drop(9)
    state = {"cut": other[:-1], "other": other, "noise": b"\0" * 64}[damage]
    desk = Desk(generator)
    desk.add(0, TEXTS[0], state=state)
    assert desk.run()[0]["said"] == alone(generator, 0)["said"]


def test_a_user_goes_before_the_background(generator: Generator) -> None:
    """Asked last, answered first, alone in its batches and with the quick hand."""
    desk = Desk(generator)
    for number in range(RUNNING + 2):
        desk.add(number, TEXTS[number])
    desk.add(99, "urgent", urgent=True)
    desk.run()
    ended = [head["id"] for head, _ in desk.sent if "ended" in head]
    assert ended[0] == 99
    quick = desk.hands.index(False)
    assert all(desk.hands[:quick]) and not any(desk.hands[quick:])


def test_a_user_breaks_off_what_the_background_evaluates(either: Generator) -> None:
    """The batch in progress is given up, and what was given up still ends as it would have."""
    desk = Desk(either)
    for number in range(3):
        desk.add(number, TEXTS[number])

    def interrupt() -> None:
        if len(desk.hands) == 4:
            desk.add(99, "urgent", urgent=True)

    desk.before_batch = interrupt
    reports = desk.run()
    assert desk.hands[4] is True
    for number in range(3):
        assert reports[number]["said"] == alone(either, number)["said"]


def test_a_request_is_cancelled_while_it_runs(either: Generator) -> None:
    """The batch is broken off, no further token is said, and its neighbours lose nothing."""
    desk = Desk(either)
    for number in range(3):
        desk.add(number, TEXTS[number])
    said: list[int] = []

    def cancel() -> None:
        if len(desk.hands) == 6:
            said.extend(job.id for job in desk.turns._running)
            desk.turns.cancel(1)

    desk.before_batch = cancel
    reports = desk.run()
    assert 1 in said and reports[1]["ended"] == "cancelled" and len(reports[1]["said"]) <= 6
    for number in (0, 2):
        assert reports[number]["said"] == alone(either, number)["said"]


def test_a_deadline_ends_a_request_wherever_it_is(generator: Generator) -> None:
    """In the queue or running: what was said until then is reported."""
    desk = Desk(generator)
    for number in range(RUNNING + 1):
        desk.add(number, TEXTS[number], deadline_s=0 if number in (2, RUNNING) else 600)
    desk.turns.step()
    left = desk.turns.expire()
    assert left is not None and left > 100
    reports = desk.run()
    late = {number for number, one in reports.items() if one["ended"] == "deadline"}
    assert late == {2, RUNNING}


def test_a_prompt_over_the_context_is_told(generator: Generator) -> None:
    """An answer of its own kind, with the length, and the next request is answered."""
    desk = Desk(generator)
    desk.add(0, "x" * 3_000)
    desk.add(1, TEXTS[1])
    reports = desk.run()
    assert reports[0]["ended"] == "overflow" and reports[0]["prompt"] > 3_000
    assert reports[1]["said"] == alone(generator, 1)["said"]


@pytest.mark.slow
def test_the_context_is_filled_to_its_end_and_no_further(either: Generator) -> None:
    """One answer that would be longer than the context ends at its end."""
    desk = Desk(either)
    for seed in range(20):
        desk.add(seed, "y" * 1_500, max_tokens=8_000, heat=1.0, seed=seed)
    reports = desk.run()
    for one in reports.values():
        assert one["ended"] in ("length", "stop")
        assert one["prompt"] + len(one["said"]) <= either.cells


def test_many_prefixes_take_turns(either: Generator) -> None:
    """More prefixes than are kept, and more than there are cells for: each request is answered."""
    desk = Desk(either)
    for number in range(9):
        prefix = [[f"<|im_start|>system\n{number} " + "judge " * 60, True]]
        desk.add(number, TEXTS[number], prefix=prefix)
    reports = desk.run()
    assert {one["ended"] for one in reports.values()} <= {"stop", "length"}
    assert len(reports) == 9


# --- masks ---------------------------------------------------------------------------------


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def nested(depth: int) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "boolean"}
    for _ in range(depth):
        one = closed(inner=one)
    return one


def text(most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


ENUMS: list[list[Any]] = [
    ["a"],
    ['a"b', 'a\\"b', '"'],
    ["\\", "\\\\", "\\n"],
    ["line\nbreak", "line", "\n\n"],
    ["é", "日本", "😀", "\u202e"],
    ["", " ", "  "],
    ["</s>", "<|im_end|>", "[INST]"],
    ["true", "null", "1"],
    ["prefix", "prefixes", "pre"],
    [f"option {n}" for n in range(200)],
    ["x" * 200],
    ["{", "}", '{"a": 1}'],
]
PATTERNS = ["^[a-z]{1,5}$", r"^\d{4}-\d{2}$", r"^\w+ \w+$", r"^(a|b)*c$", r"^[^\"\\]{0,9}$"]
SCHEMAS: list[dict[str, Any]] = [
    *({"enum": one} for one in ENUMS),
    *(closed(field={"enum": one}) for one in ENUMS),
    *(closed(text=text(most)) for most in (1, 2, 10, 300, 1_001, 5_000)),
    *(closed(text={**text(40), "pattern": one}) for one in PATTERNS),
    *(
        closed(number={"type": "integer", "minimum": low, "maximum": high})
        for low, high in ((0, 0), (0, 1), (-5, 5), (7, 1_000_000), (-(10**12), 10**12))
    ),
    *(
        closed(number={"type": "number", "minimum": low, "maximum": high, "multipleOf": 0.01})
        for low, high in ((0, 1), (-1.5, 1.5), (0.25, 0.75), (100, 100_000))
    ),
    closed(day={"type": "string", "format": "date"}),
    *(nested(depth) for depth in (1, 2, 5, 20)),
    *(
        closed(items={"type": "array", "items": one, "minItems": low, "maxItems": high})
        for one in ({"type": "boolean"}, text(9), closed(a=text(5), b={"type": "null"}))
        for low, high in ((0, 0), (0, 3), (2, 2), (1, 8))
    ),
    closed(maybe={"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
    closed(nothing={"type": "null"}),
    closed(**{f"field {n}": {"type": "boolean"} for n in range(24)}),
    closed(**{'qu"ote': {"type": "boolean"}, "back\\slash": {"type": "null"}}),
    closed(**{"ключ": text(5), "": {"type": "boolean"}}),
]


def keeps(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether a value is of a schema of the few kinds used here: a check of its own."""
    if "enum" in schema:
        return value in schema["enum"]
    if "anyOf" in schema:
        return any(keeps(value, one) for one in schema["anyOf"])
    match schema["type"]:
        case "null":
            return value is None
        case "boolean":
            return type(value) is bool
        case "integer":
            return type(value) is int and schema["minimum"] <= value <= schema["maximum"]
        case "number":
            return type(value) in (int, float) and schema["minimum"] <= value <= schema["maximum"]
        case "string":
            return type(value) is str and len(value) <= schema.get("maxLength", 10)
        case "array":
            low, high = schema["minItems"], schema["maxItems"]
            return low <= len(value) <= high and all(keeps(one, schema["items"]) for one in value)
        case _:
            inner = schema["properties"]
            return set(value) == set(inner) and all(keeps(value[k], inner[k]) for k in inner)


def test_there_are_many_schemas() -> None:
    """Sixty and more, each of them another."""
    assert len({json.dumps(one) for one in SCHEMAS}) == len(SCHEMAS) >= 60


@pytest.mark.parametrize("schema", SCHEMAS, ids=range(len(SCHEMAS)))
def test_what_a_random_model_says_under_a_mask_is_of_the_schema(
    generator: Generator, schema: dict[str, Any]
) -> None:
    """Every finished reply parses strictly and keeps every bound; none is cut but at its limit."""
    desk = Desk(generator)
    for seed in range(8):
        desk.add(seed, TEXTS[0], schema=schema, heat=1.5, seed=seed, max_tokens=1_200)
    reports = desk.run()
    finished = [one["text"] for one in reports.values() if one["ended"] == "stop"]
    long = "maxLength" in json.dumps(schema) and "1001" in json.dumps(schema)
    assert finished or long or "5000" in json.dumps(schema)
    for reply in finished:
        assert keeps(json.loads(reply), schema), reply
    for one in reports.values():
        assert one["ended"] in ("stop", "length")


BAD = [
    {"enum": []},
    {"type": "wrong"},
    {"type": "string", "pattern": "(?=a)a"},
    {"$ref": "https://elsewhere.example/schema"},
    {"$ref": "#/missing"},
    {"not": {}},
    {"type": "integer", "minimum": 2, "maximum": 1},
    {"type": "string", "minLength": 3, "maxLength": 2},
    {"type": "string", "format": "no such format"},
    {"enum": ["x" * 300_000]},
    {"enum": ["tab\there"]},
    {"enum": ["\0", "\x1b"]},
]


@pytest.mark.parametrize("schema", BAD, ids=range(len(BAD)))
def test_a_schema_that_makes_no_grammar_is_refused(
    generator: Generator, schema: dict[str, Any]
) -> None:
    """It ends its own request, and the process goes on."""
    desk = Desk(generator)
    desk.add(0, TEXTS[0], schema=schema)
    desk.add(1, TEXTS[1])
    reports = desk.run()
    assert reports[0]["ended"] == "refused" and reports[0]["text"] == ""
    assert reports[1]["said"] == alone(generator, 1)["said"]
    with pytest.raises(MaskError):
        Masks(generator).of(schema)


def test_what_is_forced_is_not_asked_of_the_model(tmp_path: Path) -> None:
    """Keys and punctuation cost one evaluation together, and the reply is the same as without."""
    said = '{"wanted": true, "why": "because of \\"it\\""}'
    parts = [["<|im_start|>user\n", True], ["hi", False], ASSISTANT]
    probe = loaded(timed(tmp_path / "probe.gguf", "x", 1))
    tokens = len(probe.tokens([tuple(one) for one in parts], begin=True))
    model = loaded(timed(tmp_path / "timed.gguf", said, tokens))
    schema = closed(wanted={"type": "boolean"}, why=text(40))
    batches = []
    for forced in (True, False):
        desk = Desk(model)
        desk.add(0, "hi", prefix=[], schema=schema, max_tokens=99, forced=forced)
        assert desk.run()[0]["text"] == said
        batches.append(len(desk.hands))
    assert batches[0] < batches[1] - 10


def test_documents_behind_one_prefix_are_read_one_after_the_other(generator: Generator) -> None:
    """Every token looks at all cells in use, so no more documents lie in them than are of use."""
    desk, held = Desk(generator), list[int]()
    length = len(desk.add(0, "x" * 90, max_tokens=1).prefix)
    for number in range(1, RUNNING):
        desk.add(number, "x" * 90, max_tokens=1)
    desk.before_batch = lambda: held.append(
        sum(generator.length(one) >= length for one in range(RUNNING))
    )
    assert len(desk.run()) == RUNNING
    assert max(held) <= 2 and len(held) >= RUNNING


# --- the jail ------------------------------------------------------------------------------

# As the worker does: load, enter the jail, and only then start the threads that evaluate.
PROBE = """
import json, os, socket, sys
from pathlib import Path
from samantha.workers import chat
from samantha.workers.generator import Span
from samantha.workers.jail import enter

generator = chat._load(sys.argv[1], 512, 2)
layers = enter(memory_bytes=8 << 30)
hands = chat.Hands()
out = {"layers": layers}

def attempt(call):
    try:
        call()
        return "allowed"
    except OSError as error:
        return type(error).__name__

def work():
    generator.decode([Span(0, 0, [1] * 200, True)])
    generator.drop(0)
    return {
        "socket": attempt(socket.socket),
        "home": attempt(lambda: os.listdir(os.path.expanduser("~"))),
        "file": attempt(lambda: open(sys.argv[1], "rb")),
        "write": attempt(lambda: open(sys.argv[1] + ".x", "wb")),
        "program": attempt(lambda: os.execv("/bin/true", ["true"])),
        "nice": os.getpriority(os.PRIO_PROCESS, __import__("threading").get_native_id()),
    }

out["quick"], out["patient"] = hands.run(True, work), hands.run(False, work)
os.write(1, json.dumps(out).encode() + b"\\n")
os.read(0, 1)
"""


def test_the_model_can_open_no_socket_no_file_and_no_program(random_gguf: Path) -> None:
    """From both threads that evaluate, with llama.cpp's own threads under the same filter."""
    with subprocess.Popen(
        [sys.executable, "-c", PROBE, str(random_gguf)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        out = json.loads(process.stdout.readline())
        tasks = list(Path(f"/proc/{process.pid}/task").iterdir())
        filtered = ["Seccomp:\t2" in (one / "status").read_text() for one in tasks]
        process.stdin.close()
    if not {"seccomp", "landlock"} & set(out["layers"]):
        pytest.skip("this kernel has neither seccomp nor landlock")
    for hand in ("quick", "patient"):
        tried = {name: how for name, how in out[hand].items() if name != "nice"}
        if "seccomp" in out["layers"]:
            assert "allowed" not in tried.values()
        else:
            assert {tried["home"], tried["file"], tried["write"]} == {"PermissionError"}
    here = os.getpriority(os.PRIO_PROCESS, 0)
    assert out["quick"]["nice"] == here and out["patient"]["nice"] >= max(10, here)
    assert len(filtered) >= 4
    if "seccomp" in out["layers"]:
        assert all(filtered)


def test_steps_end_when_the_desk_is_closed(generator: Generator) -> None:
    """A thread that waits for work wakes, and one that evaluates is broken off."""
    desk = Desk(generator)
    steps: list[bool] = []
    thread = threading.Thread(target=lambda: steps.append(desk.turns.step()))
    thread.start()
    desk.turns.close()
    thread.join(timeout=60)
    assert steps == [False]
    generator.go_on()
