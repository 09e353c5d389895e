"""A paragraph about the work for the cover mail, by the local model where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from samantha.api import AtMost, Context, Document
from samantha.api.claims import known_of, sound

from .matching import Fit

PIECES = 3
OWN_MAILS = 2
_TONGUES = {"en": "English", "de": "German"}
_LEAST, _MOST = 30, 300


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
    pieces = fit.pieces[:PIECES]
    answer = context.ask(question, [*pieces, *_own_mails(context, fit.language)], AboutWork)
    if answer is None:
        return ""
    # No praise, but also no number, name or day that stands in none of the pieces.
    known = known_of([text for one in pieces for text in (one.title, one.text)])
    return sound(answer.paragraph, known, language=fit.language, least=_LEAST, most=_MOST)


def _own_mails(context: Context, language: str) -> list[Document]:
    own = context.library.documents(media="mail", author="user")
    return [d for d in own if d.analysis.language == language and d.words >= 30][:OWN_MAILS]
