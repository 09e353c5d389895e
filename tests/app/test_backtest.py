"""The past, replayed: what is printed, when it would have been said, and that nothing is left."""

from __future__ import annotations

import email.utils
import hashlib
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from homes import Home

from samantha.api.errors import UserError
from samantha.app.backtest import Options, Result, backtest, sweep
from samantha.app.backtest_report import by_kind, row_record, shown_a_day
from samantha.app.backtest_sources import kind_of_place, sections_of, user_of
from samantha.app.backtest_timeline import Arrival, span_of

START = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
ANNA = "Anna Berg <anna@berg.example>"


def mail(
    at: datetime,
    body: str,
    *,
    number: int,
    sender: str = "Stadtwerke Bach <rechnung@stadtwerke-bach.example>",
    to: str = ANNA,
    subject: str = "Hello",
    more: str = "",
) -> str:
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {email.utils.format_datetime(at)}\n"
        f"Message-ID: <{number}@mail.example>\n{more}"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}"
    )


def bill(at: datetime, number: int, due: datetime) -> str:
    body = (
        f"Dear Ms Berg,\n\nInvoice number: A-{number}\nTotal amount due: EUR {number}.50\n"
        f"Due date: {due.day} {due:%B %Y}\n\nPlease transfer the amount to IBAN "
        "DE89 3704 0044 0532 0130 00.\n\nKind regards,\nStadtwerke Bach\n"
    )
    return mail(at, body, number=number, subject=f"Your invoice A-{number}")


def deliver(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def box(root: Path, bills: int = 1) -> Path:
    """A Maildir with bills a week apart, each due ten days after it came."""
    for number in range(1, bills + 1):
        at = START + timedelta(days=7 * (number - 1))
        deliver(root, f"cur/{number}.host:2,S", bill(at, number, at + timedelta(days=10)))
    for place in ("cur", "new", "tmp"):
        (root / place).mkdir(exist_ok=True, parents=True)
    return root


def replay(*sources: Path, **more: object) -> Result:
    options = {
        "sources": sources,
        "identities": (ANNA,),
        "zone": "Europe/Vienna",
        "plugins": ("bills",),
        "model": False,
        **more,
    }
    return backtest(Options(**options), lambda what, done, total: None)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "xdg" / name.lower()))


def test_a_bill_is_suggested_at_the_time_at_which_it_came(tmp_path: Path) -> None:
    """The row has the simulated time, the exact quote in the mail, the action and the verdict."""
    result = replay(box(tmp_path / "Mail"))
    (row,) = result.rows
    record = row_record(row, result.config.zone(), {})
    assert record["time"] == "2025-03-03T10:30:00+01:00" and record["verdict"] == "show"
    assert record["plugin"] == "bills" and record["action"]["type"] == "remind"
    assert {e["document"] for e in record["evidence"]} == {"<1@mail.example>"}
    assert record["action"]["at"].startswith("2025-03-10") and record["later"] is None
    assert record["reason"] == "within budget, outside quiet hours"
    assert {"id", "kind", "title", "why", "files", "confidence", "reason", "expires"} <= set(record)


def test_the_budget_of_a_day_holds_in_the_past_too(tmp_path: Path) -> None:
    """Five bills on one day with a budget of two: two are shown then, two the next morning."""
    root = box(tmp_path / "Mail", 0)
    for number in range(1, 6):
        at = START + timedelta(minutes=10 * number)
        deliver(root, f"cur/{number}.host:2,S", bill(at, number, at + timedelta(days=10)))
    deliver(root, "cur/9.host:2,S", mail(START + timedelta(days=1, hours=6), "Hi.", number=9))
    result = replay(root, budget=2)
    days = [r.offer.shown_at.date().day if r.offer.shown_at else None for r in result.rows]
    assert days == [3, 3, 4, 4, None]
    assert shown_a_day(result.rows, result.counts.days, result.config.zone())[1] == 2
    morning = result.rows[2].offer.shown_at
    assert morning is not None and morning.hour == 6, "quiet hours end at seven in Vienna"


def test_what_was_there_before_the_period_is_known_but_not_waited_for(tmp_path: Path) -> None:
    """--from and --to: earlier mail is there from the start, later mail has not come yet."""
    root = box(tmp_path / "Mail", bills=8)
    start = START + timedelta(days=14, hours=-1)
    result = replay(root, start=start, end=START + timedelta(days=22))
    assert result.counts.mails == 4, "two were there, two came"
    assert [r.first.created.day for r in result.rows] == [17, 17, 17, 24]
    assert [r.first.created == start for r in result.rows] == [True, True, False, False]


def test_the_reason_is_that_of_the_verdict_also_after_the_end_of_an_offer(tmp_path: Path) -> None:
    """An offer that has expired since says why it was shown; its state tells the rest."""
    result = replay(box(tmp_path / "Mail", bills=4))
    states = [(str(row.offer.state), row.reason) for row in result.rows]
    assert states[0] == ("expired", "within budget, outside quiet hours")


def test_days_count_back_from_the_end(tmp_path: Path) -> None:
    """--days 10 of two months are the last ten days."""
    result = replay(box(tmp_path / "Mail", bills=8), days=10)
    assert (result.end - result.start) == timedelta(days=10)
    assert result.end == START + timedelta(days=49)


def test_what_the_user_did_later_is_told(tmp_path: Path) -> None:
    """An answer in the thread within a month counts as done, also when it came after the period."""
    root = box(tmp_path / "Mail")
    answer = mail(
        START + timedelta(days=3),
        "I have paid it today.\n",
        number=77,
        sender=ANNA,
        to="rechnung@stadtwerke-bach.example",
        subject="Re: Your invoice A-1",
        more="In-Reply-To: <1@mail.example>\nReferences: <1@mail.example>\n",
    )
    deliver(root, ".Sent/cur/77.host:2,S", answer)
    for place in ("new", "tmp"):
        (root / ".Sent" / place).mkdir()
    result = replay(root, end=START + timedelta(days=1))
    (row,) = result.rows
    assert row.later is not None and row.later.what == "answered"
    assert row.later.document == "<77@mail.example>"
    (counted,) = by_kind(result.rows)
    assert (counted.kind, counted.suggested, counted.shown, counted.done) == ("bills/bill", 1, 1, 1)
    assert counted.written == 0
    hidden = replay(root, now=START + timedelta(days=1))
    assert hidden.rows[0].later is None, "nothing after --now exists"


@pytest.mark.parametrize("kind", ["maildir", "mbox", "eml", "numbers"])
def test_every_kind_of_mail_store_replays_alike(tmp_path: Path, kind: str) -> None:
    """A Maildir, an mbox, a folder of .eml and one of numbers say the same of the same mails."""
    texts = [
        bill(at, number, at + timedelta(days=10))
        for number in (1, 2)
        if (at := START + timedelta(days=7 * number))
    ]
    if kind == "maildir":
        for number, text in enumerate(texts):
            deliver(tmp_path / "Mail", f"cur/{number}.host:2,S", text)
    elif kind == "mbox":
        lines = [f"From x@y.example Fri Jul  8 12:08:34 2011\n{text}\n" for text in texts]
        deliver(tmp_path, "Mail", "".join(lines))
    else:
        for number, text in enumerate(texts):
            deliver(tmp_path / "Mail", f"{number}.eml" if kind == "eml" else str(number), text)
    assert kind_of_place(tmp_path / "Mail") == ("eml" if kind == "numbers" else kind)
    rows = replay(tmp_path / "Mail").rows
    assert [(r.first.created.day, r.offer.title[:20]) for r in rows] == [
        (10, rows[0].offer.title[:20]),
        (17, rows[1].offer.title[:20]),
    ]


def test_in_an_export_the_users_own_mail_is_sent(tmp_path: Path) -> None:
    """One folder of all mails: a question of the user's waits there as it does in Sent."""
    asked = mail(
        START, "Hi Bert,\n\ndo you still have the key of the cellar?\n\nAnna\n", number=1,
        sender=ANNA, to="Bert Huber <bert@else.example>", subject="The key",
    )  # fmt: skip
    other = mail(START + timedelta(days=9), "Nice weather.\n", number=2)
    for number, text in enumerate((asked, other)):
        deliver(tmp_path / "Mail", f"{number}.eml", text)
    (row,) = replay(tmp_path / "Mail", plugins=("waiting",)).rows
    assert (row.offer.plugin, row.offer.kind) == ("waiting", "follow_up")


def test_files_come_at_their_time_of_modification(tmp_path: Path) -> None:
    """A bill in a folder is suggested when it was written."""
    text = bill(START, 4, START + timedelta(days=10)).partition("\n\n")[2]
    path = deliver(tmp_path / "Documents", "bill.txt", text.replace("Dear", "Stadtwerke\n\nDear"))
    other = deliver(tmp_path / "Documents", "notes.txt", "Buy milk.\n")
    os.utime(path, (START.timestamp(), START.timestamp()))
    os.utime(other, (START.timestamp() + 86_400, START.timestamp() + 86_400))
    result = replay(tmp_path / "Documents")
    assert result.counts.files == 2 and result.start == START
    assert [r.first.created for r in result.rows] in ([], [START])


def test_a_git_history_is_lived_through_commit_by_commit(tmp_path: Path) -> None:
    """Each commit's files are there at its date, moves are told, and the real path is printed."""
    work = tmp_path / "work"
    work.mkdir()
    invoice = bill(START, 5, START + timedelta(days=20)).partition("\n\n")[2]

    def git(*words: str, at: datetime = START) -> None:
        stamp = at.isoformat()
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *words],
            cwd=work,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "GIT_AUTHOR_DATE": stamp,
                "GIT_COMMITTER_DATE": stamp,
            },
            check=True,
            capture_output=True,
        )

    git("init", "-q")
    deliver(work, "a.txt", f"Stadtwerke Bach GmbH\n\n{invoice}")
    deliver(work, ".env", "SECRET=1\n")
    git("add", "-A")
    git("commit", "-qm", "one")
    (work / "filed").mkdir()
    git("mv", "a.txt", "filed/a.txt")
    git("commit", "-qm", "two", at=START + timedelta(days=2))
    (work / "b.txt").write_text("Notes.\n")
    git("add", "-A")
    git("commit", "-qm", "three", at=START + timedelta(days=4))
    before = sorted(p for p in work.rglob("*") if ".git" not in p.parts)
    result = replay(git=(work,))
    assert (result.start, result.end) == (START, START + timedelta(days=4))
    assert result.counts.files == 2, "the secret is not read, the moved file not again"
    for row in result.rows:
        record = row_record(row, result.config.zone(), result.folders)
        assert all(e["document"].startswith(str(work)) for e in record["evidence"])
        assert row.later is not None and row.later.what == "moved"
    assert sorted(p for p in work.rglob("*") if ".git" not in p.parts) == before


def test_nothing_is_left_and_nothing_is_touched(tmp_path: Path, home: Home) -> None:
    """Neither configuration nor state is needed or made, and the sources keep every byte."""
    root = box(tmp_path / "Mail", bills=3)
    files = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()}
    home.more["TMPDIR"] = str(tmp_path / "tmp")
    (tmp_path / "tmp").mkdir()
    rows = home.json(
        "backtest", "--source", str(root), "--identity", ANNA, "--plugin", "bills", "--no-model"
    )
    assert len(rows) == 3 and rows[0]["evidence"][0]["document"] == "<1@mail.example>"
    after = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()}
    assert after == files and list((tmp_path / "tmp").iterdir()) == []
    assert not home.state_db.exists() and not home.config.exists()


def test_the_command_prints_rows_a_table_and_a_closing_line(tmp_path: Path, home: Home) -> None:
    """Without --json: each suggestion with its quotes, the kinds, and how much was said."""
    root = box(tmp_path / "Mail", bills=2)
    told = home.run(
        "backtest", "--source", str(root), "--identity", ANNA, "--plugin", "bills", "--no-model"
    ).stdout
    assert "then done by you" in told and "bills/bill" in told
    assert "2 mails and 0 files in" in told and "for 1,000 mails" in told
    assert "“Total amount due: EUR 1.50”" in told or "EUR 1.50" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "no source is given, and none is configured"),
        (("--source", "/nowhere"), "There is no folder /nowhere"),
        (("--source", "{root}", "--from", "soon"), "--from: 'soon' is not a day"),
        (("--source", "{root}", "--plugin", "bils"), "Did you mean 'bills'?"),
        (("--source", "{root}", "--from", "2026-01-01", "--to", "2025-01-01"), "ends before"),
        (("--git", "{root}"), "cannot be read"),
    ],
    ids=["nothing", "absent", "date", "plugin", "period", "git"],
)
def test_a_slip_is_told_with_what_to_type(
    tmp_path: Path, home: Home, words: tuple[str, ...], told: str
) -> None:
    """Each error says what happened, and how it is done."""
    root = str(box(tmp_path / "Mail"))
    error = home.run("backtest", *(w.replace("{root}", root) for w in words), code=1).stderr
    assert told in error and "Type: " in error


def test_who_sent_the_sent_mail_is_taken_for_the_user(tmp_path: Path) -> None:
    """Without --identity the address in the sent folder is the user's, and that is said."""
    root = box(tmp_path / "Mail")
    deliver(
        root, ".Sent/cur/5.host:2,S", mail(START, "Hi.", number=5, sender=ANNA, to="p@q.example")
    )
    for place in ("new", "tmp"):
        (root / ".Sent" / place).mkdir()
    result = replay(root, identities=())
    assert result.config.user.addresses == ("anna@berg.example",)
    assert any("Anna Berg <anna@berg.example>" in note for note in result.notes)


def test_stragglers_do_not_stretch_the_past() -> None:
    """A mail of 1979 and one of 2031 make no fifty years of the one that a mailbox holds."""
    year = [START + timedelta(days=n) for n in range(300)]
    far = [datetime(1979, 12, 31, tzinfo=UTC), *year, datetime(2031, 1, 1, tzinfo=UTC)]
    arrivals = [Arrival(at, str(at), lambda: ()) for at in far]
    assert span_of(arrivals) == (year[0], year[-1])
    assert span_of([Arrival(None, "x", lambda: ())]) is None
    few = [Arrival(at, str(at), lambda: ()) for at in (far[0], year[0])]
    assert span_of(few) == (far[0], year[0]), "of two mails neither is a straggler"


def test_identities_are_names_addresses_or_both() -> None:
    """What is written before an address is a name; either may stand alone."""
    user = user_of(("Anna Berg <Anna@Berg.example>", "a@b.example", "Annie"), "")
    assert user.names == ("Anna Berg", "Annie")
    assert user.addresses == ("anna@berg.example", "a@b.example")


@pytest.mark.parametrize("words", ["", "<>", "Anna <anna list@berg.example>"])
def test_an_identity_that_is_none_is_told(words: str) -> None:
    """Words that hold neither a name nor an address that could be one are refused with a reason."""
    with pytest.raises(UserError, match="names nobody"):
        user_of((words,), "")


def test_sources_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Two folders called alike are two sources."""
    for folder in ("a/Mail box", "b/Mail box"):
        deliver(tmp_path, f"{folder}/x.txt", "x")
    sections = sections_of([tmp_path / "a/Mail box", tmp_path / "b/Mail box"])
    assert [s.name for s in sections] == ["Mail-box", "Mail-box-2"]


def test_what_a_killed_run_left_is_swept_away(tmp_path: Path) -> None:
    """Folders of runs that are no more go at the next one; those that run, and others', stay."""
    dead, alive = (f"samantha-backtest-{n}-x" for n in (2**22 + 1, os.getpid()))
    for name in (dead, alive, "samantha-other"):
        deliver(tmp_path, f"{name}/state/index.db", "words")
    (tmp_path / "samantha-backtest-4194306-link").symlink_to(tmp_path / "samantha-other")
    sweep(tmp_path)
    left = {p.name for p in tmp_path.iterdir() if p.name.startswith("samantha-")}
    assert left == {alive, "samantha-other", "samantha-backtest-4194306-link"}


def test_without_a_source_the_configured_ones_are_replayed(tmp_path: Path, home: Home) -> None:
    """What the configuration names is read, with its user and zone; state and index stay away."""
    home.configure()
    home.deliver("1.host", bill(START, 6, START + timedelta(days=10)))
    (row,) = home.json("backtest", "--plugin", "bills")
    assert row["time"] == "2025-03-03T10:30:00+01:00" and row["verdict"] == "show"
    assert not home.state_db.exists()
