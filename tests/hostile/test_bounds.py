"""What a plugin can cost: its own answer. It is ended, the reason is listed, the others work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from strangers import GOOD, LIMITS, Strangers

from samantha.adapters.plugin_host import Limits
from samantha.api.plugin import Silence
from samantha.app.plugin_troubles import Troubles

SHORT = Limits(wall_s=2.0, cpu_s=60)
PIPE = """
import os, struct, json
def pipe():
    for fd in range(3, 64):
        try:
            os.write(fd, b"")
            return fd
        except OSError:
            pass
def say(header, length=None):
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    data = struct.pack(">II", len(data) if length is None else length, 0) + data
    while data:
        data = data[os.write(pipe(), data):]
def turn():
    import sys
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Host":
        frame = frame.f_back
    return frame.f_locals["self"]._turn
"""
FATAL = {
    "an endless loop": ("def suggest(m, c):\n    while True: pass\n", "longer than 2 s"),
    "a loop that catches": (
        "def suggest(m, c):\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass\n",
        "longer than 2 s",
    ),
    "a long sleep": ("import time\ndef suggest(m, c):\n    time.sleep(9999)\n", "longer than 2 s"),
    "endless answers": (
        "def suggest(m, c):\n    return (x for x in iter(lambda: sum(range(10**6)), None))\n",
        "longer than 2 s",
    ),
    "a slow regular expression": (
        "import re\ndef suggest(m, c):\n    re.match(r'(a+)+$', 'a' * 64 + 'b')\n",
        "longer than 2 s",
    ),
    "an end": ("import os\ndef suggest(m, c):\n    os._exit(0)\n", "its process ended"),
    "an exit": ("import sys\ndef suggest(m, c):\n    sys.exit(3)\n", "its process ended"),
    "a crash": (
        "import ctypes\ndef suggest(m, c):\n    ctypes.string_at(0)\n",
        "its process ended",
    ),
    "closed pipes": (
        "import os\ndef suggest(m, c):\n    os.closerange(3, 64)\n",
        "its process ended",
    ),
    "an error": ("def suggest(m, c):\n    return 1 / 0\n", "ZeroDivisionError in __init__.py line"),
    "an error that says what a mail said": (
        "def suggest(m, c):\n    raise type(m.documents[0].text, (Exception,), {})()\n",
        "it failed",
    ),
    "deep recursion": ("def suggest(m, c):\n    return suggest(m, c)\n", "RecursionError"),
    "memory": (
        "def suggest(m, c):\n    kept = []\n    while True: kept.append(bytearray(2**24))\n",
        "Memory",
    ),
    "memory, once more": (
        "def suggest(m, c):\n    kept = []\n    while True:\n        try:\n"
        "            kept.append(bytearray(2**24))\n        except MemoryError:\n"
        "            return [x for x in kept] and bytes(2**40)\n",
        "Memory",
    ),
    "a forged frame without end": (
        PIPE + "def suggest(m, c):\n    say(b'{', 2**31)\n    return []\n",
        "said more than a plugin may",
    ),
    "a huge frame": (
        PIPE + "def suggest(m, c):\n    say({'turn': turn(), 'answers': 'x' * 2**23})\n",
        "said more than a plugin may",
    ),
    "no frame": (PIPE + "def suggest(m, c):\n    say(b'\\xff\\xfe nothing')\n", "process ended"),
    "a deep frame": (
        PIPE + "def suggest(m, c):\n    say(b'{\"a\":' + b'[' * 10**6)\n",
        "process ended",
    ),
    "a list for a frame": (PIPE + "def suggest(m, c):\n    say(b'[1]')\n", "process ended"),
    "a frame out of turn": (
        PIPE + "def suggest(m, c):\n    say({'turn': 99, 'ok': True, 'answers': []})\n",
        "spoke out of turn",
    ),
    "endless questions": (
        "def suggest(m, c):\n    while True: c.library.written_to('a@x.example')\n",
        "asked for more",
    ),
    "endless questions to the model": (
        "from dataclasses import dataclass as d\n@d(frozen=True)\nclass A:\n    x: bool\n"
        "def suggest(m, c):\n    while True: c.ask('?', m.documents[0], A)\n",
        "asked for more",
    ),
}


@pytest.mark.parametrize("deed", FATAL)
def test_it_costs_its_own_answer(strangers: Strangers, deed: str) -> None:
    """Whatever it does, the engine goes on, and the reason is listed for whoever looks."""
    code, why = FATAL[deed]
    mail = strangers.home.mail("canary of a mail")
    limits = Limits(
        wall_s=SHORT.wall_s if "longer" in why else LIMITS.wall_s, cpu_s=200, questions=50
    )
    made, one = strangers.run(code, mail, limits=limits)
    assert made == []
    assert why in one.last_failure
    listed = strangers.row()
    assert why in listed.reason and "failed once" in listed.reason
    assert "canary" not in listed.reason
    assert one.host.pid is None


def test_it_gets_so_much_memory_and_no_more(strangers: Strangers) -> None:
    """Whoever takes all there is gets less than the bound, whatever the machine has."""
    code = """
def suggest(m, c):
    kept = []
    try:
        while len(kept) < 2**10:
            kept.append(bytearray(2**20))
    except MemoryError:
        pass
    got = len(kept)
    kept.clear()
    yield Silence(m.documents[0].id, str(got))
"""
    strangers.agree(strangers.write(code))
    with strangers.hosted() as one:
        (said,) = strangers.answers(one, strangers.home.mail("a mail"))
    assert 64 < int(said.reason) < one.host.limits.memory_bytes >> 20


def test_its_time_on_the_processor_is_bounded(strangers: Strangers) -> None:
    """The kernel ends it, also where nobody looks at the clock."""
    made, one = strangers.run(
        "def suggest(m, c):\n    while True: pass\n",
        strangers.home.mail("a mail"),
        limits=Limits(wall_s=100_000.0, cpu_s=3),
    )
    assert made == [] and one.last_failure == "it used up its time on the processor"


def test_the_next_one_is_not_touched(strangers: Strangers) -> None:
    """Beside a plugin that dies another makes its offer, and so does the same one tomorrow."""
    dying = "import os\ndef suggest(m, c):\n"
    dying += "    if 'bad' in m.documents[0].text: os._exit(1)\n"
    dying += "    return [remind(m, d) for d in m.documents]\n"
    bad = strangers.home.mail("a bad mail")
    good = strangers.home.mail("a kind mail", subject="other")
    strangers.agree(strangers.write(dying))
    strangers.agree(strangers.write(GOOD, "neighbour"))
    with strangers.hosted() as one, strangers.hosted("neighbour") as neighbour:
        assert strangers.happened(one, bad) == []
        assert [o.plugin for o in strangers.happened(neighbour, bad)] == ["neighbour"]
        assert [o.plugin for o in strangers.happened(one, good)] == ["stranger"]
    assert strangers.row().reason == ""


def test_one_that_keeps_failing_is_left_alone_for_longer_and_longer(strangers: Strangers) -> None:
    """After two failures in a row it waits, the wait grows, and a new version starts anew."""
    mail = strangers.home.mail("a mail")
    folder = strangers.write("def suggest(m, c):\n    return 1 / 0\n")
    strangers.agree(folder)
    clock = strangers.home.clock
    with strangers.hosted() as one:
        for _ in range(5):
            strangers.happened(one, mail)
        assert one.failures == 2
        assert "asked again from" in strangers.row().reason
        clock.pass_(minutes=1)
        strangers.happened(one, mail)
        clock.pass_(minutes=1)
        strangers.happened(one, mail)
        assert one.failures == 3
    kept = Troubles(strangers.home.state).of("stranger")
    assert kept is not None and kept.times == 3
    (folder / "__init__.py").write_text("plugin = 3\n")
    strangers.agree(folder)
    assert strangers.row().reason == ""


def test_a_failure_at_a_time_that_was_tried_out_does_not_last(strangers: Strangers) -> None:
    """Who asks as if it were years later does not silence the plugin until then."""
    mail = strangers.home.mail("a mail")
    strangers.agree(strangers.write("def suggest(m, c):\n    return 1 / 0\n"))
    clock = strangers.home.clock
    with strangers.hosted() as one:
        clock.pass_(days=1_000)
        strangers.happened(one, mail)
        strangers.happened(one, mail)
        clock.pass_(days=-1_000)
        strangers.happened(one, mail)
        assert one.failures == 3


def test_it_is_gone_when_nobody_needs_it(strangers: Strangers) -> None:
    """A host that was not asked for a while is ended, and started again by the next moment."""
    mail = strangers.home.mail("a mail")
    strangers.agree(strangers.write(GOOD))
    with strangers.hosted(limits=Limits(wall_s=60.0, idle_s=0.2)) as one:
        assert one.host.pid is None
        assert strangers.answers(one, mail)
        pid = one.host.pid
        while pid is not None and Path(f"/proc/{pid}").exists():
            os.sched_yield()
        assert one.host.pid is None
        assert strangers.answers(one, mail)


def test_a_process_is_renewed_before_its_time_is_used_up(strangers: Strangers) -> None:
    """Its time on the processor is bounded, and honest use never meets the end of it."""
    mail = strangers.home.mail("a mail")
    strangers.agree(strangers.write(GOOD))
    pids = set()
    with strangers.hosted(limits=Limits(wall_s=60.0, cpu_s=120)) as one:
        for _ in range(3):
            assert strangers.answers(one, mail)
            pids.add(one.host.pid)
    assert len(pids) == 3


def test_a_flood_of_answers_is_cut(strangers: Strangers) -> None:
    """Of answers without end two thousand are taken, and of them the engine looks at the best."""
    code = "import itertools\ndef suggest(m, c):\n    d = m.documents[0]\n"
    code += "    return (remind(m, d, thing=str(n)) for n in itertools.count())\n"
    made, one = strangers.run(code, strangers.home.mail("a mail"))
    assert 0 < len(made) <= 50 and not one.last_failure
    (told,) = [x for x in strangers.home.state.audit_lines() if x.arrow == "refused"]
    assert "too many at once: 2000" in told.detail["reason"]


def test_answers_that_are_no_values_are_left_out(strangers: Strangers) -> None:
    """Wrong types, wrong classes and odd numbers cost themselves; the sound one beside counts."""
    code = """
class Sly(str):
    pass
def suggest(m, c):
    d = m.documents[0]
    yield None
    yield 3
    yield {"kind": "k"}
    yield remind(m, d, thing=7)
    yield remind(m, d, confidence="high")
    yield remind(m, d, confidence=float("nan"))
    yield remind(m, d, confidence=float("inf"))
    yield remind(m, d, evidence=())
    yield remind(m, d, evidence=(Evidence(d.id, "forged quote", 0, 12),))
    yield remind(m, d, evidence=(Evidence(d.id, "a", -1, 2**70),))
    yield remind(m, d, action="rm -rf")
    yield remind(m, d, action=None)
    yield remind(m, d, expires=m.now.replace(tzinfo=None))
    yield remind(m, d, thing="x" * 100_000)
    yield remind(m, d, sources=("/etc/passwd",))
    yield Silence(d.id, None)
    yield Silence(3, "x")
    yield remind(m, d, thing=Sly("the sound one"))
"""
    made, one = strangers.run(code, strangers.home.mail("a mail"))
    assert [o.thing for o in made] == ["the sound one"]
    assert one.last_failure == "an answer that is no proper value"


def test_forged_answers_are_read_as_strictly(strangers: Strangers) -> None:
    """Who writes to the pipe instead of answering is believed no more."""
    code = (
        PIPE
        + """
def suggest(m, c):
    good = {"Silence": {"document": m.documents[0].id, "reason": "said by the pipe"}}
    bad = [3, None, [], {"Silence": 3}, {"Suggestion": {}}, {"Plugin": {}}, {"Silence": good},
           {"Silence": {"document": [], "reason": {}}}, {"Silence": {**good["Silence"], "x": 1}}]
    say({"turn": turn(), "ok": True, "answers": [*bad, good], "wrong": {"a": 1}})
    while True: pass
"""
    )
    strangers.agree(strangers.write(code))
    mail = strangers.home.mail("a mail")
    with strangers.hosted() as one:
        (said,) = strangers.answers(one, mail)
    assert isinstance(said, Silence) and said.reason == "said by the pipe"
    assert one.last_failure == "an answer that is no proper value"


def test_what_it_says_is_inert(strangers: Strangers) -> None:
    """Control, bidi and tag characters reach neither an offer nor the list of plugins."""
    code = """
EVIL = "\\x1b]0;owned\\x07\\x1b[2J\\u202egnp.exe\\r\\n\\U000e0041\\ud800 end"
def suggest(m, c):
    d = m.documents[0]
    yield remind(m, d, EVIL * 9, thing=EVIL, why=EVIL * 99, kind=EVIL,
                 action=Remind(m.now + timedelta(days=1), EVIL, EVIL))
    yield Silence(d.id, EVIL)
    raise type(EVIL, (Exception,), {})(EVIL)
"""
    summary = (
        'name = "stranger"\nversion = "\\u001b[31m1"\napi = 1\nsummary = "\\u001b[2Jx\\u202ey"\n'
    )
    manifest = summary + 'reads = ["mail"]\nproposes = ["remind"]\n'
    made, _ = strangers.run(code, strangers.home.mail("a mail"), manifest=manifest)
    code = code.replace("    raise type", "    return\n    raise type")
    second = manifest.replace('"stranger"', '"second"')
    made, _ = strangers.run(code, strangers.home.mail("a mail"), name="second", manifest=second)
    told = [f"{r.name} {r.state} {r.reason}" for r in strangers.rows()]
    # Field by field: what shows a whole record escapes it on the way.
    manifests = [r.manifest for r in strangers.rows() if r.manifest is not None]
    assert len(manifests) == 2
    told += [f"{m.name} {m.version} {m.summary} {m.origin}" for m in manifests]
    told += [f"{o.title} {o.why} {o.thing} {o.kind}" for o in made]
    told += [card.title + card.body for card in strangers.home.board.posted]
    assert made
    for character in ("\x1b", "\x07", "\u202e", "\r", "\U000e0041", "\ud800"):
        assert [one for one in told if character in one] == []
