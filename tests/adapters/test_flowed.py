"""format=flowed: what is written is read again, by us and by RFC 3676's own rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samantha.adapters.flowed import flowed, unflowed
from samantha.workers.reading.mail import read_mail
from samantha.workers.reading.reading import Reading

LONG = "We would be glad to see you on Friday, and the children ask every day whether you come. "
TEXTS = st.text(alphabet="ab é漢>-. \n", max_size=400) | st.lists(
    st.sampled_from(["From ", ">", "> ", "-- ", "--", " ", "\n", LONG, "x" * 90, "Grüße", ". "])
).map("".join)


def as_read(text: str) -> str:
    """A text as it can be read: no spaces at line ends but a signature's, quotes in one form."""
    rows = []
    for line in text.split("\n"):
        if line.startswith(">"):
            depth = 0
            while line.startswith((">", " >")):
                depth += 1
                line = line.lstrip(" ")[1:]
            line = line[1:] if line.startswith(" ") else line
            line = line if line == "-- " else line.rstrip(" ")
            rows.append(f"{'>' * depth} {line}" if line else ">" * depth)
        else:
            rows.append(line if line == "-- " else line.rstrip(" "))
    return "\n".join(rows)


@given(TEXTS)
def test_nothing_is_lost_or_gained(text: str) -> None:
    """Written and read again it is the same text, and no line with a space in it is too long."""
    coded = flowed(text)
    assert unflowed(coded) == as_read(text)
    for line in coded.split("\n"):
        assert len(line) <= 78 or " " not in line.lstrip("> ").rstrip(" ") or "x" * 60 in line
        assert not line.startswith("From ")


def test_lines_are_as_the_standard_has_them() -> None:
    """Soft breaks end in a space, quotes and odd beginnings are stuffed, the signature stays."""
    coded = flowed(f"{LONG}\nFrom there\n  in\n> {LONG}\n>> deep\n-- \nAnna").split("\n")
    assert coded[0].endswith(" ") and len(coded[0]) <= 72 and not coded[1].endswith(" ")
    assert coded[2:4] == [" From there", "   in"]
    assert coded[4].startswith("> We") and coded[4].endswith(" ")
    assert coded[-3:] == [">> deep", "-- ", "Anna"]


@pytest.mark.parametrize(
    ("coded", "delsp", "text"),
    [
        ("a b \nc d\ne", False, "a b c d\ne"),
        ("kilo \nmeter \n", True, "kilometer"),
        ("> a \n> b\n>> c \nd", False, "> a b\n>> c\nd"),
        ("a \n-- \nAnna", False, "a\n-- \nAnna"),
        (" From x\n  y", False, "From x\n y"),
    ],
)
def test_what_others_write_is_read(coded: str, delsp: bool, text: str) -> None:
    """Paragraphs come together; a quote's depth and a signature end them."""
    assert unflowed(coded, delsp=delsp) == text


@pytest.mark.parametrize("flows", [True, False])
def test_a_sentence_is_seen_whole(flows: bool) -> None:
    """A flowed mail's sentences stand in one line for whatever looks at them; others stay."""
    kind = "; format=flowed" if flows else ""
    mail = f"Subject: x\r\nContent-Type: text/plain{kind}\r\n\r\nCan you send me \r\nthe file?\r\n"

    def nothing(name: str, media_type: str, data: bytes) -> Reading:
        raise AssertionError(name)

    text = read_mail(mail.encode(), nothing).text
    assert text == ("Can you send me the file?" if flows else "Can you send me\nthe file?")
