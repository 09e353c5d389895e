"""The command line: bad input is told what happened, what it means and what to type."""

from __future__ import annotations

import email.utils
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from homes import Home, bill, in_days
from typer.testing import CliRunner

COMMANDS = (
    ["run"], ["stop"], ["demo"], ["status"], ["sources"], ["inspect"], ["search"], ["why"],
    ["backtest"], ["silence"], ["doctor"], ["offers"], ["show"], ["edit"], ["accept"], ["dismiss"],
    ["snooze"], ["never"], ["undo"], ["pause"], ["resume"], ["lift"], ["forget"],
    ["digest"], ["stats"], ["setup"], ["learn", "show"], ["learn", "reset"], ["learn", "always"],
    ["plugins", "list"], ["plugins", "info"],
    ["plugins", "enable"], ["plugins", "disable"], ["plugins", "config"], ["plugins", "new"],
    ["plugins", "check"], ["plugins", "test"], ["plugins", "backtest"], ["plugins", "run"],
    ["plugins", "search"], ["plugins", "install"], ["plugins", "update"], ["plugins", "uninstall"],
    ["plugins", "lock"], ["plugins", "index"], ["config", "path"], ["config", "show"],
    ["config", "check"], ["config", "init"], ["service", "install"], ["service", "uninstall"],
    ["service", "status"], ["audit", "verify"], ["model", "list"], ["model", "info"],
    ["model", "pull"], ["model", "use"], ["model", "remove"], ["model", "bench"],
    ["model", "test"], ["model", "key"], ["mail", "add"], ["mail", "list"], ["mail", "test"],
    ["mail", "password"], ["mail", "login"], ["mail", "thunderbird"], ["mail", "remove"],
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: list[str]) -> None:
    """`--help` of every command says in a sentence what it does."""
    from samantha.app.cli.commands import app

    told = CliRunner().invoke(app, [*words, "--help"], prog_name="samantha").stdout.splitlines()
    assert told[0].startswith(f"Usage: samantha {' '.join(words)}")
    assert len(told[2].split()) >= 3 and told[2].strip()[0].isupper()


def test_every_command_is_listed_here() -> None:
    """A command that is added is tried by these tests too."""
    from typer.main import get_command

    from samantha.app.cli.commands import app

    found = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", {})
        found += [[name, one] for one in below] or [[name]]
    assert sorted(found) == sorted(COMMANDS)


def test_a_fresh_user_is_told_what_to_type(home: Home) -> None:
    """Without a configuration nothing is read, and the way to one is said."""
    told = home.run("run", "--once", code=1).stderr
    assert "No source is configured" in told and "samantha config init" in told
    assert "Wrote" in home.run("config", "init").stdout
    assert home.config.stat().st_mode & 0o077 == 0
    assert "is there already" in home.run("config", "init", code=1).stderr
    assert str(home.config) in home.run("config", "path").stdout


def test_all_problems_of_a_configuration_are_told_at_once(home: Home) -> None:
    """Three slips are three lines with their numbers, and no command goes on without a word."""
    home.configure()
    home.config.write_text(
        '[attention]\nbudget = "many"\nquite_hours = ""\n[[sources]]\nname = "x"\npath = "here"\n'
    )
    told = home.run("config", "check", code=1).stderr
    assert ":2: attention.budget" in told and ":3: nothing is called" in told
    assert "did you mean 'quiet_hours'?" in told and ":6: sources.1.path" in told
    assert "budget" in home.run("run", "--once", code=1).stderr


def test_a_slip_in_a_plugins_table_is_told(home: Home) -> None:
    """A key or a plugin that does not exist is named, with what was meant."""
    home.configure()
    good = home.config.read_text()
    home.config.write_text(f"{good}\n[plugins.bills]\ndays_befor = 2\n[plugins.leters]\n")
    told = home.run("config", "check", code=1).stderr
    assert "did you mean 'days_before'?" in told and "did you mean 'letters'?" in told
    home.config.write_text(f"{good}\n[plugins.bills]\ndays_before = 2\n")
    assert "is in order: 2 sources" in home.run("config", "check").stdout


def test_a_missing_folder_is_told_and_the_rest_is_read(home: Home) -> None:
    """One source that is away costs its own documents only."""
    home.configure()
    home.write("a.txt", "Some notes about nothing.\n", folder="Mail/cur")
    (home.root / "Documents").rmdir()
    done = home.run("run", "--once")
    assert "the folder is not there" in done.stderr and "mkdir -p" in done.stderr
    assert "mkdir -p" in home.run("config", "check", code=1).stderr
    states = {row["name"]: row for row in home.json("sources")}
    assert states["documents"]["state"] == "missing" and states["mail"]["read"] == 1


def test_an_unknown_offer_and_a_wrong_word_have_their_exit_codes(home: Home) -> None:
    """1 is for what the user can mend, 2 for how it was typed."""
    home.configure()
    assert "There is no offer 7" in home.run("show", "7", code=1).stderr
    home.run("show", "seven", code=2)
    home.run("dance", code=2)
    assert "'soon' is not a length" in home.run("pause", "soon", code=1).stderr


@pytest.fixture
def billed(home: Home) -> Home:
    home.configure()
    home.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    return home


def test_an_offer_can_be_shown_taken_and_undone(billed: Home) -> None:
    """From a mail to an offer, a yes, its trace and back, by commands alone."""
    (made,) = billed.json("run", "--once")
    assert made["plugin"] == "bills" and made["action"]["type"] == "remind"
    keys = {"id", "time", "plugin", "kind", "title", "why", "evidence", "action", "files",
            "confidence", "verdict", "reason", "expires"}  # fmt: skip
    assert keys <= set(made)
    number = str(made["id"])
    shown = billed.run("show", number).stdout
    assert "EUR 42.50" in shown and "A yes does exactly this" in shown
    assert "Done." in billed.run("accept", number).stdout
    assert "no longer open" in billed.run("accept", number, code=1).stderr
    arrows = [row["arrow"] for row in billed.json("why", number)]
    assert [a for a in arrows if a in ("suggested", "accepted", "claimed", "done")] == [
        "suggested", "accepted", "claimed", "done"
    ]  # fmt: skip
    assert "read" in arrows and "shown" in arrows
    assert "Undone" in billed.run("undo", number).stdout
    assert "taken back already" in billed.run("undo", number, code=1).stderr
    assert "whole" in billed.run("audit", "verify").stdout


def test_a_dismissed_thing_stays_away_until_it_is_lifted(billed: Home) -> None:
    """A no is for good, `silence` says so, and its key undoes it."""
    (made,) = billed.json("run", "--once")
    billed.run("dismiss", str(made["id"]))
    assert billed.json("run", "--once") == [] and billed.json("offers") == []
    (kept,) = [row for row in billed.json("silence") if "suppressed" in row]
    assert "you dismissed it" in kept["reason"]
    billed.run("lift", kept["suppressed"])
    assert [row for row in billed.json("silence") if "suppressed" in row] == []


def test_an_undone_offer_comes_again_when_it_is_lifted(billed: Home) -> None:
    """Taking a yes back is no no: `lift` with the number lets it be suggested again."""
    (made,) = billed.json("run", "--once")
    number = str(made["id"])
    billed.run("accept", number)
    billed.run("lift", number, code=1)
    billed.run("undo", number)
    assert billed.json("run", "--once") == []
    billed.run("lift", number)
    (again,) = billed.json("run", "--once")
    assert again["title"] == made["title"] and again["id"] != made["id"]


def test_show_prints_all_that_a_yes_does(billed: Home) -> None:
    """The payment text that a reminder will carry is a part of what is said yes to."""
    (made,) = billed.json("run", "--once")
    shown = billed.run("show", str(made["id"])).stdout
    assert made["action"]["copy_text"]
    for row in made["action"]["copy_text"].splitlines():
        assert f"| {row}" in shown


def test_a_snoozed_offer_is_told_from_an_open_one(billed: Home) -> None:
    """`offers` and `show` say when a snoozed offer comes back."""
    (made,) = billed.json("run", "--once")
    billed.run("snooze", str(made["id"]), "--for", "3d")
    assert "snoozed, comes back" in billed.run("offers").stdout
    assert "snoozed, comes back" in billed.run("show", str(made["id"])).stdout


def test_status_names_a_plugin_that_does_not_run(billed: Home) -> None:
    """A plugin that cannot be loaded is told without asking for it, with its reason."""
    folder = billed.root / ".data/samantha/plugins/torn"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text("name = 5\n", encoding="utf-8")
    told = billed.run("status").stdout
    assert "plugin torn" in told and "plugin bills" not in told


def test_check_tells_a_file_a_plain_folder_and_an_unknown_plugin(home: Home) -> None:
    """What is no folder, no Maildir and no plugin is told, each in a line, all at once."""
    home.configure(
        '[[sources]]\nname = "a"\npath = "{home}/file"\n'
        '[[sources]]\nname = "b"\nkind = "maildir"\npath = "{home}/Documents"\n'
        '[attention]\nmuted = ["bils"]\n'
    )
    (home.root / "file").write_text("", encoding="utf-8")
    told = home.run("config", "check", code=1).stderr
    assert "is a file, not a folder" in told and "mkdir" not in told
    assert "is no Maildir" in told and "did you mean 'bills'?" in told


def test_every_folder_of_the_state_is_private(home: Home) -> None:
    """Without a runtime directory the socket's folder and its parent are the user's alone too."""
    home.configure()
    home.more = {"XDG_RUNTIME_DIR": ""}
    home.run("offers")
    folders = [p for p in (home.root / ".state/samantha").rglob("*") if p.is_dir()]
    assert folders and not [p for p in folders if p.stat().st_mode & 0o077]


def test_a_paused_assistant_holds_and_says_why(billed: Home) -> None:
    """What comes up in a pause is held with its reason, and shown after it."""
    billed.run("pause", "2h")
    (made,) = billed.json("run", "--once")
    assert made["verdict"] == "hold" and made["reason"] == "paused"
    billed.run("resume")
    (shown,) = billed.json("run", "--once")
    assert shown["id"] == made["id"] and shown["verdict"] == "show"


def test_inspect_says_what_each_plugin_makes_of_a_file(billed: Home) -> None:
    """Every plugin either suggests or gives its reason, and quotes are exact spans."""
    (mail,) = (billed.root / "Mail/cur").iterdir()
    (seen,) = billed.json("inspect", str(mail))
    assert seen["document"]["kind"] == "invoice"
    text = mail.read_text()
    for signal in seen["signals"]:
        assert signal["end"] - signal["start"] == len(signal["quote"])
        assert " ".join(signal["quote"].split()) in " ".join(text.split())
    told = {row["plugin"] for row in seen["silent"]} | {s["plugin"] for s in seen["suggestions"]}
    assert told == {row["name"] for row in billed.json("plugins", "list")}
    later = billed.json("inspect", str(mail), "--now", "2036-01-01T09:00")
    assert later[0]["suggestions"] == []


def test_search_finds_and_says_where(billed: Home) -> None:
    """A word of a mail leads to it; strange input finds nothing and breaks nothing."""
    billed.run("run", "--once")
    (hit,) = billed.json("search", "Stadtwerke")
    assert hit["document"] == "<A-1001@stadtwerke-bach.example>"
    for strange in ('"', "a AND", "*", "NEAR(", "'; drop table documents"):
        billed.run("search", strange)


def test_what_cannot_be_read_is_listed_with_its_reason(home: Home) -> None:
    """A broken file is told in `sources`, and its neighbours are read."""
    home.configure()
    (home.root / "Documents/broken.pdf").write_bytes(b"%PDF-1.7 nothing of a PDF follows")
    home.write("fine.md", "# A fine note\n\nIt can be read.\n")
    home.run("run", "--once")
    row = next(r for r in home.json("sources") if r["name"] == "documents")
    assert row["read"] == 1 and [Path(u["path"]).name for u in row["unreadable"]] == ["broken.pdf"]
    assert row["unreadable"][0]["reason"]


def test_a_switched_off_plugin_says_nothing(billed: Home) -> None:
    """`plugins disable` acts, is listed with its reason, and `enable` takes it back."""
    billed.run("plugins", "disable", "bills")
    states = {r["name"]: r for r in billed.json("plugins", "list")}
    assert states["bills"]["state"] == "disabled" and "by you" in states["bills"]["reason"]
    assert billed.json("run", "--once") == []
    billed.run("plugins", "enable", "bills")
    assert "did you mean" in billed.run("plugins", "info", "bils", code=1).stderr.lower()


def test_a_forgotten_source_leaves_no_byte(billed: Home) -> None:
    """After `forget` no file of ours holds a word of what was read there."""
    billed.run("run", "--once")
    assert "still in the configuration" in billed.run("forget", "mail", code=1).stderr
    kept = billed.config.read_text().replace('name = "mail"\nkind = "maildir"', 'name = "post"')
    billed.config.write_text(kept.replace('/Mail"\n\n[att', '/Other"\n\n[att'))
    billed.run("forget", "mail")
    for path in billed.root.rglob("*"):
        if path.is_file() and "Mail" not in path.parts:
            assert b"Stadtwerke" not in path.read_bytes(), path


def test_a_damaged_index_is_built_anew_and_said(billed: Home) -> None:
    """Random bytes in index.db cost a rescan, not an offer and not a crash."""
    (made,) = billed.json("run", "--once")
    index = billed.state_db.with_name("index.db")
    data = bytearray(index.read_bytes())
    data[100:4096] = b"\xa5" * 3996
    index.write_bytes(bytes(data))
    billed.run("run", "--once")
    assert [o["id"] for o in billed.json("offers")] == [made["id"]]
    assert [row["document"] for row in billed.json("search", "Stadtwerke")]


def test_logs_hold_no_content(billed: Home) -> None:
    """Neither output nor errors of a run hold a word of a mail."""
    done = billed.run("run", "--once", "--json")
    assert "Stadtwerke" not in done.stderr
    assert json.loads(done.stdout.splitlines()[0])["title"]


def test_a_bill_that_was_paid_is_no_longer_offered(billed: Home) -> None:
    """A receipt with the bill's number takes back what waited for a yes."""
    assert billed.json("run", "--once")
    receipt = (
        "From: Stadtwerke Bach <rechnung@stadtwerke-bach.example>\n"
        "To: Anna Berg <anna@berg.example>\nSubject: Payment received\n"
        f"Date: {email.utils.format_datetime(datetime.now(UTC) + timedelta(minutes=1))}\n"
        "Message-ID: <paid@stadtwerke-bach.example>\n\n"
        "Dear Ms Berg,\n\nthank you: we have received your payment of EUR 42.50 for invoice "
        "A-1001. It is paid in full.\n\nStadtwerke Bach\n"
    )
    billed.write("2.paid:2,S", receipt, folder="Mail/cur")
    assert billed.json("run", "--once") == [] and billed.json("offers") == []
    told = [row["reason"] for row in billed.json("silence") if "verdict" in row]
    assert told == ["it is settled"]
