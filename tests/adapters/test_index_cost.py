"""What comes next costs index.db as little in a large mailbox as in a small one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samantha.adapters.index import SqliteIndex
from samantha.api.types import Document, DocumentId, Mail, Person
from samantha.core.ports import Stat

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA, CEM = Person("Anna", "anna@berg.example"), Person("Cem", "cem@abel.example")


def mail(number: int) -> Document:
    """One of many mails that come minutes apart, each about something else."""
    at = START + timedelta(minutes=number)
    name = f"<{number}@abel.example>"
    head = Mail(name, CEM, (ANNA,), subject=f"The plan {number}", date=at, folder="inbox")
    return Document(
        id=DocumentId(name), source="mail", path=f"/mail/cur/{number}", media="mail", format="eml",
        title=head.subject, text="Hello", fingerprint=str(number), size_bytes=5, modified=at,
        mail=head,
    )  # fmt: skip


def steps(index: SqliteIndex, work: Callable[[], object]) -> int:
    """Count, in tens, the steps that SQLite takes for some work."""
    counted = 0

    def step() -> int:
        nonlocal counted
        counted += 1
        return 0

    with index._database.read() as connection:
        connection.set_progress_handler(step, 10)
        try:
            work()
        finally:
            connection.set_progress_handler(None, 10)
    return counted


@pytest.mark.parametrize("what", ["put", "unasked"])
def test_the_next_mail_costs_as_much_after_many_as_after_few(tmp_path: Path, what: str) -> None:
    """Finding its thread and asking what is new look at no other mail of that time."""
    index = SqliteIndex(tmp_path / "index.db")
    costs = []
    for few, many in ((0, 100), (100, 1_600)):
        read = [mail(number) for number in range(few, many)]
        index.put([(one, Stat(1, 2, 3), None) for one in read])
        index.asked([one.id for one in read])
        new = mail(10_000 + many)
        put = steps(index, lambda new=new: index.put([(new, Stat(1, 2, 3), None)]))  # type: ignore[misc]
        asked = steps(index, lambda: index.unasked(10))
        assert [d.id for d in index.unasked(10)] == [new.id]
        index.asked([new.id])
        costs.append(put if what == "put" else asked)
    index.close()
    assert costs[1] < 2 * costs[0] + 10, costs
