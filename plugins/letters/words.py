"""A paragraph about the work for the cover mail, by the local model where there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from samantha.api import AtMost, Context, Document

from .matching import Fit

PIECES = 3
OWN_MAILS = 2
_TONGUES = {"en": "English", "de": "German"}
_LEAST, _MOST = 30, 300
# What a paragraph about a work never needs: where to write, what to click, what to pay.
_STRANGE = re.compile(r"@|https?:|www\.|\d{3,}|[<>{}\[\]|\\^`]|[\U0001F000-\U0001FAFF]")


@dataclass(frozen=True, slots=True)
class AboutWork:
    """The model's answer."""

    paragraph: Annotated[
        str,
        AtMost(_MOST),
        "one or two plain sentences, as the author would write them, on what these pieces tell of; "
        "no praise, nothing that does not stand in them",
    ]


def about_work(fit: Fit, context: Context) -> str:
    """Return a paragraph in the call's language, or '' where the template says enough."""
    language = _TONGUES.get(fit.language)
    if language is None:
        return ""
    question = (
        "The author sends these pieces to a magazine. Write, in "
        f"{language} and in the author's own tone, what they tell of. The last documents are mails "
        "by the author, for the tone alone."
    )
    documents = [*fit.pieces[:PIECES], *_own_mails(context, fit.language)]
    answer = context.ask(question, documents, AboutWork)
    return fit_to_send(answer.paragraph) if answer is not None else ""


def fit_to_send(untrusted_paragraph: str) -> str:
    """Return the paragraph if it is one, plain and of the right size; '' otherwise."""
    text = " ".join(untrusted_paragraph.split())
    if not _LEAST <= len(text) <= _MOST or _STRANGE.search(text):
        return ""
    return text if text[-1] in ".!?…" else ""


def _own_mails(context: Context, language: str) -> list[Document]:
    own = context.library.documents(media="mail", author="user")
    return [d for d in own if d.analysis.language == language and d.words >= 30][:OWN_MAILS]
