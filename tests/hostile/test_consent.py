"""What is done before the user's yes: nothing. And a yes is to exactly these bytes."""

from __future__ import annotations

import importlib.util
import marshal
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from strangers import GOOD, Strangers

from samantha.app.plugin_files import Unfit, snapshot
from samantha.app.plugins import PluginState

Change = Callable[[Path], object]


def _write(name: str, data: bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    return change


def _byte(name: str) -> Change:
    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:-1] + b" " if data[-1:] == b"\n" else data + b"\n")

    return change


CHANGES: dict[str, tuple[Change, str]] = {
    "one byte of the code": (_byte("__init__.py"), "changed __init__.py"),
    "one byte of the manifest": (_byte("plugin.toml"), "changed plugin.toml"),
    "one byte of a table": (_byte("words/data.json"), "changed words/data.json"),
    "a file more": (_write("more.py", b""), "added more.py"),
    "a hidden file more": (_write(".x", b""), "added .x"),
    "compiled code more": (_write("other.pyc", b"x"), "added other.pyc"),
    "a library more": (_write("fast.so", b"\x7fELF"), "added fast.so"),
    "a file less": (
        lambda folder: (folder / "words/data.json").unlink(),
        "removed words/data.json",
    ),
    "a link for a file": (
        lambda folder: (folder / "x.py").symlink_to("/etc/passwd"),
        "x.py is a link",
    ),
    "a link for a folder": (
        lambda folder: (folder / "x").symlink_to("/etc"),
        "x is a link",
    ),
    "a pipe": (lambda folder: os.mkfifo(folder / "x.py"), "x.py is no ordinary file"),
    "a file without end": (
        lambda folder: os.truncate(_touched(folder / "big.bin"), 100 * 2**30),
        "big.bin is larger than",
    ),
    "a thousand files": (
        lambda folder: [_touched(folder / f"{n}.txt") for n in range(1_000)],
        "more than 500 files",
    ),
    "folders without end": (
        lambda folder: (folder / "/".join("d" * 12)).mkdir(parents=True),
        "deep",
    ),
    "another version": (
        lambda folder: _replaced(folder / "plugin.toml", '"1.0"', '"1.1"'),
        "version 1.0 is now 1.1",
    ),
    "another permission": (
        lambda folder: _replaced(folder / "plugin.toml", '"remind"', '"remind", "draft_mail"'),
        "now proposes draft_mail",
    ),
}


def _touched(path: Path) -> Path:
    path.touch()
    return path


def _replaced(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def folder(strangers: Strangers) -> Path:
    """A plugin that the user has agreed to."""
    found = strangers.write(GOOD, files={"words/data.json": "[1]\n"})
    strangers.agree(found)
    assert strangers.row().state is PluginState.ENABLED
    return found


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_takes_the_yes_away(strangers: Strangers, folder: Path, what: str) -> None:
    """Whatever is changed, added or removed: it is not run, and the list says what differs."""
    change, told = CHANGES[what]
    change(folder)
    row = strangers.row()
    assert row.state is PluginState.NEEDS_CONSENT
    assert told in row.reason and row.files is None


def test_compiled_code_beside_it_is_never_looked_at(strangers: Strangers, folder: Path) -> None:
    """A planted cache, right for Python by name, time and size, is neither hashed nor run."""
    source = folder / "__init__.py"
    evil = compile("raise SystemExit('the cache was run')", str(source), "exec")
    cache = Path(importlib.util.cache_from_source(str(source)))
    cache.parent.mkdir()
    found = source.stat()
    stamp = int(found.st_mtime).to_bytes(4, "little") + found.st_size.to_bytes(4, "little")
    data = importlib.util.MAGIC_NUMBER + b"\0\0\0\0" + stamp + marshal.dumps(evil)
    cache.write_bytes(data)
    assert strangers.row().state is PluginState.ENABLED
    with strangers.hosted() as one:
        assert strangers.answers(one, strangers.home.mail("a mail"))
    assert one.last_failure == ""
    assert cache.read_bytes() == data


def test_the_bytes_that_were_hashed_are_the_bytes_that_are_run(
    strangers: Strangers, folder: Path
) -> None:
    """Files that are exchanged between the look and the start change nothing."""
    with strangers.hosted() as one:
        (folder / "__init__.py").write_text("raise SystemExit('exchanged')")
        (answer,) = strangers.answers(one, strangers.home.mail("a mail"))
    assert answer.title == "A title" and one.last_failure == ""


def test_nothing_of_it_is_imported_before_the_yes(strangers: Strangers) -> None:
    """Listing reads the manifest; code that acts on import has not acted."""
    trace = strangers.home.root / "it ran"
    code = f"open({str(trace)!r}, 'w')\nraise SystemExit\n"
    strangers.write(code, whole=True)
    before = set(sys.modules)
    row = strangers.row()
    assert row.state is PluginState.NEEDS_CONSENT and row.files is None
    assert "samantha plugins enable stranger" in row.reason
    assert not trace.exists()
    assert not [name for name in set(sys.modules) - before if "stranger" in name]


def test_after_the_yes_the_import_runs_in_the_jail(strangers: Strangers) -> None:
    """Code that acts on import meets the jail as well, and is listed as failed to load."""
    trace = strangers.home.root / "it ran"
    strangers.agree(strangers.write(f"open({str(trace)!r}, 'w')\n", whole=True))
    with strangers.hosted() as one:
        assert strangers.answers(one, strangers.home.mail("a mail")) == []
    assert not trace.exists()
    row = strangers.row()
    assert row.state is PluginState.FAILED_TO_LOAD
    assert "PermissionError in __init__.py line 1 while importing" in row.reason


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_a_lockfile_that_others_can_reach_vouches_for_nothing(
    strangers: Strangers, folder: Path, mode: int
) -> None:
    """It is written for the user alone, and read only if it still is."""
    path = strangers.home.root / "plugins.lock"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(mode)
    row = strangers.row()
    assert row.state is PluginState.NEEDS_CONSENT and "chmod 600" in row.reason


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 2}', '{"version": 1, "plugins": {"stranger": {}}}', "[" * 10**5],
)
def test_a_lockfile_that_says_nothing_vouches_for_nothing(
    strangers: Strangers, folder: Path, text: str
) -> None:
    """Damaged, of another version or without the hashes, it is no yes."""
    path = strangers.home.root / "plugins.lock"
    path.write_text(text)
    assert strangers.row().state is PluginState.NEEDS_CONSENT


def test_a_link_in_place_of_the_lockfile_vouches_for_nothing(
    strangers: Strangers, folder: Path
) -> None:
    """It is a file of the user's, not a way to another."""
    path = strangers.home.root / "plugins.lock"
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))
    assert strangers.row().state is PluginState.NEEDS_CONSENT


# --- manifests and names ---------------------------------------------------------------------


@pytest.mark.parametrize("size", [16_385, 100 * 2**20])
def test_a_huge_manifest_is_refused_by_its_size(strangers: Strangers, size: int) -> None:
    """A manifest of 100 MB is told by a look at its size."""
    folder = strangers.write(GOOD)
    os.truncate(folder / "plugin.toml", size)
    row = strangers.row()
    assert row.state is PluginState.BAD_MANIFEST
    assert row.reason == "plugin.toml is larger than 16 KiB"


MANIFESTS = {
    "nesting": ("a = " + "[" * 900, PluginState.BAD_MANIFEST, "plugin.toml"),
    "a key without end": ("a" + ".a" * 8_000 + " = 1", PluginState.BAD_MANIFEST, "a line of more"),
    "a number without end": (
        "api = 0x" + "f" * 900,
        PluginState.BAD_MANIFEST,
        "api must be",
    ),
    "numbers for words": (
        'api = 1\nname = "xy"\nreads = [0x' + "f" * 900 + "]",
        PluginState.BAD_MANIFEST,
        "reads: unknown",
    ),
    "bytes": ("\ufffe\x00", PluginState.BAD_MANIFEST, "plugin.toml"),
    "no name": ("api = 1", PluginState.BAD_MANIFEST, "name"),
    "a path for a name": ('api = 1\nname = "../x"', PluginState.BAD_MANIFEST, "name"),
    "another api": ('api = 2\nname = "x"\nnew = [1]', PluginState.WRONG_API, "made for api 2"),
    "an older api": ("api = 0", PluginState.WRONG_API, "made for api 0"),
    "a text for the api": ('api = "1"\nname = "x"', PluginState.BAD_MANIFEST, "api"),
    "true for the api": ('api = true\nname = "x"', PluginState.BAD_MANIFEST, "api"),
    "an unknown source": (
        'api = 1\nname = "xy"\nreads = ["mails"]',
        PluginState.BAD_MANIFEST,
        "'mail'",
    ),
    "a list in a list": (
        'api = 1\nname = "xy"\nreads = [["mail"]]',
        PluginState.BAD_MANIFEST,
        "reads",
    ),
    "an unknown action": (
        'api = 1\nname = "xy"\nproposes = ["run_program"]',
        PluginState.BAD_MANIFEST,
        "unknown 'run_program'",
    ),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_bad_manifest_is_a_state(strangers: Strangers, what: str) -> None:
    """It is listed with its reason under the name of its folder; there is no traceback."""
    text, state, told = MANIFESTS[what]
    strangers.write(GOOD, manifest=text)
    row = strangers.row()
    assert row.state is state and told in row.reason and row.manifest is None


def test_a_manifest_that_is_no_file_is_not_waited_for(strangers: Strangers) -> None:
    """A pipe or a link in its place is told, not read."""
    for name, make in (("piped", os.mkfifo), ("linked", lambda p: os.symlink("/dev/zero", p))):
        folder = strangers.own / name
        folder.mkdir(parents=True)
        make(folder / "plugin.toml")
    states = {row.name: row.state for row in strangers.rows()}
    assert states == {"piped": PluginState.BAD_MANIFEST, "linked": PluginState.BAD_MANIFEST}


def test_the_name_of_a_built_in_plugin_cannot_be_taken(strangers: Strangers) -> None:
    """The built-in one keeps name, settings and permissions; the other is listed, and not run."""
    strangers.agree(strangers.write(GOOD, "bills", proposes=("draft_mail", "move_file")))
    row = strangers.row("bills")
    assert row.state is PluginState.BAD_MANIFEST and row.files is None
    assert row.reason == "the name 'bills' is taken by a built-in plugin"


def test_the_name_of_another_plugin_cannot_be_taken(strangers: Strangers, folder: Path) -> None:
    """A folder whose manifest claims the name of another one's is listed, and not run."""
    text = (folder / "plugin.toml").read_text()
    strangers.write("raise SystemExit\n", "zzz", manifest=text)
    first, second = (row for row in strangers.rows() if row.name == "stranger")
    assert first.state is PluginState.ENABLED and first.manifest is not None
    assert first.manifest.folder == folder
    assert second.state is PluginState.BAD_MANIFEST and str(folder) in second.reason


def test_a_link_to_a_folder_is_not_followed(strangers: Strangers, folder: Path) -> None:
    """What is not in the user's plugin folder itself could be exchanged by others."""
    outside = strangers.home.root / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)
    with pytest.raises(Unfit):
        snapshot(folder)
    assert strangers.row().state is PluginState.NEEDS_CONSENT


# --- distributions ---------------------------------------------------------------------------


def distribution(root: Path, name: str, module: str, *, manifest: bool = True) -> Path:
    """Lay out an installed distribution as an installer does; return where it lies."""
    site = root / "site"
    package, info = site / module, site / f"{module}-2.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    told = f'name = "{name}"\nversion = "2.0"\napi = 1\nreads = ["mail"]\nproposes = ["remind"]\n'
    if manifest:
        (package / "plugin.toml").write_text(told)
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text(f"[samantha.plugins]\n{name} = {module}\n")
    return site


def test_a_distribution_is_listed_by_its_metadata(
    strangers: Strangers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry point is read, not loaded; it needs the same yes as a folder."""
    monkeypatch.syspath_prepend(str(distribution(tmp_path, "weather", "samantha_weather")))
    row = strangers.row("weather")
    assert row.state is PluginState.NEEDS_CONSENT
    assert row.manifest is not None and row.manifest.origin == "samantha_weather 2.0"
    assert "samantha_weather" not in sys.modules


def test_a_distribution_cannot_take_a_built_in_name(
    strangers: Strangers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by its manifest nor without one."""
    monkeypatch.syspath_prepend(str(distribution(tmp_path, "bills", "evil_bills")))
    assert "taken by a built-in" in strangers.row("bills").reason


def test_a_distribution_without_a_manifest_is_told(
    strangers: Strangers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed under the name of its entry point, with what is missing."""
    site = distribution(tmp_path, "bare", "bare_plugin", manifest=False)
    monkeypatch.syspath_prepend(str(site))
    row = strangers.row("bare")
    assert row.state is PluginState.BAD_MANIFEST and "has no plugin.toml" in row.reason
