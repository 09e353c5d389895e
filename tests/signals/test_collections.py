"""Bodies of finished work: what belongs, what is a version, what stays out and why."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from samantha.api.testing import document
from samantha.api.types import Collection, Document, DocumentId, Identity, Kind
from samantha.signals.analyze import analyze
from samantha.signals.collections import collections

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ME = Identity(("Nora Quist", "Nora"), ("nora@quist.example",))
THINGS = [
    "boat",
    "parcel",
    "kettle",
    "roof",
    "lamp",
    "garden",
    "ferry",
    "piano",
    "winter",
    "harbour",
    "orchard",
    "stove",
    "ladder",
    "window",
    "market",
    "lantern",
    "bicycle",
    "chapel",
    "river",
    "cellar",
]
DOINGS = [
    "carried",
    "mended",
    "forgot",
    "painted",
    "borrowed",
    "watched",
    "sold",
    "counted",
    "hid",
    "opened",
    "dreamt",
    "of",
    "laughed",
    "at",
    "wrote",
    "about",
    "gave",
    "away",
    "missed",
]


def prose(number: int, sentences: int = 9) -> str:
    """Return text that differs from every other number's."""
    chance = random.Random(number)
    return " ".join(
        f"I {chance.choice(DOINGS)} the {chance.choice(THINGS)} and you {chance.choice(DOINGS)} "
        f"my {chance.choice(THINGS)}, {chance.choice(THINGS)} by {chance.choice(THINGS)}."
        for _ in range(sentences)
    )


def letter(number: int, to: str = "Tobias", signed: str = "Nora") -> str:
    end = f"With love,\n{signed}" if signed else ""
    return f"Dear {to},\n\n{prose(number)}\n\n{end}".strip()


def file(path: str, text: str, days: int = 60, form: str = "") -> Document:
    made = document(path, text, modified=NOW - timedelta(days=days))
    made = replace(made, format=form or made.format)
    return replace(made, analysis=analyze(made, ME, UTC, None))


def found(files: Sequence[Document]) -> Sequence[Collection]:
    return collections(files, lambda _: None, NOW)


def names(collection: Collection) -> list[str]:
    return [p.document.path.rpartition("/")[2] for p in collection.pieces]


def reasons(all_of_them: Sequence[Collection]) -> dict[str, str]:
    return {str(i).rpartition("/")[2]: r for c in all_of_them for i, r in c.left_out}


def letters(count: int = 4, folder: str = "/home/n/Letters") -> list[Document]:
    return [file(f"{folder}/to-tobias-{n}.txt", letter(n), days=40 + n) for n in range(count)]


def test_letters_in_a_folder_are_one_body() -> None:
    """Finished letters by the user become one collection with a stable name."""
    (one,) = found(letters())
    assert (one.kind, one.language, one.folder) == (Kind.LETTER, "en", "/home/n/Letters")
    assert len(one.pieces) == 4
    assert one.key == "letter:en:/home/n/Letters"


def test_the_key_stays_as_pieces_are_added() -> None:
    """A body keeps its name when it grows, and the order of the files does not matter."""
    few, many = letters(3), letters(9)
    assert found(few)[0].key == found(many)[0].key
    assert found(many) == found(list(reversed(many)))


def test_years_and_recipients_below_a_folder_are_one_body() -> None:
    """Year folders and folders of recipients do not split a body of work."""
    files = [
        file(f"/home/n/Letters/{sub}/l{n}.txt", letter(n))
        for n, sub in enumerate(("2019", "2020", "Tobias", "Tobias/2021-03"))
    ]
    (one,) = found(files)
    assert len(one.pieces) == 4
    plain = [file(f"/home/n/Stuff/{2018 + n}/l{n}.txt", letter(n)) for n in range(3)]
    (other,) = found(plain)
    assert other.folder == "/home/n/Stuff"


def test_kinds_and_languages_are_bodies_of_their_own() -> None:
    """Poems are not letters, and German letters no English ones."""
    german = [
        file(
            f"/home/n/Letters/de{n}.txt",
            f"Lieber Tobias,\n\n{said}\n\nDeine Nora",
        )
        for n, said in enumerate(
            (
                "ich habe heute an dich gedacht, weil das Boot wieder im Hafen liegt und niemand "
                "weiß, wem es gehört. Kannst du dich an die Farbe erinnern?",
                "der Garten ist mir über den Kopf gewachsen. Du hattest recht mit den Rosen, und "
                "ich gebe es hiermit schriftlich zu, damit du Ruhe hast.",
                "am Sonntag war ich in der Kapelle und habe das Klavier gehört, das wir nie "
                "stimmen ließen. Es klingt noch immer nach nassem Holz.",
            )
        )
    ]
    both = found([*letters(3), *german])
    assert sorted((c.kind, c.language, len(c.pieces)) for c in both) == [
        ("letter", "de", 3),
        ("letter", "en", 3),
    ]


def test_unsigned_letters_beside_signed_ones_are_the_users() -> None:
    """A copy one keeps is often unsigned: the letters beside it say whose it is."""
    files = [*letters(3), file("/home/n/Letters/x.txt", letter(9, signed=""))]
    assert len(found(files)[0].pieces) == 4


def test_letters_by_others_stay_out_wherever_they_lie() -> None:
    """Received letters are left out beside the user's own and in a folder of their own."""
    files = [
        *letters(4),
        file("/home/n/Letters/in.txt", letter(20, to="Nora", signed="Tobias Sand")),
        file("/home/n/Received/in2.txt", letter(21, to="friend", signed="")),
    ]
    (one,) = found(files)
    assert len(one.pieces) == 4
    said = reasons([one])
    assert "somebody else" in said["in.txt"]
    assert "somebody else" in said["in2.txt"]


def test_books_templates_notes_and_drafts_stay_out() -> None:
    """Each is left out with a reason in words."""
    book = "THE GLASS BAY\n\nby Edwin Farr\n\nISBN 978-0-00-000000-2\n\n" + "\n\n".join(
        f"CHAPTER {n}\n\n{prose(n + 50, 20)}" for n in range(1, 5)
    )
    files = [
        *letters(4),
        file("/home/n/Downloads/Glass Bay.txt", book),
        file("/home/n/Letters/blank.txt", letter(30, to="<Name>")),
        file("/home/n/Letters/ideas.md", "- [ ] the lamp\n- [ ] the hens"),
        file("/home/n/Letters/to-mina DRAFT.txt", letter(31, to="Mina")),
        file("/home/n/Letters/to-otto.txt", f"Dear Otto,\n\n{prose(32)}\n\nand then", days=2),
    ]
    made = found(files)
    assert sum(len(c.pieces) for c in made) == 4
    said = reasons(made)
    assert "published book" in said["Glass Bay.txt"]
    assert "template" in said["blank.txt"] or "fill in" in said["blank.txt"]
    assert "notes" in said["ideas.md"]
    assert "draft" in said["to-mina DRAFT.txt"]
    assert said["to-otto.txt"].startswith("still being written")


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("tide.txt", "tide v2.txt"),
        ("tide_v1.txt", "tide_v2.txt"),
        ("tide.txt", "tide-final.txt"),
        ("tide_old.txt", "tide.txt"),
    ],
)
def test_the_newest_finished_version_wins(older: str, newer: str) -> None:
    """Of two versions the newer is the piece and the older one is listed with it."""
    text = letter(7)
    files = [
        *letters(3, "/home/n/Letters"),
        file(f"/home/n/Letters/{older}", text, days=90),
        file(f"/home/n/Letters/{newer}", text.replace("I thought", "I have thought", 3), days=30),
    ]
    (one,) = found(files)
    assert len(one.pieces) == 4
    piece = next(p for p in one.pieces if "tide" in p.document.path)
    assert piece.document.path.endswith(newer)
    assert [str(v).rpartition("/")[2] for v in piece.versions] == [older]


@pytest.mark.parametrize(
    "copy", ["a (1).txt", "a.txt.bak", "a_copy.txt", "Kopie von a.txt", "backup/a.txt"]
)
def test_copies_and_backups_never_stand_for_a_piece(copy: str) -> None:
    """Even a copy that is newer than the original is a copy."""
    files = [
        *letters(3),
        file("/home/n/Letters/a.txt", letter(7), days=90),
        file(f"/home/n/Letters/{copy}", letter(7), days=5),
    ]
    (one,) = found(files)
    assert len(one.pieces) == 4
    assert "a.txt" in names(one)


def test_an_export_is_the_text_it_was_made_from() -> None:
    """A pdf of a docx is a version; the one that can be edited is the piece."""
    files = [
        *letters(3),
        file("/home/n/Letters/a.docx", letter(7), days=30),
        file("/home/n/Letters/a.pdf", letter(7).replace("\n\n", "\n"), days=29),
    ]
    (one,) = found(files)
    assert len(one.pieces) == 4
    assert "a.docx" in names(one)


def test_a_newer_draft_does_not_hide_the_finished_version() -> None:
    """While a new version is being written the last finished one stands."""
    text = letter(7)
    files = [
        *letters(3),
        file("/home/n/Letters/a.txt", text, days=60),
        file("/home/n/Letters/a v2.txt", text.replace("With love,\nNora", "TODO end"), days=3),
    ]
    (one,) = found(files)
    assert "a.txt" in names(one)
    assert "newer version" in reasons([one])["a v2.txt"]


def test_an_assembled_manuscript_is_no_piece() -> None:
    """One file that holds several pieces is left out, and its pieces stay."""
    pieces = letters(4)
    whole = "\n\n".join(p.text for p in pieces)
    files = [*pieces, file("/home/n/Letters/all-letters.docx", whole)]
    made = found(files)
    assert [len(c.pieces) for c in made] == [4]
    assert "all-letters.docx" in reasons(made)


def test_two_poems_in_one_file_beside_themselves_are_no_piece() -> None:
    """Containment alone tells a small assembled file, without chapters or salutations."""
    texts = [
        "The tide has left its ledger on the sand\nand no one comes to read the figures through\n"
        "a gull goes up and down them like a hand\nthat looks for something it already knew",
        "I count the boats I count them as they lean\nagainst the mud that holds them where they "
        "lie\nas if the sea had never been between\nthe harbour and the arithmetic of sky",
        "My mother kept her buttons in a tin\nand when the evenings had begun to close\nshe let us "
        "put our careless fingers in\nand told us every coat from which they rose",
    ]
    files = [file(f"/home/n/Poems/{n}.txt", t) for n, t in enumerate(texts)]
    files.append(file("/home/n/Poems/both.txt", "\n\n".join(texts)))
    (one,) = found(files)
    assert names(one) == ["0.txt", "1.txt", "2.txt"]
    assert "several pieces" in reasons([one])["both.txt"]


def test_a_different_letter_with_the_same_name_stays() -> None:
    """Names alone make no versions: two letters called “letter” are two pieces."""
    files = [
        file("/home/n/Letters/2019/letter.txt", letter(1)),
        file("/home/n/Letters/2020/letter.txt", letter(2)),
        file("/home/n/Letters/2020/letter 2.txt", letter(3)),
    ]
    assert len(found(files)[0].pieces) == 3


def test_no_files_are_no_bodies() -> None:
    """Nothing comes of nothing."""
    assert found([]) == ()


def test_a_heavily_reworked_version_is_known_by_name_and_meaning() -> None:
    """With vectors, a rewritten file of the same name is a version although few words are left."""
    import numpy as np

    near = np.zeros(384, dtype="<f4")
    near[0] = 1.0
    first = letter(7)
    second = f"Dear Tobias,\n\n{prose(7, 2)} {prose(90, 9)}\n\nWith love,\nNora"
    files = [
        *letters(3),
        file("/home/n/Letters/a_v1.txt", first, days=60),
        file("/home/n/Letters/a_v2.txt", second, days=20),
    ]
    alike = {f"/home/n/Letters/a_v{n}.txt" for n in (1, 2)}

    def vector(identity: DocumentId) -> bytes | None:
        return near.tobytes() if str(identity) in alike else None

    (one,) = collections(files, vector, NOW)
    assert "a_v2.txt" in names(one)
    assert "a_v1.txt" not in names(one)
