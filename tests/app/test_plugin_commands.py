"""`samantha plugins` as it is typed: made, checked, installed, changed, exchanged, taken out."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Home, Typist
from installed import ROOT, wheel_of

SAMPLE = ROOT / "docs" / "sample-plugin"
PACKAGE = SAMPLE / "src" / "samantha_parcels"
MAIL = """\
From: Shop <shop@corner.example>
To: Anna Berg <anna@berg.example>
Subject: Your parcel
Date: Mon, 04 May 2026 08:00:00 +0000
Message-ID: <parcel@corner.example>
Content-Type: text/plain; charset=utf-8

Your parcel is ready for collection until 9 May 2026. Code: 4F7K2
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A fresh user's home, private to the test."""
    one = Typist(tmp_path / "anna")
    one.root.mkdir()
    return one


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample plugin as a wheel, built of a copy."""
    place = tmp_path_factory.mktemp("sample")
    shutil.copytree(SAMPLE, place / "project", ignore=shutil.ignore_patterns("__pycache__"))
    return wheel_of(place / "project", place / "wheels").parent


def state(home: Home, name: str) -> tuple[str, str]:
    """Return state and reason of a plugin as `plugins list` tells them."""
    (row,) = [row for row in home.json("plugins", "list") if row["name"] == name]
    return row["state"], row["reason"]


def test_the_sample_is_installed_from_its_wheel_run_and_taken_out(home: Home, wheels: Path) -> None:
    """From outside of the package to a suggestion and away again, with nothing left behind."""
    home.configure()
    (wheel,) = wheels.glob("*.whl")
    told = home.run("plugins", "install", str(wheel)).stdout
    assert "reads     mail" in told and "sha256" in told
    assert state(home, "parcels")[0] == "needs_consent"
    checked = home.json("plugins", "check", "parcels")
    assert [one["check"] for one in checked] == ["manifest", "host", "answers", "permissions"]
    assert all(one["fine"] for one in checked)
    mail = home.write("parcel.eml", MAIL)
    call = ("plugins", "run", "parcels", "--on", str(mail), "--now", "2026-05-04T10:00")
    (record,) = home.json(*call)
    (suggestion,) = record["suggestions"]
    assert suggestion["title"] == "Collect your parcel by Saturday 9 May"
    assert suggestion["action"]["copy_text"] == "4F7K2"
    refused = home.run("plugins", "test", "parcels", code=1)
    assert "no tests" in refused.stderr
    home.run("plugins", "enable", "parcels", "--yes")
    assert state(home, "parcels") == ("enabled", "")
    (locked,) = home.json("plugins", "lock", "--verify")
    assert locked["changes"] == [] and sorted(locked["files"]) == [
        "__init__.py",
        "plugin.toml",
        "words.py",
    ]
    home.run("plugins", "uninstall", "parcels")
    assert "parcels" not in {row["name"] for row in home.json("plugins", "list")}
    assert home.run("plugins", "lock").stdout == "You agreed to 0 plugins from outside.\n"
    data = home.root / ".data/samantha"
    left = [p for p in data.rglob("*") if p.is_file() and b"parcels" in p.read_bytes()]
    assert left == []


def test_an_update_tells_what_changed_and_asks(home: Home, tmp_path: Path) -> None:
    """Permissions and files; without a yes all is as it was, with it the new one is agreed to."""
    source = tmp_path / "theirs" / "parcels"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    home.run("plugins", "install", str(source))
    home.run("plugins", "enable", "parcels", "--yes")
    assert "here already" in home.run("plugins", "update", "parcels").stdout
    manifest = source / "plugin.toml"
    manifest.write_text(
        manifest.read_text()
        .replace('"1.0.0"', '"1.1.0"')
        .replace('["remind"]', '["remind", "draft_mail"]')
    )
    (source / "more.py").write_text("")
    refused = home.run("plugins", "update", "parcels", code=1)
    for words in ("version 1.0.0 is now 1.1.0", "now proposes draft_mail", "added more.py"):
        assert words in refused.stdout
    assert home.json("plugins", "info", "parcels")[0]["version"] == "1.0.0"
    home.run("plugins", "update", "parcels", "--yes")
    info = home.json("plugins", "info", "parcels")[0]
    assert (info["version"], info["state"]) == ("1.1.0", "enabled")
    assert info["origin"] == f"folder {source}"
    # What it now may do and does not is told by a check.
    checked = home.run("plugins", "check", "parcels", "--json", code=1).stdout.splitlines()
    wrong = [one for one in map(json.loads, checked) if not one["fine"]]
    assert [one["told"] for one in wrong] == [
        "proposes draft_mail, but nothing in its code makes one; take it out"
    ]


def test_the_only_copy_of_somebodys_work_is_not_deleted_unasked(home: Home, tmp_path: Path) -> None:
    """What was written here, changed here, or lies nowhere else any more, is asked about."""
    source = tmp_path / "theirs"
    folder = home.root / ".data/samantha/plugins"
    home.run("plugins", "new", "tides")
    shutil.copytree(SAMPLE, source, ignore=shutil.ignore_patterns("__pycache__"))
    home.run("plugins", "install", str(source))
    assert "work of yours" in home.run("plugins", "uninstall", "tides", code=1).stdout
    words = folder / "parcels" / "words.py"
    words.write_text(words.read_text() + "# mine\n")
    assert "work of yours" in home.run("plugins", "uninstall", "parcels", code=1).stdout
    assert "is lost" in home.run("plugins", "update", "parcels", "--yes").stdout
    source.rename(tmp_path / "elsewhere")
    assert "work of yours" in home.run("plugins", "uninstall", "parcels", code=1).stdout
    assert sorted(p.name for p in folder.iterdir()) == ["parcels", "tides"]
    home.run("plugins", "uninstall", "parcels", "--yes")
    home.run("plugins", "uninstall", "tides", "--yes")
    assert list(folder.iterdir()) == []


def test_a_strangers_tests_are_run_by_those_who_trust_them(home: Home, tmp_path: Path) -> None:
    """They run outside of the jail: not for a plugin that was installed, unless it is said."""
    home.run("plugins", "new", "tides", "--in", str(tmp_path))
    home.run("plugins", "install", str(tmp_path / "tides"))
    assert "--trust" in home.run("plugins", "test", "tides", code=1).stderr
    home.run("plugins", "test", "tides", "--trust")
    # Running them has left nothing in the folder that would count as the plugin's.
    home.run("plugins", "enable", "tides", "--yes")
    home.run("plugins", "lock", "--verify")


def test_one_changed_byte_is_told_and_asked_about(home: Home) -> None:
    """The plugin is off with the file's name until somebody agrees again."""
    home.run("plugins", "install", str(SAMPLE))
    home.run("plugins", "enable", "parcels", "--yes")
    code = home.root / ".data/samantha/plugins/parcels/words.py"
    code.write_text(code.read_text() + "#")
    kept, reason = state(home, "parcels")
    assert kept == "needs_consent" and "changed words.py" in reason
    assert "changed words.py" in home.run("plugins", "lock", "--verify", code=1).stdout
    asked = home.run("plugins", "enable", "parcels", code=1)
    assert "changed words.py" in asked.stdout and "Nothing was changed" in asked.stderr
    home.run("plugins", "enable", "parcels", "--yes")
    assert state(home, "parcels") == ("enabled", "")


def test_the_lockfile_follows_a_plugin_through_its_life(home: Home, tmp_path: Path) -> None:
    """Every hash from the installation on, apart from the yes; exchanged, changed and taken out."""
    source = tmp_path / "parcels"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    data = home.root / ".data/samantha"
    code = data / "plugins/parcels/words.py"

    def hashes(folder: Path) -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}

    home.run("plugins", "install", str(source))
    (row,) = home.json("plugins", "lock", "--verify")
    assert row["agreed"] is None and row["changes"] == [] and row["files"] == hashes(source)
    assert (data / "plugins.lock").stat().st_mode & 0o777 == 0o600
    assert "no yes yet" in home.run("plugins", "lock").stdout
    code.write_text(code.read_text() + "#")
    assert "changed words.py" in home.run("plugins", "lock", "--verify", code=1).stdout
    assert "changed words.py" in home.run("plugins", "enable", "parcels", code=1).stdout
    home.run("plugins", "enable", "parcels", "--yes")
    (row,) = home.json("plugins", "lock", "--verify")
    assert row["agreed"] and row["files"] == hashes(code.parent) != hashes(source)
    (source / "more.py").write_text("")
    home.run("plugins", "update", "parcels", "--yes")
    (row,) = home.json("plugins", "lock", "--verify")
    assert row["agreed"] and row["changes"] == [] and row["files"] == hashes(source)
    kept = json.loads((data / "plugins.lock").read_text())
    assert kept["installed"]["parcels"]["files"] == kept["plugins"]["parcels"]["files"]
    shutil.rmtree(code.parent)
    assert "it is gone" in home.run("plugins", "lock", "--verify", code=1).stdout
    home.run("plugins", "install", str(source), "--yes")
    assert state(home, "parcels")[0] == "needs_consent"
    home.run("plugins", "uninstall", "parcels")
    assert json.loads((data / "plugins.lock").read_text())["installed"] == {}
    assert home.json("plugins", "lock", "--verify") == []


def test_settings_are_shown_changed_and_refused_by_the_plugin_itself(home: Home) -> None:
    """Its own Config decides; what it does not take leaves config.toml as it was."""
    home.configure()
    home.run("plugins", "install", str(SAMPLE))
    before = home.config.read_text()
    for wrong, words in (("hours=3", "did you mean 'hour'"), ("hour=noon", "hour"), ("x", "sets")):
        assert words in home.run("plugins", "config", "parcels", wrong, code=1).stderr
    assert home.config.read_text() == before
    home.run("plugins", "config", "parcels", "hour=18")
    assert home.config.read_text() == before + "\n[plugins.parcels]\nhour = 18\n"
    rows = {row["name"]: row for row in home.json("plugins", "config", "parcels")}
    assert rows["hour"]["value"] == 18 and rows["days_before"]["value"] is None
    assert rows["days_before"]["default"] == "1" and "How many days" in rows["days_before"]["means"]
    home.run("plugins", "config", "parcels", "--unset", "hour")
    assert home.config.read_text() == before + "\n[plugins.parcels]\n"


BROKEN = {
    "raises": ("raise OSError('no')\n", "host", "no"),
    "no plugin": ("x = 1\n", "host", "plugin"),
    "library": ("import requests\n", "host", "requests"),
    "reads a file": ("open('/etc/passwd')\n", "host", "open"),
    "quotes what is not there": (
        "from samantha.api import *\n"
        "def suggest(moment, context):\n"
        "    for d in moment.documents:\n"
        "        yield Suggestion('k', d.id, 't', 'w', (Evidence(d.id, 'never', 0, 5),),\n"
        "                         Remind(moment.now, 'x'), 0.9)\n"
        "class C: pass\n"
        "from dataclasses import dataclass\n"
        "plugin = Plugin(dataclass(frozen=True)(C), suggest)\n",
        "answers",
        "a quote is not in its source",
    ),
}


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose user writes plugins; what one test leaves there is no matter to another."""
    home = Typist(tmp_path_factory.mktemp("author") / "anna")
    home.root.mkdir()
    yield home


@pytest.mark.parametrize("name", BROKEN)
def test_a_check_says_what_is_wrong_with_a_plugin(name: str, author: Home) -> None:
    """Where it fails, with its own words, and an exit code of 1."""
    code, part, words = BROKEN[name]
    folder = author.root / name.replace(" ", "_")
    folder.mkdir()
    told = f'name = "{folder.name}"\napi = 1\nreads = ["mail"]\nproposes = ["remind"]\n'
    (folder / "plugin.toml").write_text(told)
    (folder / "__init__.py").write_text(code)
    done = author.run("plugins", "check", str(folder), "--json", code=1)
    wrong = [one for one in map(json.loads, done.stdout.splitlines()) if not one["fine"]]
    assert wrong[0]["check"] == part, wrong
    assert words in wrong[0]["told"] + wrong[0]["detail"]
    # Its author is shown the lines that are theirs.
    assert "plugin_guard" not in wrong[0]["detail"]


GREEDY = """
from dataclasses import dataclass
from datetime import timedelta
import samantha.api as api
from samantha.api import DraftMail, Evidence, Plugin, Suggestion
@dataclass(frozen=True)
class Config:
    pass
def suggest(moment, context):
    for d in moment.documents:
        if d.media == "mail" and d.text:
            at = moment.now + timedelta(days=1)
            quote = (Evidence(d.id, d.text[:3], 0, 3),)
            yield Suggestion("k", d.id, "T", "w", quote, MAKE(at, "x"), 0.9)
plugin = Plugin(Config, suggest)
"""
FILES = """
from samantha.api.testing import context, document, moment
from .. import Config, plugin
def test_a_file() -> None:
    list(plugin.suggest(moment([document("/a.txt", "text")]), context([], Config())))
class TestMore:
    test_cases = ["a list"]
    @property
    def test_broken(self):
        raise ValueError
    def test_alone(self) -> None:
        assert not vars(self)
        self.left = "for nobody"
    def test_alone_too(self) -> None:
        self.test_alone()
class TestWhatCannotBeMade:
    def __init__(self, of: str) -> None:
        pass
    def test_nothing(self) -> None:
        pass
"""


@pytest.mark.parametrize(
    ("make", "tests", "wrong"),
    [
        ("api.Remind", "", ["reads files", "proposes draft_mail"]),
        ('getattr(api, "Re" + "mind")', "", ["reads files"]),
        ("api.Remind", FILES, []),
    ],
    ids=["by name", "roundabout", "shown by a test"],
)
def test_a_check_tells_which_permissions_are_of_no_use(
    author: Home, tmp_path: Path, make: str, tests: str, wrong: list[str]
) -> None:
    """By what the plugin was seen to read and make in its host, its own tests among it.

    A name that is only imported is no use; what is made in roundabout ways is seen all the same.
    """
    folder = tmp_path / "greedy"
    (folder / "tests").mkdir(parents=True)
    proposes = '"remind"' if tests else '"remind", "draft_mail"'
    told = 'name = "greedy"\nsummary = "x"\napi = 1\nreads = ["mail", "files"]\n'
    (folder / "plugin.toml").write_text(f"{told}proposes = [{proposes}]\n")
    code = GREEDY.replace("MAKE", f"({make})")
    if tests:
        # A document that is none of the made-up ones.
        more = '        if d.id == "/a.txt": d.text\n'
        code = code.replace("        if d.media", f"{more}        if d.media")
    (folder / "__init__.py").write_text(code)
    (folder / "tests" / "__init__.py").write_text("")
    (folder / "tests" / "test_greedy.py").write_text(tests)
    done = author.run("plugins", "check", str(folder), "--json", code=1 if wrong else 0)
    rows = list(map(json.loads, done.stdout.splitlines()))
    found = [one["told"] for one in rows if not one["fine"]]
    assert [told.partition(",")[0] for told in found] == wrong
    if not wrong:
        for words in ("proposes remind (seen)", "3 passed in the host, 1 did not"):
            assert words in rows[-1]["told"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("new", "Tides!"), "samantha plugins new tides"),
        (("new", "json"), "samantha plugins new my_json"),
        (("new", "bills"), "There is a plugin 'bills' already"),
        (("new", "sea", "--in", "/proc/nothing"), "cannot be made"),
        (("check", "bils"), "Did you mean 'bills'?"),
        (("test", "bills"), "has no tests"),
        (("run", "bills", "--on", "/nowhere.eml"), "There is no file"),
        (("backtest", "nowhere"), "There is no plugin"),
        (("config", "nowhere"), "There is no plugin"),
        (("update", "bills"), "is built in"),
        (("uninstall", "bills"), "is built in"),
        (("uninstall", "../x"), "There is no plugin"),
        (("update", "nowhere"), "There is no plugin"),
        (("install", "/nowhere"), "cannot be read"),
        (("install", "/nowhere.whl"), "cannot be read"),
        (("install", "a b"), "names no plugin"),
        (("install", "npm:left-pad"), "names no plugin"),
        (("install", "/etc"), "There is no plugin in"),
        (("install", "/dev/zero"), "is no file"),
        (("install", "https://127.0.0.1:9/none.git"), "cannot be fetched"),
        (("install", "samantha-nothing"), "in none of your indexes"),
        (("search", "x"), "No plugin index is configured"),
        (("index", "/nowhere", "--key", "/nowhere/key"), "There is no wheel"),
    ],
    ids=lambda value: "-".join(value).replace("/", "_") if isinstance(value, tuple) else None,
)
def test_wrong_input_is_told_with_a_remedy(words: tuple[str, ...], told: str, author: Home) -> None:
    """What happened and what to type, with exit code 1; nothing is made."""
    done = author.run("plugins", *words, code=1)
    assert told in done.stdout + done.stderr
    assert "Type: " in done.stderr


def test_a_wrong_manifest_never_gets_as_far_as_code(author: Home, tmp_path: Path) -> None:
    """Another api, a permission that there is not, no TOML: told from the manifest alone."""
    for number, (manifest, words) in enumerate(
        (
            ('name = "sea"\napi = 2\n', "made for api 2"),
            ('name = "sea"\napi = 1\nreads = ["mails"]\n', "did you mean 'mail'"),
            ("name = \n", "plugin.toml"),
            ('name = "bills"\napi = 1\n', "There is a plugin 'bills' already"),
        )
    ):
        folder = tmp_path / str(number) / "sea"
        folder.mkdir(parents=True)
        (folder / "plugin.toml").write_text(manifest)
        (folder / "__init__.py").write_text("raise SystemExit('was run')\n")
        refused = author.run("plugins", "install", str(folder), code=1)
        assert words in refused.stderr and "was run" not in refused.stderr


def test_a_plugin_comes_out_of_a_git_repository_at_a_tag(author: Home, tmp_path: Path) -> None:
    """The commit is kept as its origin; no hook of the repository is run."""
    repository = tmp_path / "repository"
    shutil.copytree(SAMPLE, repository, ignore=shutil.ignore_patterns("__pycache__"))
    git = ["git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@b.example"]
    for call in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"], ["tag", "v1"]):
        subprocess.run([*git, *call], check=True)
    (repository / "src/samantha_parcels/plugin.toml").write_text("name = 1\n")
    subprocess.run([*git, "commit", "-q", "-a", "-m", "two"], check=True)
    author.run("plugins", "install", f"git+file://{repository}@v1")
    head = subprocess.run([*git, "rev-parse", "v1"], check=True, capture_output=True, text=True)
    (info,) = author.json("plugins", "info", "parcels")
    assert info["origin"].endswith(f"commit {head.stdout.strip()}")
    author.run("plugins", "uninstall", "parcels", "--yes")


def test_pip_brings_a_wheel_but_builds_nothing_unasked(
    author: Home, wheels: Path, tmp_path: Path
) -> None:
    """A distribution's name goes to pip after a yes; a source distribution is refused.

    What lies in the folder where it is typed is not run in pip's place.
    """
    author.more = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    (tmp_path / "pip.py").write_text("raise SystemExit(3)\n")
    with contextlib.chdir(tmp_path):
        author.run("plugins", "install", "samantha-parcels", "--yes")
    (info,) = author.json("plugins", "info", "parcels")
    assert info["origin"].startswith("wheel samantha_parcels-1.0.0")
    author.run("plugins", "uninstall", "parcels")
    project = tmp_path / "project"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns("__pycache__"))
    # Its plugin cannot be seen without a build.
    (project / "src").rename(project / "lib")
    text = (project / "pyproject.toml").read_text().replace('"" = "src"', '"" = "lib"')
    (project / "pyproject.toml").write_text(text)
    refused = author.run("plugins", "install", str(project), code=1)
    assert "--build" in refused.stderr and "as you" in refused.stderr
    author.more = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    author.run("plugins", "install", str(project), "--build")
    author.run("plugins", "uninstall", "parcels")
    author.more = {}


def test_an_index_is_made_searched_and_installed_from(author: Home, wheels: Path) -> None:
    """The keeper types one command; the lines it prints are what a user needs."""
    told = author.run("plugins", "index", str(wheels), "--key", str(author.root / "key")).stdout
    assert (author.root / "key").stat().st_mode & 0o077 == 0
    key = told.rpartition("key = ")[2].splitlines()[0]
    author.config.parent.mkdir(parents=True, exist_ok=True)
    text = f'[[indexes]]\nname = "friends"\nplace = "{wheels}/plugins.index"\nkey = {key}\n'
    author.config.write_text(text)
    (row,) = author.json("plugins", "search", "parcel")
    assert (row["name"], row["reads"], row["installed"]) == ("parcels", ["mail"], False)
    author.run("plugins", "install", "parcels")
    (info,) = author.json("plugins", "info", "parcels")
    assert info["origin"].startswith("index friends, wheel ")
    assert "here already" in author.run("plugins", "update", "parcels").stdout
    # Gone from the index, it is not looked for elsewhere, where its name may be another's.
    author.config.write_text("")
    gone = author.run("plugins", "update", "parcels", "--yes", code=1)
    assert "any more" in gone.stderr
    author.run("plugins", "uninstall", "parcels")


SHELLS = {
    "bash": {"COMP_WORDS": "samantha plugins info bil", "COMP_CWORD": "3"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "samantha plugins info bil"},
    "fish": {
        "_TYPER_COMPLETE_ARGS": "samantha plugins info bil",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    },
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_the_names_of_plugins(home: Home, shell: str) -> None:
    """The built-in ones and the user's own, in the words of each shell."""
    home.run("plugins", "new", "bilberries")
    home.more = {"_SAMANTHA_COMPLETE": f"complete_{shell}", **SHELLS[shell]}
    told = Home.run(home).stdout
    assert re.findall(r"\bbil\w+", told) == ["bilberries", "bills"], told
