"""Short mails, titles and summaries: by the local model where there is one, by template elsewhere.

Each function returns a text that can be sent as it is. What is fact in it is quoted from a source,
letter by letter; the rest is a template, or a paragraph by the model in the user's own tone that
names nothing its sources do not (``samantha.api.claims``). A text of another language than English
and German is written in English. Whatever is returned is a draft, and is shown as one::

    from samantha.api.writing import follow_up, in_thread

    asked = ...                                  # the user's own mail
    question = Evidence(asked.id, signal.quote, signal.start, signal.end)
    written = follow_up(context, asked, question)
    yield Suggestion(
        kind="waiting",
        thing=f"waiting {asked.id}",
        title=...,
        why=...,
        evidence=(question, *written.quotes),    # exact spans, each once
        action=in_thread(asked, [person.address], written),
        confidence=0.8,
        sources=(asked.id,),
    )
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from samantha.api import phrases
from samantha.api.actions import DraftMail
from samantha.api.asking import Ask, AtMost, Choice, Items
from samantha.api.claims import known_of, missing, sound
from samantha.api.languages import common_language
from samantha.api.plugin import Context
from samantha.api.tone import Tone, tone_to
from samantha.api.types import Document, DocumentId, Evidence, Person

PARAGRAPH = 400
TITLE = 80
SUMMARY = 140
FACTS = 4
_LEAST = 20
_TONGUES = {"en": "English", "de": "German"}


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a mail, greeting to name, and what it rests on."""

    text: str
    quotes: tuple[Evidence, ...]
    """The facts that it quotes, for the evidence of the suggestion."""
    language: str
    by_model: bool
    """Whether a paragraph of it is the model's; the rest is always a template."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The model's answer where it has to word something."""

    paragraph: Annotated[
        str,
        AtMost(PARAGRAPH),
        "one to three plain sentences; no greeting, no closing, no name, number or date that does "
        "not stand in the first document",
    ]


@dataclass(frozen=True, slots=True)
class Answered:
    """The model's answer where it also has to choose facts."""

    facts: Annotated[tuple[Choice, ...], Items(0, FACTS), "the facts that answer the question"]
    paragraph: Annotated[
        str,
        AtMost(PARAGRAPH),
        "one to three plain sentences that lead to these facts, which are quoted below them; no "
        "greeting, no closing, nothing that stands neither in the first document nor in the facts",
    ]


@dataclass(frozen=True, slots=True)
class Titled:
    """The model's title."""

    title: Annotated[str, AtMost(TITLE), "a title of at most ten words, without a full stop"]


@dataclass(frozen=True, slots=True)
class Summed:
    """The model's summary."""

    summary: Annotated[str, AtMost(SUMMARY), "one plain sentence that says what it is about"]


# --- mails ---------------------------------------------------------------------------------


def follow_up(
    context: Context, asked: Document, question: Evidence, *, to: Person | None = None
) -> Written:
    """Return a mail that asks again for what the user's own mail ``asked``.

    ``question`` is quoted from it. ``to``: who is greeted; by default whom alone it was sent to.
    """
    tone = tone_to(context, to or _only_to(asked), asked)
    opening = phrases.reminds(_sent_on(asked, context), tone.language)
    template = phrases.asks_again(tone.language, tone.familiar)
    wanted = (
        "The first document is a mail that nobody has answered yet. Write one short friendly "
        f"paragraph that asks for an answer to it, {_manner(tone)}"
    )
    paragraph = _paragraph(context, wanted, asked, tone, opening + template, near=(question,))
    parts = (opening, phrases.block(question.quote), paragraph or template)
    return Written(_mail(tone, parts), (), tone.language, bool(paragraph))


def answer(
    context: Context,
    received: Document,
    question: Evidence,
    *,
    facts: Sequence[Evidence] = (),
    files: Sequence[str] = (),
) -> Written:
    """Return a mail that answers a question with facts, quoted, and names of attached files.

    Without either it says that the question was read and will be looked into. ``facts`` are spans
    of documents that the library knows; the model may leave out those that do not answer.
    """
    tone = tone_to(context, received.mail.sender if received.mail else None, received)
    opening = phrases.thanks(_sent_on(received, context), tone.language, tone.familiar)
    given = tuple(facts)[:FACTS]
    template = phrases.answers(len(given), files, tone.language, tone.familiar)
    chosen, paragraph = _answered(context, received, question, given, tone, opening + template)
    if paragraph and files:
        paragraph += " " + phrases.attached(files, tone.language, tone.familiar)
    told = "\n".join(phrases.fact(f.quote, _title_of(context, f), tone.language) for f in chosen)
    parts = (opening, phrases.block(question.quote), paragraph or template, told)
    return Written(_mail(tone, parts), chosen, tone.language, bool(paragraph))


def delivery(
    context: Context, promised: Document, promise: Evidence, files: Sequence[str]
) -> Written:
    """Return the mail that keeps a promise of the user's own mail: with the files, by name."""
    tone = tone_to(context, _only_to(promised), promised)
    opening = phrases.promised(_sent_on(promised, context), tone.language)
    body = phrases.attached(files, tone.language, tone.familiar)
    parts = (opening, phrases.block(promise.quote), body)
    return Written(_mail(tone, parts), (), tone.language, False)


def correction(context: Context, sent: Document, files: Sequence[str]) -> Written:
    """Return the mail that brings the attachments which the user's own mail forgot."""
    tone = tone_to(context, _only_to(sent), sent)
    body = phrases.forgot(_sent_on(sent, context), files, tone.language, tone.familiar)
    return Written(_mail(tone, (body,)), (), tone.language, False)


def in_thread(
    mail: Document, to: Sequence[str], written: Written, *, attachments: Sequence[DocumentId] = ()
) -> DraftMail:
    """Return the draft that carries a text in the thread of a mail.

    ``to`` are addresses out of headers, never out of a body: the core admits each by itself.
    ``attachments`` are documents, which have to be among the suggestion's sources.
    """
    header = mail.mail
    if header is None:
        raise ValueError("a file has no thread")
    known = dict.fromkeys((*header.references, header.message_id))
    return DraftMail(
        to=tuple(dict.fromkeys(one.lower() for one in to)),
        subject=answer_subject(header.subject, written.language),
        body=written.text,
        in_reply_to=header.message_id,
        references=tuple(one for one in known if one),
        attachments=tuple(attachments),
    )


def answer_subject(subject: str, language: str) -> str:
    """Return the subject of an answer: ``Re:`` once, ``AW:`` left as it is."""
    text = " ".join(subject.split())
    if text.casefold().startswith(("re:", "aw:", "antw:", "sv:")):
        return text[:300]
    return f"Re: {text}"[:300].rstrip() if text else "Re:"


# --- titles and lines ----------------------------------------------------------------------


def title(ask: Ask, template: str, about: Sequence[Document], quotes: Sequence[Evidence]) -> str:
    """Return a title in place of a template's, or the template's.

    It holds every number of the template, and nothing that stands neither there nor in a quote.
    """
    if not about:
        return template
    question = (
        "Write a title for the note that is the first document: short, specific, in its language, "
        "with every number, date and name that it holds."
    )
    found = ask(question, about, Titled, near=quotes)
    known = known_of([template, *(one.quote for one in quotes)])
    tongue = common_language(template) or "en"
    if found is None:
        return template
    text = sound(found.title, known, language=tongue, least=8, most=TITLE, sentences=False)
    return template if not text or missing(template, text) else text.rstrip(".")


def summary(ask: Ask, document: Document, *, near: Sequence[Evidence] = ()) -> str:
    """Return what a document is about in one sentence, or '' where no model says it soundly."""
    tongue = document.analysis.language or common_language(document.body())
    if tongue not in _TONGUES:
        return ""
    question = f"What is this document about? Say it in {_TONGUES[tongue]}, in one plain sentence."
    found = ask(question, document, Summed, near=near)
    if found is None:
        return ""
    known = known_of([document.title, document.text])
    return sound(found.summary, known, language=tongue, least=_LEAST, most=SUMMARY)


# --- parts ---------------------------------------------------------------------------------


def _manner(tone: Tone) -> str:
    """Return how the model is to write; the same words for all mails of one manner."""
    address = ""
    if tone.language == "de":
        address = f" and with “{'du' if tone.familiar else 'Sie'}”"
    return (
        f"in {_TONGUES[tone.language]}{address}. The other documents are earlier mails by the same "
        "writer: take their tone, and nothing else, from them."
    )


def _paragraph(
    context: Context,
    question: str,
    about: Document,
    tone: Tone,
    template: str,
    *,
    near: Sequence[Evidence],
) -> str:
    documents = [about, *(one for one in tone.examples if one.id != about.id)]
    found = context.ask(question, documents, Paragraph, near=near)
    return _sound(found.paragraph, about, tone, [template]) if found is not None else ""


def _answered(
    context: Context,
    received: Document,
    question: Evidence,
    facts: tuple[Evidence, ...],
    tone: Tone,
    template: str,
) -> tuple[tuple[Evidence, ...], str]:
    """Return the facts that are quoted, and the model's paragraph or ''."""
    wanted = (
        "The first document is a mail with a question. Write one short paragraph that answers it "
        f"by the facts that are listed, {_manner(tone)}"
    )
    if not facts:
        # What the user thinks, wants or will do, nobody can write for them.
        return (), ""
    choices = {"facts": [Choice(" ".join(one.quote.split()), one) for one in facts]}
    documents = [received, *tone.examples]
    found = context.ask(wanted, documents, Answered, choices=choices, near=(question,))
    if found is None:
        return facts, ""
    chosen = tuple(one for one in facts if any(one == c.value for c in found.facts))
    if not chosen:
        return facts, ""
    paragraph = _sound(found.paragraph, received, tone, [template, *(f.quote for f in chosen)])
    return (chosen, paragraph) if paragraph else (facts, "")


def _sound(untrusted: str, about: Document, tone: Tone, more: Sequence[str]) -> str:
    known = known_of([about.title, about.body(), tone.greeting, tone.closing, *more])
    return sound(untrusted, known, language=tone.language, least=_LEAST, most=PARAGRAPH)


def _mail(tone: Tone, parts: Sequence[str]) -> str:
    body = "\n\n".join(part for part in parts if part)
    if not tone.greeting.endswith(","):
        # After a comma German goes on in lower case; after “Hallo!” it begins a sentence.
        body = body[:1].upper() + body[1:]
    return f"{tone.greeting}\n\n{body}\n\n{tone.closing}\n"


def _only_to(document: Document) -> Person | None:
    """Return whom a mail was sent to; nobody is greeted by name where several read it."""
    to = document.mail.to if document.mail else ()
    return to[0] if len(to) == 1 else None


def _sent_on(document: Document, context: Context) -> date:
    return document.when.astimezone(context.zone).date()


def _title_of(context: Context, fact: Evidence) -> str:
    found = context.library.document(fact.document)
    return found.title if found is not None else ""
