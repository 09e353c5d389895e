"""What is kept quiet, broken, doubled or hanging is told in few words, with what to type."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from homes import Home, Running, bill, in_days

QUIET = """\
from dataclasses import dataclass
from samantha.api import Plugin, Silence

@dataclass(frozen=True)
class Config:
    pass

def suggest(moment, context):
    for n, one in enumerate(moment.documents):
        yield Silence(one.id, f"read already, on day {n}")

plugin = Plugin(Config, suggest)
"""


@pytest.fixture
def configured(home: Home) -> Home:
    home.configure()
    return home


def plugin(home: Home, name: str, code: str, *, manifest: str = "") -> None:
    """Put a plugin of the user's into its place and switch it on."""
    folder = home.root / ".data/samantha/plugins" / name
    folder.mkdir(parents=True)
    told = f'name = "{name}"\napi = 1\nreads = ["mail"]\nproposes = ["remind"]\n'
    (folder / "plugin.toml").write_text(manifest or told, encoding="utf-8")
    (folder / "__init__.py").write_text(code, encoding="utf-8")
    if not manifest:
        home.run("plugins", "enable", name, "--yes")


# --- silence -------------------------------------------------------------------------------


def test_what_plugins_left_unsaid_is_told_in_a_line(configured: Home) -> None:
    """Thirty mails are one line with their number and reason, and the way to see more."""
    plugin(configured, "quiet", QUIET)
    for n in range(30):
        configured.write(f"{n}.bill:2,S", bill(in_days(20), f"A-{n}"), folder="Mail/cur")
    configured.run("run", "--once")
    told = configured.run("silence").stdout.splitlines()
    (row,) = [r for r in told if r.startswith("quiet")]
    assert "30" in row and "read already, on day …" in row
    assert Path(told[-1].partition("samantha inspect ")[2].strip("'")).is_file()
    (kept,) = [r for r in configured.json("silence") if r.get("unsaid") == "quiet"]
    assert kept["documents"] == 30


def test_silence_can_be_asked_for_what_is_new(configured: Home) -> None:
    """`--since` takes a length or a day; what is neither is told so."""
    plugin(configured, "quiet", QUIET)
    configured.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    configured.run("run", "--once")
    assert "read already" in configured.run("silence", "--since", "1h").stdout
    assert "Nothing was held" in configured.run("silence", "--since", "2100-01-01").stdout
    assert "--since 3d" in configured.run("silence", "--since", "soon", code=1).stderr


def test_a_held_offer_says_what_to_type(configured: Home) -> None:
    """What waits for the end of a pause is listed with the command that ends it."""
    configured.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    configured.run("pause", "2h")
    configured.run("run", "--once")
    told = configured.run("silence").stdout
    assert "held, paused" in told and "Type: samantha resume" in told


# --- broken plugins ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "why"),
    [("import no_such_thing", "no_such_thing"), ("plugin = 3", "plugin = Plugin"), ("(", "(")],
)
def test_a_plugin_that_does_not_load_is_named_wherever_one_looks(
    configured: Home, code: str, why: str
) -> None:
    """`run --once`, `status` and `doctor` say which one and why; the others work."""
    plugin(configured, "torn", code)
    configured.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    done = configured.run("run", "--once")
    assert "Stadtwerke" in done.stdout
    assert "plugin torn does not work: failed_to_load" in done.stderr and why in done.stderr
    assert "samantha plugins info torn" in done.stderr
    (row,) = [r for r in configured.run("status").stdout.splitlines() if "plugin torn" in r]
    assert "failed_to_load" in row and why in row
    (check,) = [r for r in configured.json("doctor") if r["part"] == "plugin torn"]
    assert check["state"] == "limited" and why in check["reason"]
    assert check["type"] == "samantha plugins info torn"
    (told,) = [r for r in configured.json("status")[0]["plugins"] if r["name"] == "torn"]
    assert told["state"] == "failed_to_load"


def test_a_plugin_that_fails_over_a_mail_is_named(configured: Home) -> None:
    """What it failed with is told, not what the mail said."""
    code = (
        "from dataclasses import dataclass\nfrom samantha.api import Plugin\n"
        "@dataclass(frozen=True)\nclass Config: pass\n"
        "def suggest(moment, context):\n"
        "    raise KeyError(moment.documents[0].text if moment.documents else '')\n"
        "plugin = Plugin(Config, suggest)\n"
    )
    plugin(configured, "frail", code)
    configured.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    told = configured.run("run", "--once").stderr
    assert "plugin frail does not work" in told and "KeyError" in told
    assert "Stadtwerke" not in told


def test_a_daemon_in_the_foreground_names_a_broken_plugin(configured: Home, tmp_path: Path) -> None:
    """It is told at the start, and `status` of the running daemon tells it too."""
    plugin(configured, "torn", "import no_such_thing")
    running = Running(configured, tmp_path)
    running.wait_ready()
    assert "plugin torn does not work" in running.log.read_text()
    assert "plugin torn" in configured.run("status").stdout
    assert running.stop() == 0


# --- sources that read the same ------------------------------------------------------------

TWO = '[[sources]]\nname = "one"\npath = "{one}"\n\n[[sources]]\nname = "two"\npath = "{two}"\n'


def check(home: Home, one: Path, two: Path, code: int = 1) -> str:
    home.configure(TWO.replace("{one}", str(one)).replace("{two}", str(two)))
    done = home.run("config", "check", code=code)
    assert "config check" not in done.stderr
    return done.stderr


def test_two_sources_of_one_folder_are_told(home: Home) -> None:
    """By the same path, or by a link: the line of the second, and the editor to type."""
    folder = home.root / "Documents"
    home.more = {"EDITOR": "vim"}
    told = check(home, folder, folder)
    assert f"{home.config}:7: 'two' has the same path as 'one'" in told
    assert f"Type: vim +7 {home.config}" in told
    link = home.root / "link"
    link.symlink_to(folder)
    told = check(home, folder, link)
    assert f"{home.config}:7: 'two' is the same folder as 'one', by a link" in told
    assert told.count("same folder") == 1


def test_a_source_inside_another_is_told_unless_it_is_left_out_there(home: Home) -> None:
    """What would be read twice is said with the line that prevents it."""
    inner = home.root / "Documents/Letters"
    inner.mkdir(parents=True)
    told = check(home, home.root / "Documents", inner)
    assert "'two' lies inside 'one'" in told and 'exclude = ["/Letters/"]' in told
    text = home.config.read_text().replace('Documents"\n', 'Documents"\nexclude = ["/Letters/"]\n')
    home.config.write_text(text)
    assert "is in order" in home.run("config", "check").stdout
    check(home, home.root / "Documents", home.root / "Mail", code=0)


def test_a_digest_that_never_comes_is_told(home: Home) -> None:
    """An hour inside of the quiet hours is a slip."""
    home.configure('[attention]\nquiet_hours = "22:00-07:00"\ndigest = "23:00"\n')
    told = home.run("config", "check", code=1).stderr
    assert f"{home.config}:3: attention.digest: 23:00 lies in the quiet hours" in told


def test_check_never_sends_back_to_itself(home: Home) -> None:
    """Whatever is wrong, another command mends it."""
    home.configure()
    for text in ("[user\n", "[user]\nnmaes = 3\n", "[plugins.bils]\n", '[attention]\nmuted=["x"]'):
        home.config.write_text(text)
        assert "config check" not in home.run("config", "check", code=1).stderr
    home.config.unlink()
    assert "samantha config init" in home.run("config", "check", code=1).stderr


def test_a_configuration_without_sources_is_opened_not_written_anew(home: Home) -> None:
    """Where a config.toml is there already, the way is to edit it."""
    home.configure('[user]\nnames = ["Anna"]\n')
    told = home.run("run", "--once", code=1).stderr
    assert "No source" in told and f" {home.config}" in told and "init" not in told


# --- a daemon that hangs -------------------------------------------------------------------


def test_a_daemon_that_hangs_is_ended_by_its_number(configured: Home, tmp_path: Path) -> None:
    """`stop` names the process and what to type; `--force` ends that one and no other."""
    running, other = Running(configured, tmp_path), os.getpid()
    running.wait_ready()
    running.process.send_signal(signal.SIGSTOP)
    told = configured.run("stop", code=1).stderr
    assert f"process {running.process.pid}" in told and "samantha stop --force" in told
    assert "pkill" not in told and f"{other}" not in told
    assert f"Process {running.process.pid}" in configured.run("stop", "--force").stdout
    assert running.process.wait(20) == -signal.SIGKILL
    assert "No daemon is running" in configured.run("stop", "--force", code=1).stderr


def test_a_daemon_that_works_stops_when_told(configured: Home, tmp_path: Path) -> None:
    """Both ways end it with exit code 0."""
    for words in (["stop"], ["stop", "--force"]):
        running = Running(configured, tmp_path)
        running.wait_ready()
        configured.run(*words)
        assert running.process.wait(20) == 0
