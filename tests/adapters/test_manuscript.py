"""A manuscript as editors want it, as docx and as pdf, read back with other readers."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import pypdfium2
import pytest
from docx.shared import Length
from hypothesis import given, settings
from hypothesis import strategies as st

from samantha.adapters.manuscript import (
    Block,
    Manuscript,
    Section,
    letter_paper,
    nameless,
    plain,
    rounded,
    section,
)
from samantha.adapters.manuscript_docx import docx_bytes
from samantha.adapters.manuscript_fonts import core_letters, faces_for, shown
from samantha.adapters.manuscript_pdf import pdf_bytes
from samantha.api import Kind
from samantha.api.testing import document

MADE = datetime(2026, 5, 1, 9, tzinfo=UTC)
SENTENCE = "The harbour froze on the third day, and nobody said “ice” until the ferry came. "
LETTER = f"""12 March 1998

Dear Ann,

{SENTENCE * 4}

{SENTENCE * 60}

* * *

{SENTENCE * 3}

Yours ever,
Anna Berg
"""
POEM = """The ferry waits
    at the long grey stone,
and no one calls it home.

The rope is wet.
"""


def piece(text: str, kind: Kind, title: str = "One") -> Section:
    return section(document("/a/1.txt", text, kind=kind), title)


def manuscript(*sections: Section, language: str = "en", **more: object) -> Manuscript:
    made = Manuscript(
        title="Letters from the Frozen Harbour",
        author="Anna Berg",
        contact=("Harbour Street 4", "anna@berg.example"),
        words=12_345,
        sections=sections or (piece(LETTER, Kind.LETTER), piece(LETTER, Kind.LETTER, "Two")),
        language=language,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def pages(data: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in pdf]


def paragraphs(data: bytes) -> list[str]:
    return [p.text for p in docx.Document(io.BytesIO(data)).paragraphs]


def test_the_title_page_says_who_what_and_how_long() -> None:
    """Contact and rounded count at the top, title and byline below, in both files."""
    shown_manuscript = manuscript()
    first = pages(pdf_bytes(shown_manuscript, MADE))[0]
    for text in (first, "\n".join(paragraphs(docx_bytes(shown_manuscript, MADE)))):
        order = [text.index(w) for w in ("Anna Berg", "Harbour Street 4", "LETTERS FROM THE")]
        assert order == sorted(order)
        assert "about 12,300 words" in text and "by Anna Berg" in text
    assert " / 1" not in first


def test_title_and_first_line_stand_where_editors_look_for_them() -> None:
    """Half-way down and a third down, measured on the page in points from the top."""
    pdf = pypdfium2.PdfDocument(pdf_bytes(manuscript(), MADE))
    for number, words, wanted in ((0, "LETTERS FROM", 0.5), (1, "One", 0.35), (1, "Berg /", 0.055)):
        text = pdf[number].get_textpage()
        start, _ = text.search(words).get_next()
        _, bottom, _, top = text.get_charbox(start)
        down = 1 - (bottom + top) / 2 / pdf[number].get_height()
        assert down == pytest.approx(wanted, abs=0.03), words


def test_every_page_but_the_first_has_the_running_header() -> None:
    """Surname, keyword and page number, counted through all pieces."""
    shown_pages = pages(pdf_bytes(manuscript(), MADE))
    assert len(shown_pages) > 4
    for number, text in enumerate(shown_pages[1:], 2):
        assert text.startswith(f"Berg / LETTERS FROM THE FROZEN HARBOUR / {number}\n")
    word = docx.Document(io.BytesIO(docx_bytes(manuscript(), MADE)))
    assert word.sections[0].different_first_page_header_footer
    header = word.sections[1].header.paragraphs[0]
    assert header.text.startswith("Berg / LETTERS FROM THE FROZEN HARBOUR / ")
    assert "PAGE" in header._p.xml


def test_the_docx_is_set_as_the_standard_says() -> None:
    """Twelve points of serif, double spaced, inch margins, half an inch of first line."""
    word = docx.Document(io.BytesIO(docx_bytes(manuscript(), MADE)))
    style = word.styles["Normal"]
    assert (style.font.name, style.font.size.pt) == ("Times New Roman", 12)
    assert style.paragraph_format.line_spacing.pt == 24
    for one in word.sections:
        sides = (one.left_margin, one.right_margin, one.top_margin, one.bottom_margin)
        assert [round(s.inches, 2) for s in sides] == [1, 1, 1, 1]
        assert (one.page_width.inches, one.page_height.inches) == (8.5, 11)
    prose = [p for p in word.paragraphs if p.text.startswith("The harbour")]
    assert {round(p.paragraph_format.first_line_indent.inches, 2) for p in prose} == {0.5}
    assert len(word.sections) == 3
    assert paragraphs(docx_bytes(manuscript(), MADE))[-1] == "END"


def test_a_letter_keeps_its_date_greeting_and_closing_on_lines_of_their_own() -> None:
    """What frames a letter is no paragraph; what it says is."""
    blocks = piece(LETTER, Kind.LETTER).blocks
    assert blocks[0] == Block("lines", ("12 March 1998",))
    assert blocks[1] == Block("lines", ("Dear Ann,",))
    assert blocks[-1] == Block("lines", ("Yours ever,", "Anna Berg"))
    assert [b.kind for b in blocks[2:-1]] == ["prose", "prose", "break", "prose"]
    text = "\n".join(pages(pdf_bytes(manuscript(), MADE)))
    for line in ("12 March 1998", "Dear Ann,", "Yours ever,", "Anna Berg", "#"):
        assert f"\n{line}\n" in text, line


def test_a_poem_keeps_lines_stanzas_and_indents_single_spaced() -> None:
    """Verse is set as it was written."""
    one = piece(POEM, Kind.POEM)
    assert [b.kind for b in one.blocks] == ["verse", "verse"]
    assert one.blocks[0].lines[1] == "    at the long grey stone,"
    word = docx.Document(io.BytesIO(docx_bytes(manuscript(one), MADE)))
    found = {p.text: p.paragraph_format for p in word.paragraphs}
    assert found["The ferry waits"].line_spacing.pt == 14
    assert found["The ferry waits"].space_after.pt == 0
    assert found["and no one calls it home."].space_after.pt == 14
    text = pages(pdf_bytes(manuscript(one), MADE))[1]
    assert "The ferry waits\n" in text and "and no one calls it home.\n" in text


def test_hard_wrapped_prose_flows_again_and_short_lines_do_not() -> None:
    """Paragraphs that an editor broke at a column are joined, addresses are not."""
    wrapped = f"{'word ' * 14}\n{'word ' * 14}\nthe end.\n\nHarbour Street 4\nSmall Town\n"
    blocks = piece(wrapped, Kind.STORY).blocks
    assert [(b.kind, len(b.lines)) for b in blocks] == [("prose", 1), ("lines", 2)]


def test_a_title_at_the_top_of_the_text_is_not_printed_twice() -> None:
    """The section's title stands once, whatever marks it had in the source."""
    one = section(document("/a/1.md", "# One!\n\nText.", kind=Kind.STORY), "One")
    assert one.blocks == (Block("prose", ("Text.",)),)


def test_german_goes_by_the_normseite() -> None:
    """Thirty lines of sixty characters on A4, counted in words and characters, in German."""
    sixty = ("x" * 59 + ". ") * 200
    german = manuscript(piece(sixty, Kind.STORY), language="de")
    data = pdf_bytes(german, MADE)
    pdf = pypdfium2.PdfDocument(data)
    assert [round(v) for v in pdf[0].get_size()] == [595, 842]
    found = pages(data)
    assert "etwa 12.300 Wörter / 12.200 Zeichen" in found[0] and "von Anna Berg" in found[0]
    lines = [ln.strip() for ln in found[2].strip().split("\n")]
    assert len(lines) == 31 and {len(ln) for ln in lines[1:]} == {60}
    assert "ENDE" in found[-1]
    word = docx.Document(io.BytesIO(docx_bytes(german, MADE)))
    assert word.styles["Normal"].font.name == "Courier New"
    assert round(word.sections[0].page_height.mm) == 297
    width = word.sections[0].page_width - 2 * word.sections[0].left_margin
    assert Length(width).pt // 7.2 == 60


@pytest.mark.parametrize(
    ("language", "zone", "height"),
    [
        ("en", None, 792),
        ("fr", None, 842),
        ("en", "Europe/Vienna", 842),
        ("en", "America/New_York", 792),
        ("en", "America/Sao_Paulo", 842),
        ("en", "Etc/UTC", 792),
        ("fr", "America/Montreal", 792),
        ("de", "America/New_York", 842),
    ],
)
def test_the_paper_is_that_of_the_users_printer(
    language: str, zone: str | None, height: int
) -> None:
    """Letter or A4 by zone where it says something, by language otherwise."""
    paper = letter_paper(ZoneInfo(zone) if zone else None)
    data = pdf_bytes(manuscript(language=language, letter_paper=paper), MADE)
    assert round(pypdfium2.PdfDocument(data)[0].get_height()) == height


def test_an_anonymous_manuscript_names_nobody_anywhere() -> None:
    """Neither on a page, nor in a header, nor in the properties of either file."""
    text = LETTER + "\nAnna\n\nWrite to anna@berg.example, said ANNA  BERG, on the Berg.\n"
    one = nameless(piece(text, Kind.LETTER), ("Anna Berg",), ("anna@berg.example",))
    bare = manuscript(one, author="", contact=())
    pdf, word = pdf_bytes(bare, MADE), docx_bytes(bare, MADE)
    archive = zipfile.ZipFile(io.BytesIO(word))
    raw = b"".join(archive.read(n) for n in archive.namelist()).decode("utf-8", "replace")
    for everything in (
        raw,
        "\n".join(pages(pdf)),
        str(pypdfium2.PdfDocument(pdf).get_metadata_dict()),
    ):
        assert "anna" not in everything.lower()
    assert "on the Berg." in "\n".join(pages(pdf))
    properties = docx.Document(io.BytesIO(word)).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert pages(pdf)[1].startswith("LETTERS FROM THE FROZEN HARBOUR / 2")


def test_properties_tell_title_and_author_and_no_tool_or_clock() -> None:
    """The files say who made them and when their sources were written, nothing else."""
    word = docx.Document(io.BytesIO(docx_bytes(manuscript(), MADE))).core_properties
    assert (word.title, word.author) == ("Letters from the Frozen Harbour", "Anna Berg")
    assert word.created == word.modified == MADE
    told = pypdfium2.PdfDocument(pdf_bytes(manuscript(), MADE)).get_metadata_dict()
    assert told["Author"] == "Anna Berg" and "20260501" in told["CreationDate"]


def test_the_same_manuscript_gives_the_same_bytes_in_any_process() -> None:
    """A yes is bound to a hash: neither the clock nor the process may change it."""
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from test_manuscript import *\n"
        "for m in (manuscript(), manuscript(piece('Ё 😀', Kind.POEM), language='ru')):\n"
        "    print(hashlib.sha256(docx_bytes(m, MADE) + pdf_bytes(m, MADE)).hexdigest())\n"
    )
    here = str(Path(__file__).parent)
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, here],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PATH": "/usr/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    own = docx_bytes(manuscript(), MADE) + pdf_bytes(manuscript(), MADE)
    assert runs[0] == runs[1] and runs[0][0] == hashlib.sha256(own).hexdigest()


def test_umlauts_and_curly_quotes_need_no_font_of_this_machine() -> None:
    """English and German are set in the Times that every reader carries."""
    text = "„Größe“, “quotes”, ‘more’, – — … Ærø señor €"
    assert faces_for(frozenset(text)) == () and shown(text, ()) == text
    found = "\n".join(pages(pdf_bytes(manuscript(piece(text, Kind.STORY)), MADE)))
    assert text in found


def test_greek_cyrillic_and_symbols_are_embedded_or_named() -> None:
    """Each letter has a glyph in the file, or stands there by its code point, never as nothing."""
    text = "Гавань замёрзла. Καλημέρα κόσμε. 😀"
    faces = faces_for(frozenset(text))
    if not faces:
        pytest.skip("no TrueType face with Cyrillic is installed here")
    data = pdf_bytes(manuscript(piece(text, Kind.STORY), language="ru"), MADE)
    found = "\n".join(pages(data))
    assert "Гавань замёрзла. Καλημέρα κόσμε." in found
    assert "😀" in found or "[U+1F600]" in found
    assert b"FontFile2" in data
    assert text in "\n".join(paragraphs(docx_bytes(manuscript(piece(text, Kind.STORY)), MADE)))


def test_what_no_face_can_show_is_named() -> None:
    """A reader sees that something is missing, and what."""
    assert shown("a\U0001f389\U000100fab", ()) == "a[U+1F389][U+100FA]b"
    assert shown("ﬁn\u200d", ()) == "fin"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=200), st.sampled_from(list(Kind)))
def test_any_text_becomes_files_that_open(untrusted_text: str, kind: Kind) -> None:
    """No character of a stranger breaks a manuscript, and none that is printable is lost."""
    one = section(document("/a/1.txt", untrusted_text, kind=kind), untrusted_text[:50])
    made = manuscript(one)
    assert len(pages(pdf_bytes(made, MADE))) >= 2
    text = "".join(paragraphs(docx_bytes(made, MADE)))
    rows = [row for b in one.blocks for row in b.lines]
    assert all(row in text for row in rows)
    kept = "".join(rows) + one.title
    assert all(c in kept or not c.isalnum() for c in plain(untrusted_text))


@pytest.mark.parametrize(
    ("words", "told"), [(1, 10), (74, 70), (1_249, 1_200), (17_700, 17_500), (90_140, 90_000)]
)
def test_counts_are_rounded_as_editors_want_them(words: int, told: int) -> None:
    """To ten, a hundred or five hundred, by length."""
    assert rounded(words) == told


def test_core_letters_are_those_of_windows_1252() -> None:
    """The set is what a core font can encode, no more."""
    assert all(len(c.encode("windows-1252")) == 1 for c in core_letters())
    assert {"ß", "€", "”"} <= core_letters() and not {"Ж", "\t"} & core_letters()


@pytest.mark.slow
def test_a_word_processor_lays_out_the_docx_as_the_pdf(tmp_path: Path) -> None:
    """LibreOffice opens the docx, and its pages are those of the pdf, one more or fewer."""
    office = shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice here")
    for language in ("en", "de"):
        made = manuscript(language=language)
        (tmp_path / f"{language}.docx").write_bytes(docx_bytes(made, MADE))
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            *("--headless", "--convert-to", "pdf", "--outdir", str(tmp_path / "out")),
            *(str(tmp_path / "en.docx"), str(tmp_path / "de.docx")),
        ],
        check=True,
        capture_output=True,
    )
    for language in ("en", "de"):
        theirs = pages((tmp_path / "out" / f"{language}.pdf").read_bytes())
        ours = pages(pdf_bytes(manuscript(language=language), MADE))
        assert abs(len(theirs) - len(ours)) <= 1
        for number, text in enumerate(theirs[1:], 2):
            assert f"Berg / LETTERS FROM THE FROZEN HARBOUR / {number}" in text
        assert "LETTERS FROM" in theirs[0] and "Berg /" not in theirs[0]
