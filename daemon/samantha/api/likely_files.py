"""Which of the user's files a sentence means, and which files never leave the machine.

A wrong attachment costs more than a missing one: a file is only named when its name holds what the
sentence calls it, and when no other file fits nearly as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api.plugin import Context
from samantha.api.types import Document

MOST_WORDS = 8
CANDIDATES = 12
_LEAST = 0.5
_MARGIN = 0.12
_FRESH, _RECENT = timedelta(days=3), timedelta(days=21)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_POINTER = re.compile(r"\S+@\S+|https?://\S+|www\.\S+")
_FILE_NAME = re.compile(
    r"(?i)\b[\w()\-.,]{1,80}\.(?:docx?|odt|pdf|rtf|txt|md|xlsx?|csv|ods|pptx?)\b"
)
_EMPTY = frozenset(
    word
    for line in (
        "about above after again all also and any are ask asked attach attached attaching",
        "attachment attachments because been before being below both but can copy could did does",
        "doing done down each email enclosed enclosing fax few file files document documents",
        "final find first following for forward forwarded forwarding friday from further get give",
        "good had has have having he hello her here him his hope how i'd i'll i'm i've if into is",
        "it it's its just kind know last later let like look mail make many may me might monday",
        "more most much must my myself need new next not now of off old on once one only or other",
        "our out over own page pages per please quick read regards review same saturday see send",
        "sending sent she should so some soon still such sunday sure take than thank thanks that",
        "the their them then there these they this those through thursday to today tomorrow too",
        "tuesday two under until up use version very want was we wednesday week were what when",
        "where which while who why will with without would yesterday yet you your aber alle als",
        "am an anbei angehängt anhang anlage auch auf aus bei beigefügt bin bis bitte das dass",
        "datei dateien dein deine dem den der des dich die dir dokument du ein eine einem einen",
        "einer er es euch findest finden frau für gerne gestern habe haben hallo heute herr hier",
        "ich ihm ihn ihnen ihr ihre im in ist jetzt kann kannst können könnte könnten könntest",
        "machen mehr mein meine mich mir mit mal morgen nach nicht noch nochmal nur oder schick",
        "schicke schicken schon sein sende senden sich sie sind später über um und uns unser",
        "unsere unten vielen vom von vor war wenn wie wieder wir wird würde würden zu zukommen",
        "zum zur zusammen zuschicken",
        "well wanted wants deinen deinem deiner meinen meinem meiner ihren ihrem ihrer eure euren",
        "unseren unserem unserer diese diesen dieser dieses mehreren paar irgendwo zuletzt damals",
        "anyone anything everything somewhere around back best probably quite really sorry",
    )
    for word in line.split()
)
_SENSITIVE_NAME = re.compile(
    r"(?i)(?:^|[^a-zäöüß])(?:pass(?:wor[dt]|wörter|port|phrase|code)s?\w*|reisepass|"
    r"ausweis\w*|personalausweis|"
    r"identity[ _-]?card|id[ _-]?card|driver'?s?[ _-]?licen[cs]e|führerschein|ssn|social[ _-]?"
    r"security|sozialversicherung\w*|steuer\w*|tax\w*|payslips?|salar(?:y|ies)|gehalt\w*|"
    r"lohn\w*|bank[ _-]?statements?|kontoauszug\w*|kontoauszüge|credit[ _-]?cards?|kreditkarte\w*|"
    r"medical|arzt\w*|befund\w*|diagnos\w*|health|krank\w*|patient\w*|testament\w*|"
    r"confidential|vertraulich|secret|geheim|private?s?|privat\w*|recovery[ _-]?codes?|backup[ _-]?"
    r"codes?|wallet|pin|tan|credentials?|logins?|zugangsdaten|diary|tagebuch|"
    r"divorce|scheidung\w*|insurance[ _-]?card|birth[ _-]?certificate|geburtsurkunde|"
    r"personnel|personalakte|kündigung\w*)(?:[^a-zäöüß]|$)"
)
_SENSITIVE_TEXT = re.compile(
    r"(?i)\b(?:strictly (?:confidential|private)|streng vertraulich|passwor[dt]\s*[:=]|"
    r"social security number|private key|recovery code|steuer-?id(?:entifikationsnummer)?\s*[:\d])"
)


@dataclass(frozen=True, slots=True)
class Likely:
    """A file that a sentence may mean."""

    document: Document
    score: float
    """0 to 1."""
    words: tuple[str, ...]
    """Words of the sentence that its name holds."""


def sensitive(document: Document) -> str:
    """Return why a file is never offered to anybody, or ''."""
    # What comes first is where homes lie, and whose: a user may be called Key.
    folders = "/".join(document.path.split("/")[3:])
    named = f"/{folders} {document.title}".replace("_", " ")
    found = _SENSITIVE_NAME.search(named)
    if found:
        return f"its name speaks of “{found[0].strip(' /._-')}”"
    if _SENSITIVE_TEXT.search(document.text[:20_000]):
        return "it says that it is confidential"
    return ""


def content_words(text: str) -> tuple[str, ...]:
    """Return the words of a sentence that can name a thing, in their order, each once."""
    words = (w.casefold() for w in _WORD.findall(_POINTER.sub(" ", text)))
    kept = (w for w in words if (len(w) > 2 or w.isdigit()) and w not in _EMPTY)
    return tuple(dict.fromkeys(kept))[:MOST_WORDS]


def file_names(text: str) -> tuple[str, ...]:
    """Return the names of files that a text spells out: plan.pdf, Report 3.docx."""
    return tuple(dict.fromkeys(name.casefold() for name in _FILE_NAME.findall(text)))


def likely_file(
    texts: Sequence[str], context: Context, *, at: datetime, known: Iterable[str] = ()
) -> Likely | None:
    """Return the one file that the texts mean, None when none or more than one fits.

    ``texts``: the sentence first, then what else helps (the subject). ``at``: files that were
    changed shortly before are likelier, later ones are left out. ``known``: ids to leave out.
    """
    left_out = set(known)
    words = content_words(texts[0]) or content_words(" ".join(texts))
    more = tuple(w for w in content_words(" ".join(texts[1:])) if w not in words)
    named = file_names(" ".join(texts))
    if not words and not named:
        return None
    query = " ".join((*named, *words)) or " ".join(more)
    found = context.library.search(query, media="file", limit=CANDIDATES)
    if more:
        both = context.library.search(" ".join((*words, *more)), media="file", limit=CANDIDATES)
        found = [*found, *(d for d in both if d.id not in {f.id for f in found})]
    rated = [
        one
        for document in found
        if document.id not in left_out and document.modified <= at + timedelta(minutes=5)
        for one in [_rated(document, words, more, named, at)]
        if one is not None
    ]
    return _clearly_best(rated)


def _rated(
    document: Document,
    words: tuple[str, ...],
    more: tuple[str, ...],
    named: tuple[str, ...],
    at: datetime,
) -> Likely | None:
    name = document.path.rpartition("/")[2].casefold()
    own = {w.casefold() for w in _WORD.findall(f"{name} {document.title}".replace("_", " "))}
    if name in named:
        return Likely(document, 1.0, (name,))
    in_name = tuple(w for w in words if _said(w, own))
    helped = tuple(w for w in more if _said(w, own))
    if not in_name and len(helped) < 2:
        return None
    body = {w.casefold() for w in _WORD.findall(document.text[:20_000])}
    in_text = sum(_said(w, body) for w in words if w not in in_name)
    score = (len(in_name) + 0.35 * in_text) / max(len(words), 1)
    score += 0.15 * min(len(helped), 2)
    age = at - document.modified
    score += 0.15 if age <= _FRESH else 0.05 if age <= _RECENT else 0.0
    if len(in_name) + len(helped) < 2 and age > _FRESH:
        score -= 0.2
    return Likely(document, min(1.0, score), (*in_name, *helped)) if score >= _LEAST else None


def _said(word: str, among: set[str]) -> bool:
    """Tell whether a word is there, or one that differs in its ending alone."""
    if word in among:
        return True
    stem = word[: max(4, len(word) - 2)]
    return len(word) > 4 and any(
        other.startswith(stem) and abs(len(other) - len(word)) <= 3 for other in among
    )


def _clearly_best(rated: Sequence[Likely]) -> Likely | None:
    """Return the best one; older versions and copies of it do not stand in its way."""
    ranked = sorted(rated, key=lambda r: (-round(r.score, 2), -r.document.modified.timestamp()))
    if not ranked:
        return None
    best = ranked[0]
    for other in ranked[1:]:
        if best.score - other.score >= _MARGIN:
            break
        if not same_work(best.document, other.document):
            return None
    return best


def same_work(one: Document, other: Document) -> bool:
    """Tell whether two files are versions, copies or forms of one piece of work, by their names."""
    return one.fingerprint == other.fingerprint or _stem(one) == _stem(other)


def _stem(document: Document) -> str:
    name = document.path.rpartition("/")[2].casefold().rpartition(".")[0]
    plain = re.sub(
        r"(?:[ _.-]*(?:v(?:ersion)?[ _.-]?\d+|final|fertig|neu|new|old|alt|draft|entwurf|kopie|"
        r"copy|rev\w*|\(\d+\)|\d{4}-\d{2}-\d{2}|\d+))+$",
        "",
        name.strip(),
    )
    return re.sub(r"[\W_]+", " ", plain).strip() or name
