"""index.db: what was read is found by path, words, meaning, thread and person, and forgotten."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samantha.adapters.index import SqliteIndex
from samantha.adapters.index_recent import Recent
from samantha.api.types import (
    Analysis,
    Attachment,
    Document,
    DocumentId,
    Kind,
    Mail,
    Person,
    Region,
    Signal,
)
from samantha.core.ports import Stat

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAT = Stat(10, 20, 30)
ME, ANNA, BERT = (Person(n, f"{n.lower()}@example.org") for n in ("Me", "Anna", "Bert"))


def vector(seed: int) -> bytes:
    values = np.random.default_rng(seed).standard_normal(384).astype("<f4")
    return (values / np.linalg.norm(values)).astype("<f4").tobytes()


def file(path: str = "/home/a.txt", text: str = "A letter about bees", **more: object) -> Document:
    document = Document(
        id=DocumentId(path), source="home", path=path, media="file", format="txt", title="A",
        text=text, fingerprint=f"fp of {text}", size_bytes=len(text), modified=NOW,
        analysis=Analysis(Kind.LETTER, author="user"),
    )  # fmt: skip
    return replace(document, **more)


def mail(
    name: str, *, folder: str = "inbox", days: int = 0, text: str = "Hello", **header: object
) -> Document:
    fields = {"sender": ANNA, "to": (ME,), "subject": name, **header}
    head = Mail(f"<{name}@x>", date=NOW + timedelta(days=days), folder=folder, **fields)
    return file(
        f"/mail/{folder}/cur/{name}", text, id=DocumentId(head.message_id), media="mail",
        source="mail", format="eml", title=head.subject, mail=head,
        analysis=Analysis(Kind.MAIL),
    )  # fmt: skip


def ids(documents: object) -> list[str]:
    return [d.id for d in documents]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "index.db"


@pytest.fixture
def index(path: Path) -> Iterator[SqliteIndex]:
    opened = SqliteIndex(path, now=lambda: NOW)
    yield opened
    opened.close()


def put(index: SqliteIndex, *documents: Document) -> None:
    index.put([(d, STAT, None) for d in documents])


def test_document_comes_back_as_it_went_in(index: SqliteIndex) -> None:
    """Every field of a document survives, odd file names and numbers included."""
    document = mail(
        "full", cc=(BERT,), reply_to=(BERT,), in_reply_to="<a@x>", references=("<a@x>", "<b@x>"),
        list_id="<l>", list_unsubscribe=True, automatic=True,
        attachments=(Attachment("x.pdf", "application/pdf", 12),),
    )  # fmt: skip
    signal = Signal("amount", {"amount": "12.50", "currency": "EUR"}, "Hello", 0, 5, 0.9)
    document = replace(
        document,
        path="/mail/inbox/cur/\udcff:2,S",
        mail=replace(document.mail, seen=True, answered=False),
        regions=(Region("body", 0, 5), Region("attachment", 5, 5, "x.pdf")),
        meta={"author": "A"},
        words=1,
        analysis=Analysis(Kind.INVOICE, 0.5, "other", "r", True, "f", "de", (signal,)),
    )
    stat = Stat(1 << 40, 1 << 60, (1 << 64) - 1)
    index.put([(document, stat, vector(1))])
    assert index.document(document.id) == document
    assert index.by_fingerprint(document.fingerprint) == [document]
    assert index.known("mail") == {document.path: stat}
    assert index.vector(document.id) == vector(1)
    assert index.document(DocumentId("/no")) is None
    assert index.vector(DocumentId("/no")) is None


def test_undecodable_names_are_ids_too(index: SqliteIndex) -> None:
    """A file whose name is not UTF-8 is stored, found, moved and forgotten like any other."""
    old, new = "/home/\udcff.txt", "/home/\udcfe.txt"
    put(index, file(old))
    assert index.document(DocumentId(old)).path == old
    assert index.moved("home", old, new, STAT)
    assert ids(index.documents()) == [new]
    assert index.forget_paths("home", [new]) == [new]


def test_lone_surrogates_keep_offsets(index: SqliteIndex) -> None:
    """Text that UTF-8 cannot hold is stored with one sign for each bad one."""
    put(index, file(text="ab\ud800cd ü", fingerprint="f"))
    assert index.document(DocumentId("/home/a.txt")).text == "ab\ufffdcd ü"


def test_replacing_leaves_nothing_of_the_old(index: SqliteIndex) -> None:
    """A changed file is found by its new words and vector only."""
    signal = Signal("date", "2026-01-01", "A", 0, 1, 0.9)
    old = file(text="wasps", analysis=Analysis(Kind.POEM, signals=(signal,)))
    index.put([(old, STAT, vector(1))])
    index.put([(file(text="bees"), Stat(1, 2, 3), None)])
    assert index.search("wasps") == []
    assert [h.document for h in index.search("bees")] == ["/home/a.txt"]
    assert index.vector(old.id) is None
    assert index.documents(signal="date") == []
    assert index.known("home") == {"/home/a.txt": Stat(1, 2, 3)}


def test_documents_are_filtered_and_newest_first(index: SqliteIndex) -> None:
    """Every filter holds, alone and together."""
    signal = Signal("due_date", "2026-01-01", "H", 0, 1, 0.9)
    a = file("/home/a", modified=NOW - timedelta(days=2))
    b = file("/home/b", source="other", analysis=Analysis(Kind.POEM, author="other"))
    c = mail("c", days=3)
    d = replace(mail("d", days=1), analysis=Analysis(Kind.INVOICE, signals=(signal,)))
    put(index, a, b, c, d)
    assert ids(index.documents()) == [c.id, d.id, b.id, a.id]
    assert ids(index.documents([Kind.LETTER, Kind.POEM])) == [b.id, a.id]
    assert ids(index.documents(author="user")) == [a.id]
    assert ids(index.documents(media="mail")) == [c.id, d.id]
    assert ids(index.documents(signal="due_date")) == [d.id]
    assert ids(index.documents(since=NOW)) == [c.id, d.id, b.id]
    assert ids(index.documents(sources=["home", "other"])) == [b.id, a.id]
    assert ids(index.documents([Kind.MAIL], media="mail", since=NOW, sources=["mail"])) == [c.id]


def test_mail_in_two_folders_is_one_document(index: SqliteIndex) -> None:
    """The same Message-ID in two folders is one document until the last copy is gone."""
    first = mail("m")
    second = replace(mail("m", folder="archive"), fingerprint=first.fingerprint)
    put(index, first, second)
    assert len(index.documents()) == 1
    assert set(index.known("mail")) == {first.path, second.path}
    assert index.forget_paths("mail", [first.path]) == []
    left = index.document(first.id)
    assert (left.path, left.mail.folder) == (second.path, "archive")
    assert index.known("mail") == {second.path: STAT}
    assert index.forget_paths("mail", [second.path]) == [first.id]
    assert index.document(first.id) is None


def test_borrowed_message_id_does_not_replace_a_mail(index: SqliteIndex) -> None:
    """A second mail under the Message-ID of a stored one does not take its place."""
    sent = mail("m", folder="sent", sender=ME, to=(ANNA,), text="true")
    forged = mail("m", folder="inbox", sender=BERT, to=(BERT,), text="forged")
    for order in ([sent, forged], [forged, sent]):
        put(index, *order)
        assert index.document(sent.id).text == "true"
        assert not index.written_to(BERT.address)
        index.forget_paths("mail", [sent.path, forged.path])
    put(index, sent, forged)
    index.forget_paths("mail", [sent.path])
    assert not index.written_to(BERT.address)
    assert index.known("mail")[forged.path] != STAT, "the copy is to be read anew"


def test_moved_file_keeps_its_document(index: SqliteIndex) -> None:
    """A renamed file keeps text and vector under its new id; what lay there is gone."""
    index.put([(file("/home/a", "bees"), STAT, vector(1))])
    put(index, file("/home/b", "wasps"))
    assert index.moved("home", "/home/a", "/home/b", Stat(1, 2, 3))
    assert ids(index.documents()) == ["/home/b"]
    assert index.document(DocumentId("/home/b")).path == "/home/b"
    assert index.vector(DocumentId("/home/b")) == vector(1)
    assert index.search("wasps") == []
    assert [h.document for h in index.search("bees")] == ["/home/b"]
    assert index.known("home") == {"/home/b": Stat(1, 2, 3)}
    assert not index.moved("home", "/home/a", "/home/c", STAT)


def test_moved_mail_keeps_its_id_within_a_folder(index: SqliteIndex) -> None:
    """New flags rename a mail's file only; another folder has to be read for its role."""
    put(index, mail("m"))
    assert index.moved("mail", "/mail/inbox/cur/m", "/mail/inbox/cur/m:2,S", STAT)
    assert index.document(DocumentId("<m@x>")).path == "/mail/inbox/cur/m:2,S"
    assert not index.moved("mail", "/mail/inbox/cur/m:2,S", "/mail/trash/cur/m:2,S", STAT)
    assert index.known("mail") == {}


def test_quarantine(index: SqliteIndex) -> None:
    """What cannot be read is remembered with its reason until it can be or is gone."""
    put(index, file("/home/a"))
    index.quarantine("home", "/home/a", STAT, "too deep", 2)
    index.quarantine("mail", "/mail/\udcff", Stat(7, 8, 9), "too large", 1)
    assert index.documents() == []
    (first,) = index.quarantined("home")
    assert (first.path, first.reason, first.tries, first.at) == ("/home/a", "too deep", 2, NOW)
    assert len(index.quarantined()) == 2
    assert index.known("mail") == {"/mail/\udcff": Stat(7, 8, 9)}
    assert index.counts() == {"home/quarantined": 1, "mail/quarantined": 1}
    put(index, file("/home/a"))
    assert index.quarantined("home") == []
    assert index.forget_paths("mail", ["/mail/\udcff"]) == []
    assert index.quarantined() == []
    assert index.counts() == {"home/read": 1, "kind/letter": 1}


def test_threads_by_reference_in_any_order(index: SqliteIndex) -> None:
    """Mails that name each other form a thread in whatever order they are read."""
    a = mail("a")
    b = mail("b", days=1, in_reply_to="<a@x>")
    c = mail("c", days=2, references=("<a@x>", "<b@x>"))
    d = mail("d", days=3, references=("<c@x>",))
    other = mail("other", days=1)
    mails = [a, b, c, d, other]
    for seed in range(8):
        random.Random(seed).shuffle(mails)
        put(index, *mails)
        assert ids(index.thread(b.id)) == [a.id, b.id, c.id, d.id]
        assert ids(index.thread(other.id)) == [other.id]
        index.forget_paths("mail", [m.path for m in mails])
    assert index.thread(DocumentId("/home/none")) == []


def test_missing_mail_still_ties_its_answers(index: SqliteIndex) -> None:
    """Two answers to a mail that was never seen are one thread."""
    put(index, mail("b", in_reply_to="<gone@x>"), mail("c", days=1, in_reply_to="<gone@x>"))
    assert ids(index.thread(DocumentId("<c@x>"))) == ["<b@x>", "<c@x>"]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("fields", "together"),
    [
        ({"subject": "Re: Plan"}, True),
        ({"subject": "AW: RE:  plan"}, True),
        ({"subject": "Plan"}, False),
        ({"subject": "Re: Plans"}, False),
        ({"subject": "Re: Plan", "sender": BERT}, False),
        ({"subject": "Re: Plan", "to": (BERT,)}, False),
        ({"subject": "Re: Plan", "days": 200}, False),
        ({"subject": "Re: Plan", "in_reply_to": "<q@x>"}, False),
    ],
)
def test_threads_by_subject(
    index: SqliteIndex, fields: dict[str, object], together: bool, turned: bool
) -> None:
    """Only a reply that names no mail, between the same people, joins by its subject."""
    first = mail("first", subject="Plan")
    answer = mail("answer", **{"sender": ME, "to": (ANNA,), "days": 1, **fields})
    put(index, *([answer, first] if turned else [first, answer]))
    assert len(index.thread(answer.id)) == (2 if together else 1)


def test_people(index: SqliteIndex) -> None:
    """Mails are found by who wrote or got them; only a sent one says that the user wrote."""
    put(
        index,
        mail("in", to=(ME,), cc=(BERT,), reply_to=(Person("", "evil@example.net"),)),
        mail("out", folder="sent", sender=ME, to=(ANNA,), days=1),
    )
    assert ids(index.mails_with("ANNA@example.org")) == ["<out@x>", "<in@x>"]
    assert ids(index.mails_with("bert@example.org")) == ["<in@x>"]
    assert index.mails_with("evil@example.net") == []
    assert index.written_to("Anna@Example.org")
    assert not index.written_to("bert@example.org")
    assert not index.written_to("evil@example.net")


def test_search_finds_words_names_and_phrases(index: SqliteIndex) -> None:
    """Words are found without accents and case, phrases in order, people by address."""
    put(index, file("/home/a", "Die Bienen fliegen über Zürich"), mail("m", text="bees fly"))
    (hit,) = index.search("ZURICH bienen")
    assert (hit.document, hit.title, hit.kind) == ("/home/a", "A", Kind.LETTER)
    assert "Bienen" in hit.snippet
    assert index.search('"fliegen bienen"') == []
    assert len(index.search('"bienen fliegen"')) == 1
    assert [h.document for h in index.search("anna@example.org")] == ["<m@x>"]
    assert [h.document for h in index.search("bees nosuchword")] == ["<m@x>"]
    assert index.search("bees", limit=0) == []


@given(st.text(max_size=60) | st.text("\"*()^:-+{}NEAR ORANDT\0\ud800'", max_size=40))
@settings(max_examples=300, deadline=None)
def test_search_never_raises(searched: SqliteIndex, words: str) -> None:
    """No input of any kind is an error."""
    assert len(searched.search(words)) <= 20


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteIndex]:
    index = SqliteIndex(tmp_path_factory.mktemp("s") / "data" / "index.db")
    put(index, file("/home/a", "and or not near text"), file("/home/b", "more text"))
    yield index
    index.close()


def test_nearest_is_exact(index: SqliteIndex) -> None:
    """The nearest vectors are those that a plain computation gives, best first."""
    rows = [(file(f"/home/{i}", f"t{i}"), STAT, vector(i)) for i in range(200)]
    rows.append((file("/home/zero", "zero"), STAT, bytes(1536)))
    rows.append((file("/home/none", "none"), STAT, None))
    index.put(rows)
    wanted = np.frombuffer(vector(999), "<f4")
    expected = sorted(
        ((float(np.frombuffer(v, "<f4") @ wanted), d.id) for d, _, v in rows[:200]), reverse=True
    )
    found = index.nearest(vector(999), 10)
    assert [i for i, _ in found] == [i for _, i in expected[:10]]
    assert [s for _, s in found] == pytest.approx([s for s, _ in expected[:10]], abs=1e-5)
    assert index.nearest(vector(7), 1)[0] == ("/home/7", pytest.approx(1.0, abs=1e-5))
    assert index.nearest(bytes(1536), 5) == []
    assert index.nearest(b"short", 5) == []
    assert len(index.nearest(vector(1), 1000)) == 201
    index.forget_paths("home", ["/home/7"])
    assert "/home/7" not in [i for i, _ in index.nearest(vector(7), 1000)]


def test_wrong_vector_is_refused_whole(index: SqliteIndex) -> None:
    """A batch with a vector of the wrong size stores nothing."""
    with pytest.raises(ValueError, match="1536"):
        index.put([(file("/home/a"), STAT, None), (file("/home/b"), STAT, b"short")])
    assert index.documents() == []


def test_threads_of_a_program_share_it(index: SqliteIndex) -> None:
    """Readers and writers in several threads do not disturb each other."""

    def work(number: int) -> int:
        for i in range(20):
            put(index, file(f"/home/{number}/{i}", "bees"))
            assert index.search("bees")
        return len(index.known("home"))

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(work, range(4), timeout=60)) == 80
    assert len(index.documents()) == 80


def test_another_process_reads_along(index: SqliteIndex, path: Path) -> None:
    """A second connection sees what was put, and the first one notices its writing."""
    put(index, file())
    before = index.data_version()
    other = SqliteIndex(path)
    assert ids(other.documents()) == ["/home/a.txt"]
    put(other, file("/home/b.txt"))
    other.close()
    assert index.data_version() != before
    assert len(index.documents()) == 2


def test_ten_thousand_documents(index: SqliteIndex) -> None:
    """Ten thousand documents all go in and all are found."""
    rng = random.Random(1)
    words = [f"w{i:04}" for i in range(5000)]
    rows = [
        (file(f"/home/{i % 50}/{i}", " ".join(rng.choices(words, k=60))), Stat(1, 2, i), None)
        for i in range(10_000)
    ]
    for at in range(0, len(rows), 1000):
        index.put(rows[at : at + 1000])
    hits = [index.search(word) for word in words[:100]]
    assert len(index.known("home")) == 10_000
    assert all(hits)
    assert all(w in index.document(h[0].document).text for w, h in zip(words, hits, strict=False))


def test_names_are_bytes_on_disk(index: SqliteIndex) -> None:
    """A path is stored as the bytes it has on disk."""
    put(index, file("/home/\udcff"))
    with index._database.read() as connection:
        assert connection.execute("SELECT path FROM paths").fetchone() == (
            os.fsencode("/home/\udcff"),
        )


def test_what_no_plugin_was_asked_about_is_remembered(path: Path) -> None:
    """A document waits to be asked about, over a kill, until it was; a new version waits again."""
    first = SqliteIndex(path, now=lambda: NOW)
    put(first, file("/home/a.txt", "one"), file("/home/b.txt", "two"), mail("m"))
    assert len(first.unasked(2)) == 2
    first.close()
    second = SqliteIndex(path, now=lambda: NOW)
    assert {d.id for d in second.unasked(10)} == {"/home/a.txt", "/home/b.txt", "<m@x>"}
    second.asked([DocumentId("/home/a.txt"), DocumentId("<m@x>"), DocumentId("/unknown")])
    assert ids(second.unasked(10)) == ["/home/b.txt"]
    put(second, file("/home/a.txt", "one, revised"))
    assert set(ids(second.unasked(10))) == {"/home/a.txt", "/home/b.txt"}
    second.forget_paths("home", ["/home/b.txt"])
    assert ids(second.unasked(10)) == ["/home/a.txt"]
    second.close()


def test_one_path_can_be_asked_for(index: SqliteIndex) -> None:
    """The stat of a path that was read, or set aside, is known without listing the source."""
    put(index, file())
    index.quarantine("home", "/home/broken\udcff.pdf", Stat(1, 2, 1 << 63), "broken", 1)
    assert index.stat("home", "/home/a.txt") == STAT
    assert index.stat("home", "/home/broken\udcff.pdf") == Stat(1, 2, 1 << 63)
    assert index.stat("mail", "/home/a.txt") is None


# --- documents that were read a moment ago ----------------------------------------------------


def test_a_document_that_changed_is_never_told_as_it_was(path: Path) -> None:
    """Whoever changes or removes it, this connection or another, the next answer is the new one."""
    index, other = SqliteIndex(path, now=lambda: NOW), SqliteIndex(path, now=lambda: NOW)
    first = file("/home/a.txt", "one")
    index.put([(first, Stat(3, 1, 1), None)])
    assert [d.text for d in index.documents()] == ["one"]
    index.put([(replace(first, text="two"), Stat(3, 2, 1), None)])
    assert [d.text for d in index.documents()] == ["two"]
    other.put([(replace(first, text="three"), Stat(5, 3, 1), None)])
    assert [d.text for d in index.documents()] == ["three"]
    assert index.moved(first.source, first.path, "/home/anna/two.txt", Stat(5, 3, 1))
    assert [d.path for d in index.documents()] == ["/home/anna/two.txt"]
    index.forget_paths(first.source, ["/home/anna/two.txt"])
    assert list(index.documents()) == []
    index.close()
    other.close()


def test_what_was_taken_back_with_a_transaction_is_not_remembered(path: Path) -> None:
    """A document that was read while a write was under way, which then failed, is read anew."""
    index = SqliteIndex(path, now=lambda: NOW)
    first = file("/home/a.txt", "one")
    index.put([(first, Stat(3, 1, 1), None)])
    with pytest.raises(KeyError), index.together():
        index.put([(replace(first, text="two"), Stat(3, 2, 1), None)])
        assert [d.text for d in index.documents()] == ["two"]
        raise KeyError("anything")
    assert [d.text for d in index.documents()] == ["one"]
    index.close()


def test_more_than_is_kept_is_told_all_the_same(path: Path) -> None:
    """The documents that are remembered are bounded; the answer is not."""
    index = SqliteIndex(path, now=lambda: NOW)
    index.put([(file(f"/home/{n}.txt", f"text {n}"), Stat(3, 1, n), None) for n in range(9)])
    with sqlite3.connect(path) as connection:
        recent = Recent(connection, kept=10)
        rows = [n for (n,) in connection.execute("SELECT n FROM documents ORDER BY n")]
        assert list(recent.documents([])) == []
        told = [[d.text for d in recent.documents([*rows, 99])] for _ in range(2)]
    assert told == [[f"text {n}" for n in range(9)]] * 2
    index.close()
