"""Admission: every claim in a proposal is checked; quotes are exact spans of their source (I5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from builders import ALL, quote, suggestion
from hypothesis import given
from hypothesis import strategies as st

from samantha.api import Document, DocumentId, Evidence, Remind, Suggestion
from samantha.api.testing import document, mail
from samantha.core.admit import (
    EVIDENCE_LIMIT,
    QUOTE_LIMIT,
    TITLE_LIMIT,
    WHY_LIMIT,
    Permissions,
    Refusal,
    admit,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FILE = document("/home/a.txt", "The gas bill of 120 euros is due on Friday. " * 40)
MAIL = mail("A mail that nobody may see.")
GOOD = suggestion(FILE, Remind(NOW + timedelta(days=1), "Pay"))
KNOWN: dict[str, Document] = {d.id: d for d in (FILE, MAIL)}


def look(document: DocumentId) -> Document | None:
    return KNOWN.get(document)


def admitted(one: Suggestion, permissions: Permissions = ALL) -> Suggestion | str:
    answer = admit(one, permissions, look, NOW)
    return answer.reason if isinstance(answer, Refusal) else answer[0]


def test_a_true_proposal_is_admitted_with_its_sources() -> None:
    """Nothing of it changes, and its documents come along."""
    answer = admit(GOOD, ALL, look, NOW)
    assert answer == (GOOD, {FILE.id: FILE})


LONG = Evidence(FILE.id, FILE.text[: QUOTE_LIMIT + 1], 0, QUOTE_LIMIT + 1)


@pytest.mark.parametrize(
    ("change", "permissions", "words"),
    [
        ({}, replace(ALL, proposes=("move_file",)), "may not propose remind"),
        ({}, replace(ALL, reads=("mail",)), "may not read file"),
        ({}, replace(ALL, reads=()), "may not read"),
        ({"sources": (FILE.id, MAIL.id)}, replace(ALL, reads=("files",)), "may not read mail"),
        ({"confidence": 1.01}, ALL, "confidence"),
        ({"confidence": -0.1}, ALL, "confidence"),
        ({"confidence": float("nan")}, ALL, "confidence"),
        ({"evidence": ()}, ALL, "no evidence"),
        ({"thing": ""}, ALL, "name"),
        ({"thing": "x" * 501}, ALL, "name"),
        ({"expires": NOW}, ALL, "past"),
        ({"sources": (DocumentId("/home/other.txt"),)}, ALL, "gone"),
        ({"evidence": (Evidence(DocumentId("/no"), "x", 0, 1),)}, ALL, "gone"),
        ({"evidence": (Evidence(FILE.id, "The gas", 1, 8),)}, ALL, "quote"),
        ({"evidence": (Evidence(FILE.id, "", 3, 3),)}, ALL, "quote"),
        ({"evidence": (Evidence(FILE.id, "the gas", 0, 7),)}, ALL, "quote"),
        ({"evidence": (Evidence(FILE.id, "The", -len(FILE.text), 3),)}, ALL, "quote"),
        ({"evidence": (LONG,)}, ALL, "quote"),
        ({"evidence": (quote(FILE), Evidence(MAIL.id, "gas bill", 8, 16))}, ALL, "quote"),
    ],
)
def test_each_false_claim_is_refused_with_its_reason(
    change: dict[str, object], permissions: Permissions, words: str
) -> None:
    """One wrong thing anywhere, and there is no candidate."""
    answer = admitted(replace(GOOD, **change), permissions)  # type: ignore[arg-type]
    assert isinstance(answer, str) and words in answer


@given(
    st.integers(-5, len(FILE.text) + 5),
    st.integers(-5, len(FILE.text) + 5),
    st.sampled_from(
        [
            lambda t: t,
            lambda t: t + " ",
            lambda t: t[1:],
            lambda t: t.upper(),
            lambda t: t.replace("120", "12,0"),
            lambda t: t.replace("i", "і"),
            lambda t: t.replace(" ", "\u00a0"),
        ]
    ),
)
def test_a_shown_quote_is_an_exact_span(start: int, end: int, change: Callable[[str], str]) -> None:
    """Whatever is claimed, what gets through stands in the source at this very place."""
    said = change(FILE.text[max(start, 0) : max(end, 0)])
    answer = admitted(replace(GOOD, evidence=(Evidence(FILE.id, said, start, end),)))
    if isinstance(answer, Suggestion):
        (one,) = answer.evidence
        assert FILE.text[one.start : one.end] == one.quote != ""
    else:
        assert (
            said != FILE.text[start:end]
            or not 0 <= start < end <= len(FILE.text)
            or (end - start > QUOTE_LIMIT)
        )


def test_more_evidence_than_a_card_holds_is_cut_not_trusted() -> None:
    """What is beyond the limit is neither checked nor shown."""
    lies = tuple(Evidence(FILE.id, "lie", n, n + 3) for n in range(5))
    many = (quote(FILE),) * EVIDENCE_LIMIT + lies
    answer = admitted(replace(GOOD, evidence=many))
    assert isinstance(answer, Suggestion) and answer.evidence == many[:EVIDENCE_LIMIT]


@given(st.text(st.characters(), min_size=1, max_size=2_000))
def test_titles_and_reasons_are_inert_and_bounded(untrusted_text: str) -> None:
    """A plugin's words cannot steer a terminal nor fill a screen."""
    answer = admitted(replace(GOOD, title=untrusted_text, why=untrusted_text))
    assert isinstance(answer, Suggestion)
    assert len(answer.title) <= TITLE_LIMIT and len(answer.why) <= WHY_LIMIT
    assert all(c.isprintable() or c in " \u00a0" or ord(c) > 0x7F for c in answer.title)
    assert "\x1b" not in answer.why and "\n" not in answer.why
