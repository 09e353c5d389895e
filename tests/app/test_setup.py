"""`samantha setup`, typed at a real terminal: from no configuration to answers that count."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from homes import Home, bill
from terminals import Terminal

from samantha.adapters.store import Store
from samantha.app.config import parse
from samantha.app.learning import Answer, answers, keep_answer
from samantha.app.setup import Newcomer, first_text


def with_mail(home: Home, count: int = 3) -> None:
    for number in range(count):
        text = bill("31 December 2099", f"A-{number}", f"EUR {number + 1}0.00")
        home.write(f"{number}.bill:2,S", text, folder="Mail/cur")


def kept(home: Home) -> list[tuple[str, bool]]:
    state = Store(home.state_db)
    try:
        return [(one.thing, one.wanted) for one in answers(state)]
    finally:
        state.close()


def test_a_newcomer_is_led_to_answers_that_learning_begins_with(home: Home) -> None:
    """Without a configuration four questions make one; three marks are three answers; asked again
    nothing is asked twice; and an interruption loses nothing."""
    (home.root / "Documents").mkdir()
    (home.root / "Mail/new").mkdir(parents=True)
    with_mail(home)
    typed = Terminal(home, "setup", "--no-model")
    typed.until("as you sign", "Anna Berg\r")
    typed.until("mail addresses", "anna@berg.example\r")
    typed.until("with your documents", "\r")
    typed.until("Maildir", "~/Mail\r")
    typed.until("1 of 3")
    typed.until("Wanted?", "y")
    typed.until("2 of 3")
    typed.until("Wanted?", "\x03")
    typed.until("Answers kept: 1")
    assert typed.ended() == 0 and [wanted for _, wanted in kept(home)] == [True]
    again = Terminal(home, "setup", "--no-model")
    again.until("1 of 2")
    again.until("Wanted?", "xn")
    again.until("2 of 2")
    again.until("Wanted?", "s")
    again.until("1 not")
    assert again.ended() == 0
    said = kept(home)
    assert [wanted for _, wanted in said] == [True, False] and len({t for t, _ in said}) == 2
    assert "you wanted 1 of 2" in home.run("learn", "show").stdout
    assert any("in the setup" in row.get("reason", "") for row in home.json("silence"))
    offered = {offer["title"] for offer in home.json("run", "--once") if offer["verdict"] != "drop"}
    assert len(offered) == 2


def test_where_nobody_can_be_asked_it_tells_and_keeps_nothing(home: Home) -> None:
    """In a pipe it lists, with --json one suggestion a line; without a configuration it says what
    to type and writes none."""
    assert "samantha config init" in home.run("setup", code=1).stderr
    assert not home.config.exists()
    home.configure()
    with_mail(home, 2)
    told = home.run("setup", "--no-model").stdout
    assert "2 suggestions" in told and "On a terminal" in told
    rows = [
        json.loads(row) for row in home.run("setup", "--json", "--no-model").stdout.splitlines()
    ]
    assert len(rows) == 2 and {row["plugin"] for row in rows} == {"bills"}
    assert kept(home) == []


def test_what_a_newcomer_says_is_a_valid_configuration(tmp_path: Path) -> None:
    """Quotes, backslashes and umlauts are values; nothing said is the first configuration."""
    said = Newcomer('Anna "Änn" \\ Berg', ("anna@berg.example",), f"{tmp_path}/My Documents")
    config = parse(first_text(said))
    assert config.user.names == ('Anna "Änn" \\ Berg',)
    assert [str(s.path) for s in config.sources] == [f"{tmp_path}/My Documents"]
    both = parse(first_text(replace(said, maildir=f"{tmp_path}/Mail")))
    assert [s.kind for s in both.sources] == ["files", "maildir"]
    assert parse(first_text(Newcomer())).user.names == ()


def test_thresholds_start_from_the_marks_until_a_reset_or_the_users_own_word(home: Home) -> None:
    """Twenty bills were not wanted: one that is as sure is dropped, with the key that lets
    the marks go. A threshold in config.toml stands above them, and a reset takes them back."""
    home.configure()
    home.write("1.bill:2,S", bill("31 December 2099"), folder="Mail/cur")
    (sure,) = {row["confidence"] for row in home.json("setup", "--no-model")}
    state = Store(home.state_db)
    for number in range(20):
        one = Answer("bills", "bill", f"t{number}", (), sure, False, datetime.now(UTC).isoformat())
        keep_answer(state, one)
    state.close()
    (moved,) = [row for row in home.json("learn", "show") if "threshold" in row]
    assert moved["kind"] == "bills/bill" and moved["threshold"] > sure and moved["marked"] == 20
    assert "in the setup you wanted 0 of 20" in home.run("learn", "show").stdout
    (dropped,) = home.json("run", "--once")
    assert dropped["verdict"] == "drop" and "after your marks in the setup" in dropped["reason"]
    assert "samantha learn reset bills/bill" in home.run("silence").stdout
    before = home.config.read_text()
    home.config.write_text(before.replace("[attention]", "[attention]\nthreshold = 0.5"))
    assert "do not move it" in home.run("learn", "show").stdout
    home.config.write_text(before)
    home.run("learn", "reset", "bills/bill")
    assert not [row for row in home.json("learn", "show") if "threshold" in row]
    home.write("2.bill:2,S", bill("30 December 2099", "B-2"), folder="Mail/cur")
    assert "drop" not in {row["verdict"] for row in home.json("run", "--once")}
