"""`PluginContract`: every built-in plugin keeps it, and each promise can be broken."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from plugin_loading import ROOT, plugin_named

import samantha.api.testing as building
from samantha.api import Plugin, Silence
from samantha.api.testing import NOW, PluginContract, context, documents_in, mail

PROMISES = sorted(name for name in vars(PluginContract) if name.startswith("test_"))
NAMES = sorted(p.parent.name for p in ROOT.glob("*/plugin.toml"))


def contract(plugin: Any) -> PluginContract:
    class Contract(PluginContract):
        pass

    Contract.plugin = plugin
    return Contract()


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_plugin_keeps_every_promise(name: str) -> None:
    """What is asked of a stranger's plugin holds for ours."""
    one = contract(plugin_named(name).plugin)
    for promise in PROMISES:
        getattr(one, promise)()


@dataclass(frozen=True, slots=True)
class Config:
    """No settings."""


@dataclass
class Loose:
    """Can be changed."""


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., PluginContract]:
    """Make the contract of a plugin out of its function, as if it lay in a folder."""
    manifest = 'name = "made"\napi = 1\nsummary = "x"\nreads = ["mail"]\nproposes = ["remind"]\n'

    def make(suggest: Any, config: Any = Config, told: str = manifest) -> PluginContract:
        import sys

        (tmp_path / "plugin.toml").write_text(told)
        init = tmp_path / "__init__.py"
        init.touch()
        spec = importlib.util.spec_from_file_location("made_plugin", init)
        assert spec is not None
        # With its loader: that is asked for the manifest, in a folder as in a host.
        sys.modules["made_plugin"] = importlib.util.module_from_spec(spec)
        suggest.__module__ = "made_plugin"
        return contract(Plugin(config, suggest))

    return make


def proposal(document: Any, moment: Any, **more: Any) -> Any:
    from samantha.api import Evidence, Remind, Suggestion

    quote = Evidence(document.id, document.text[:4], 0, 4)
    action = Remind(moment.now + timedelta(days=1), "x")
    return replace(Suggestion("k", "t", "A title", "Why", (quote,), action, 0.9), **more)


def says(**more: Any) -> Any:
    def suggest(moment: Any, context: Any) -> Any:
        return [proposal(d, moment, **more) for d in moment.documents if len(d.text) > 4]

    return suggest


def test_a_sound_plugin_passes(made: Callable[..., PluginContract]) -> None:
    """The contract asks for nothing that an honest plugin of ten lines does not do."""
    one = made(says())
    for promise in PROMISES:
        getattr(one, promise)()


COUNT = iter(range(10**6))
BROKEN: dict[str, tuple[str, Any, Any]] = {
    "a long title": ("sound", says(title="x" * 81), Config),
    "no evidence": ("sound", says(evidence=()), Config),
    "too sure": ("sound", says(confidence=1.5), Config),
    "past": ("sound", says(expires=datetime(2020, 1, 1, tzinfo=UTC)), Config),
    "no reason": ("sound", lambda m, c: [Silence(d.id, " ") for d in m.documents], Config),
    "no answer": ("sound", lambda m, c: [3 for _ in m.documents], Config),
    "out of nothing": (
        "nothing",
        lambda m, c: [proposal(mail("made up"), m)],
        Config,
    ),
    "never the same": (
        "same",
        lambda m, c: [Silence(d.id, str(next(COUNT))) for d in m.documents],
        Config,
    ),
    "loose settings": ("defaults", says(), Loose),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_promise_is_found(made: Callable[..., PluginContract], what: str) -> None:
    """Each promise fails for a plugin that breaks it."""
    part, suggest, config = BROKEN[what]
    (promise,) = [one for one in PROMISES if part in one]
    with pytest.raises(AssertionError):
        getattr(made(suggest, config), promise)()


@pytest.mark.parametrize(
    "told",
    [
        'name = "made"\napi = 2\nsummary = "x"\nreads = ["mail"]\nproposes = ["remind"]\n',
        'name = "made"\napi = 1\nsummary = "x"\nreads = ["mails"]\n',
        'name = "made"\napi = 1\nreads = ["mail"]\n',
    ],
)
def test_a_manifest_that_is_not_in_order_is_found(
    made: Callable[..., PluginContract], told: str
) -> None:
    """Another api, an unknown source and a missing summary are told by the plugin's own tests."""
    with pytest.raises(AssertionError):
        made(says(), Config, told).test_its_manifest_says_what_it_does()


def test_an_action_beyond_the_manifest_is_found(made: Callable[..., PluginContract]) -> None:
    """What would be refused when it runs is refused in its tests."""
    told = 'name = "made"\napi = 1\nsummary = "x"\nreads = ["mail"]\nproposes = []\n'
    with pytest.raises(AssertionError, match="proposes"):
        made(says(), Config, told).test_its_answers_are_sound()


def test_a_folder_is_a_library(tmp_path: Path) -> None:
    """Texts and mails of a folder become documents that the library answers with."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# A heading\nmilk")
    (tmp_path / "b.eml").write_bytes(
        b"From: Bert <Bert@else.example>\nTo: anna@berg.example\n"
        b"Subject: =?utf-8?q?M=C3=BCll?=\nDate: Fri, 01 May 2026 10:00:00 +0200\n"
        b"Message-ID: <b@else.example>\n\nHello Anna\n"
    )
    (tmp_path / "c.bin").write_bytes(b"\0")

    def see(document: Any) -> Any:
        hello = "Hello" in document.text
        return [building.signal(document.text, "greeting", 1, "Hello")] if hello else []

    library = context(documents_in(tmp_path, see), Config()).library
    (found,) = library.documents(signal="greeting")
    assert found.id == "<b@else.example>" and found.title == "Müll"
    assert found.when == NOW.replace(hour=8) and found.mail is not None
    assert found.mail.sender is not None and found.mail.sender.address == "bert@else.example"
    assert [d.title for d in library.search("milk")] == ["a"]
    assert len(library.documents()) == 2
