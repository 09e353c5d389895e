"""What an honest plugin finds in its host: its files, a list of modules, typed settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from builders import Home
from strangers import LIMITS, Strangers, reasons

from samantha.adapters.plugin_host import NEEDED, Limits
from samantha.app.hosted import Hosted, hosted
from samantha.app.plugin_files import snapshot
from samantha.app.plugins import Manifest, PluginState, read_manifest
from samantha.workers.jail import LAYERS
from samantha.workers.plugin_host_jail import LAYER
from samantha.workers.plugin_host_modules import STANDARD

HONEST = """
import pkgutil
from . import words
from .deeper.more import MORE

def made():
    import base64, csv, decimal, difflib, email.utils, hashlib, html, io, json, locale, logging
    import random, secrets, statistics, textwrap, time, unicodedata, urllib.parse, uuid
    import xml.etree.ElementTree as tree
    from datetime import datetime, timezone
    from zoneinfo import ZoneInfo, available_timezones
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    logging.getLogger("x").warning("not seen")
    return {
        "own module": words.WORD + MORE,
        "own data": pkgutil.get_data(__package__, "data/words.json").decode(),
        "its name": __name__,
        "strptime": str(datetime.strptime("3 May 2026", "%d %B %Y").date()),
        "zone": str(noon.astimezone(ZoneInfo("Asia/Kathmandu"))),
        "local": str(noon.astimezone()),
        "decimal": str(decimal.Decimal("0.1") + decimal.Decimal("0.2")),
        "idna": "m\\u00fcller.example".encode("idna").decode(),
        "latin": b"\\xe4".decode("latin-1") + b"\\x80".decode("cp1252"),
        "median": statistics.median([3, 1, 2]),
        "csv": next(csv.reader(io.StringIO("a;b"), delimiter=";")),
        "xml": tree.fromstring("<a><b>c</b></a>").findtext("b"),
        "mail": str(email.utils.parsedate_to_datetime("Fri, 01 May 2026 10:00:00 +0200")),
        "url": urllib.parse.urlsplit("https://x.example/y").hostname,
        "hash": hashlib.sha256(b"x").hexdigest()[:8],
        "random": len({random.random(), time.time(), secrets.token_hex(4), str(uuid.uuid4())}),
    }

def suggest(m, c):
    import importlib, json
    for name in STANDARD:
        importlib.import_module(name)
    return [Silence("<x>", json.dumps(made(), sort_keys=True))]
"""


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[Strangers]:
    home = Home(tmp_path)
    yield Strangers(home)
    home.close()


def tried(folder: Path, table: dict[str, Any]) -> Hosted:
    manifest = read_manifest(folder, builtin=False)
    assert isinstance(manifest, Manifest)
    return hosted(manifest, snapshot(folder), table, LIMITS)


def started(one: Hosted) -> Hosted:
    """Start it, or skip where no plugin of a stranger can be run."""
    row = one.check()
    if "cannot keep a plugin in a jail" in row.reason:
        pytest.skip(row.reason)
    return one


def test_an_honest_plugin_has_what_it_needs(strangers: Strangers) -> None:
    """Its own modules and data, the listed modules with what they load later, and all zones."""
    import json

    files = {
        "words.py": "WORD = 'own '\n",
        "deeper/__init__.py": "",
        "deeper/more.py": "from ..words import WORD\nMORE = WORD * 2\n",
        "data/words.json": '["w"]',
    }
    folder = strangers.write(f"STANDARD = {STANDARD!r}\n" + HONEST, files=files)
    one = started(tried(folder, {}))
    try:
        told = "".join(reasons(strangers.answers(one)))
    finally:
        one.close()
    assert not one.last_failure, one.detail
    assert json.loads(told) == {
        "own module": "own own own ",
        "own data": '["w"]',
        "its name": "samantha_own_stranger",
        "strptime": "2026-05-03",
        "zone": "2026-07-01 17:45:00+05:45",
        "local": "2026-07-01 12:00:00+00:00",
        "decimal": "0.3",
        "idna": "xn--mller-kva.example",
        "latin": "ä€",
        "median": 2,
        "csv": ["a", "b"],
        "xml": "c",
        "mail": "2026-05-01 10:00:00+02:00",
        "url": "x.example",
        "hash": "2d711642",
        "random": 4,
    }


SETTINGS = """
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from samantha.api import Plugin, Silence

class Tone(StrEnum):
    SHORT = "short"
    LONG = "long"

@dataclass(frozen=True)
class Config:
    days: int = 3
    share: float = 0.5
    on: bool = True
    words: tuple[str, ...] = ("a",)
    tone: Tone = Tone.SHORT
    way: Literal["one", "two"] = "one"
    until: date | None = None

def suggest(m, c):
    return [Silence("<x>", repr(c.config))]

plugin = Plugin(Config, suggest)
"""
BAD = {
    "dayz": (1, "nothing is called 'dayz'; did you mean 'days'?"),
    "days": ("3", "days: a whole number"),
    "share": (True, "share: a number"),
    "on": (1, "on: true or false"),
    "words": ("a", "words: a list"),
    "tone": ("loud", "tone: one of short, long"),
    "way": ("three", "way: one of one, two"),
}


@pytest.mark.parametrize("key", BAD)
def test_a_wrong_setting_is_told(strangers: Strangers, key: str) -> None:
    """It is a state with the name of the setting and what it should be."""
    value, told = BAD[key]
    one = started(tried(strangers.write(SETTINGS, whole=True), {key: value, "enabled": True}))
    try:
        row = one.check()
    finally:
        one.close()
    assert row.state is PluginState.BAD_CONFIG
    assert row.reason == f"[plugins.stranger]: {told}"


def test_settings_are_of_their_types(strangers: Strangers) -> None:
    """What TOML has is read as the plugin's dataclass declares it."""
    from datetime import date

    table = {"days": 7, "share": 1, "words": ["b", "c"], "tone": "long", "until": date(2026, 5, 1)}
    folder = strangers.write(SETTINGS, whole=True)
    one = started(tried(folder, table))
    try:
        (told,) = reasons(strangers.answers(one))
    finally:
        one.close()
    assert told == (
        "Config(days=7, share=1.0, on=True, words=('b', 'c'), tone=<Tone.LONG: 'long'>, "
        "way='one', until=datetime.date(2026, 5, 1))"
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import numpy\n", "no module named 'numpy' in a plugin's host"),
        ("from . import missing\n", "missing"),
        ("plugin = 3\n", "plugin = Plugin(Config, suggest)"),
        ("(\n", "SyntaxError"),
        ("from samantha.api import Plugin\nplugin = Plugin(3, 4)\n", "no dataclass"),
    ],
)
def test_one_that_cannot_be_loaded_says_why(strangers: Strangers, code: str, told: str) -> None:
    """The reason is for its author; the traceback stands beside it."""
    one = started_or_failed(strangers.write(code, whole=True))
    assert one.state is PluginState.FAILED_TO_LOAD and told in one.reason


def started_or_failed(folder: Path) -> Any:
    one = tried(folder, {})
    try:
        row = one.check()
    finally:
        one.close()
    if "cannot keep a plugin in a jail" in row.reason:
        pytest.skip(row.reason)
    return row


def test_the_jail_holds_before_a_byte_of_the_plugin_is_seen(strangers: Strangers) -> None:
    """Every layer that the kernel has is entered, and those it cannot do without are among them."""
    one = started(tried(strangers.write("def suggest(m, c):\n    return []\n"), {}))
    try:
        layers = set(one.host.layers)
    finally:
        one.close()
    assert NEEDED <= layers <= {*LAYERS, LAYER}


def test_the_list_of_plugins_can_be_tried_without_a_yes(strangers: Strangers) -> None:
    """Who names a plugin to try it needs no yes to it, and none is written."""
    from samantha.app.plugin_troubles import Troubles
    from samantha.app.plugins import listed

    strangers.write("def suggest(m, c):\n    return []\n")
    home = strangers.home
    rows = listed(
        strangers.own, {}, strangers.lock, lambda name: "", Troubles(home.state), tried=["stranger"]
    )
    (row,) = [one for one in rows if one.name == "stranger"]
    assert row.state is PluginState.ENABLED and row.files is not None
    assert strangers.lock.read() == {}
    assert asdict(row.manifest)["version"] == "1.0" if row.manifest else False


def test_what_it_finds_is_what_the_page_says() -> None:
    """The modules and bounds that an author reads of are those in force."""
    import re

    from samantha.app import plugin_serving

    page = (Path(__file__).parents[2] / "docs/write-a-plugin.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w.]+)`", page.split("<!-- modules -->")[1])
    assert sorted(named) == sorted(STANDARD)
    limits = Limits()
    told = " ".join(page.split())
    for words in (
        f"take {limits.wall_s:.0f} s",
        f"{limits.memory_bytes >> 20} MiB;",
        f"at most {plugin_serving.DOCUMENTS_AT_ONCE} documents",
        f"{plugin_serving.ANSWER_ITEMS:,} documents or {plugin_serving.ANSWER_BYTES >> 20} MiB",
        f"first {plugin_serving.TEXT_LIMIT:,} characters",
        f"{limits.questions:,} questions to the library and {limits.asked} to the model",
    ):
        assert words in told, words
