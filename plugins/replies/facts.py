"""What the user's own files say to a question: sentences that hold most of its words and more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samantha.api import Context, Document, Evidence
from samantha.api.likely_files import content_words, sensitive

MOST = 2
FILES = 6
LEAST_WORDS = 3
LEAST_SHARE = 0.6
LEAST_NEW = 2
LONGEST = 240
_SENTENCE = re.compile(r"[^.!?\n]{15,400}(?:[.!?](?=\s|$)|(?=\n|$))")


def facts_for(question: str, context: Context) -> tuple[Evidence, ...]:
    """Return spans of the user's files that may answer a question, the fullest first.

    A span must hold three words of the question at least, and say something besides. What looks
    private is never quoted.
    """
    words = content_words(question)
    if len(words) < LEAST_WORDS:
        return ()
    found: list[tuple[float, Evidence]] = []
    for document in context.library.search(" ".join(words), media="file", limit=FILES):
        if document.analysis.author != "other" and not sensitive(document):
            found.extend(_said(document, words))
    found.sort(key=lambda pair: -pair[0])
    return tuple(one for _, one in found[:MOST])


def _said(document: Document, words: tuple[str, ...]) -> Iterator[tuple[float, Evidence]]:
    needed = max(LEAST_WORDS, round(LEAST_SHARE * len(words)))
    text = document.text[:50_000]
    for match in _SENTENCE.finditer(text):
        said = content_words(match[0]) if len(match[0]) <= LONGEST else ()
        held = set(words) & set(said)
        if len(held) >= needed and len(set(said) - held) >= LEAST_NEW:
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            quote = text[start : match.end()].rstrip()
            span = Evidence(document.id, quote, start, start + len(quote))
            yield len(held) / len(words), span
