"""The form of a letter: salutation, dateline, closing, signature, heading; in several languages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from samantha.signals.names import looks_like_name
from samantha.signals.shape import Shape
from samantha.signals.wording import words

_TOP = 26
_BOTTOM = 30

_EN_ADJ = (
    r"dear(?:est)?|beloved|darling|esteemed|hono(?:u)?red|respected|worthy|worthiest|gracious|"
    r"excellent|revered|precious|(?:high|well)[- ]?born|best|admirable|charming|kind(?:est)?"
)
_EN = (
    r"(?:(?:my|our|o|oh|well,)\s+)?(?:(?:own|very|most|much|ever|truly|highly|good|sweet|old|"
    rf"valued|much-valued|poor|little)[\s,-]+)*(?P<adj>{_EN_ADJ})\b[,]?(?P<who>[^,;:!.\n—–?\"“”]{{0,60}})"
)
_HELLO = (
    r"(?P<adj>hi|hello|hey|greetings|good (?:morning|evening|day)|hallo|servus|grüezi|moin|"
    r"guten (?:tag|morgen|abend)|grüß gott|bonjour|hola|ciao|hoi|hej)"
    r"\b(?P<who>[^,;:!.\n—–?\"“”]{0,40})"
)
_STYLE = (
    r"(?P<adj>sirs?|madam|gentlemen|messieurs|ladies(?: and gentlemen)?|to whom it may concern|"
    r"your (?:royal |imperial |serene |gracious )?(?:highness|majesty|excellency|grace|lordship|"
    r"ladyship|honou?r|eminence|holiness)|monsieur|madame|meine herren|meine damen und herren|"
    r"(?:euer|eure|ew\.) (?:\w+ )?(?:wohlgeboren|hochwohlgeboren|durchlaucht|hoheit|exzellenz|"
    r"excellenz|majestät|gnaden)|friend|brother|sister)(?P<who>)"
)
_DE_ADJ = (
    r"(?:hoch)?(?:ge|ver)ehrte(?:ste)?[rs]?|(?:aller)?liebe?(?:st)?e?[rs]?|"
    r"t(?:h)?eure?(?:st)?e?[rs]?|"
    r"we?rt(?:h)?e?(?:st)?e[rs]?|(?:wert)?geschätzte(?:ste)?[rs]?|beste[rs]?|gute[rs]?|"
    r"gnädig(?:st)?e[rs]?|geliebte(?:ste)?[rs]?|hochgeschätzte[rs]?"
)
_DE = (
    r"(?:(?:mein|meine|unser|unsere|o|oh)\s+)?(?:(?:sehr|hoch|viel|innigst|herzlich|ganz)\s+)*"
    rf"(?P<adj>{_DE_ADJ})(?![\w-])[,]?(?P<who>[^,;:!.\n—–?\"“”]{{0,60}})"
)
_ROMANCE = (
    r"(?:(?:mon|ma|mes|mi|mis|mio|mia|meu|minha|mijn|min)\s+)?(?:(?:très|muy|bien)\s+)?"
    r"(?P<adj>ch(?:er|ère|ers|ères)|querid[oa]s?|estimad[oa]s?|car(?:o|a|i|issim[oa])|gentile|"
    r"egregi[oa]|spettabile|beste|lieve|geachte|prezad[oa]s?|kära|käre|kære|drag[aă])\b"
    r"(?P<who>[^,;:!.\n—–?\"“”]{0,60})"
)
_END = r"(?P<end>\s*[,;:!.—–]|\s*-|\s*\Z)"
_SALUTATIONS = tuple(
    re.compile(p + _END, re.IGNORECASE) for p in (_EN, _DE, _HELLO, _STYLE, _ROMANCE)
)
_FIRST_WORD = re.compile(r"[_*\s]*[^\W\d_]", re.UNICODE)
_ROLE = re.compile(
    r"\b(?:friends?|sirs?|madam|brother|sister|mother|father|son|daughter|child(?:ren)?|boy|girl|"
    r"all|everyone|colleagues?|aunt|uncle|cousin|nephew|grandma|grandpa|mum|mom|dad|editors?|"
    r"freund(?:in|e)?|herr(?:en)?|frau|fräulein|mutter|vater|bruder|schwester|ami|amie|alle|"
    r"doctor|doktor|count|baron|prince|count(?:ess)?|kind|team|you)\b",
    re.IGNORECASE,
)
_NOT_WHO = re.compile(r"^\s*(?:me|god|lord|nacht|zeit|reise|fahrt|ist|war|heart|oh)\b", re.I)
_STYLE_ONLY = re.compile(
    r"^(?:sir|sirs|madam|gentlemen|monsieur|madame|friend|brother|sister)$", re.I
)

_MONTH = (
    r"(?:jan(?:uary|uar|\.)?|jänner|feb(?:ruary|ruar|\.)?|feber|mar(?:ch|\.)|märz|apr(?:il|\.)?|"
    r"may|mai|june?|juni|july?|juli|aug(?:ust|\.)?|sept(?:ember|\.)?|okt(?:ober|\.)?|"
    r"oct(?:ober|\.)?|nov(?:ember|\.)?|de[zc](?:ember|\.)?)(?![a-zäöü])"
)
_DATE = re.compile(
    rf"\d{{1,2}}(?:st|nd|rd|th)?[.,]?\s?(?:of\s|de\s)?{_MONTH}|{_MONTH}\s?\d{{1,2}}|{_MONTH}[,.]?\s\d{{4}}|"
    r"\b\d{1,2}\s?[./]\s?(?:\d{1,2}|[IVX]{1,4})[./]?(?:\s?\d{2,4})?\b|\b\d{4}-\d\d-\d\d\b|"
    r"\b1[5-9]\d\d\b|\b20\d\d\b|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:montag|dienstag|mittwoch|donnerstag|"
    r"freitag|samstag|sonnabend|sonntag)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^(?:(?:an open |open |a )?letters? (?:to|for|from)\b|lines to\b|"
    r"(?:offener )?brief an\b|an (?:den|die|das|herrn|frau|meinen?|meine)\b|an [A-ZÄÖÜ]\w+\b|"
    r"to (?:the\b|my\b|his\b|her\b|a\b|[A-Z])|lettre à|carta a|lettera a|herrn\b|pour m)",
    re.IGNORECASE,
)

_KIN = (
    r"friend|servant|brother|sister|father|mother|son|daughter|uncle|aunt|cousin|nephew|niece|"
    r"husband|wife|pupil|admirer|amicus|ami|neighbou?r|colleague|well-wisher|comrade"
)
_HOW = (
    r"obedient|faithful|affectionate|loving|sincere|devoted|humble|grateful|attached|true|"
    r"respectful|obliged|own"
)
_CLOSINGS = (
    re.compile(
        r"(?:^|[\s,.;:—–-])yours\b|\byour(?:s)?(?:[\s,]+[\w'_-]+){0,5}[\s,]+[_*]?"
        rf"(?:{_KIN})\b|\byour[\s,]+(?:most\s+|ever\s+|very\s+)?(?:{_HOW})\b|"
        r"^(?:ever |always )?your[,.]?$|\bbelieve me\b|\bi (?:am|remain)[,]? (?:sir|dear|with|ever|"
        r"always|as ever|your|my dear|most)\b|&c\.?,? ?&c|\bin (?:great )?haste\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:(?:very|most|ever|yours)\s+)*(?:sincerely|faithfully|respectfully|affectionately|"
        r"cordially|warmly|gratefully|fondly|truly|cheers|farewell|adieu|good-?bye|take care|"
        r"vale|addio|until (?:then|soon|next)|see you|love|xx+|hugs)\b.{0,30}$|"
        r"^(?:with |all my |much |lots of |my |and )*(?:(?:very|much|all|best|kind|kindest|warm|"
        r"warmest|good|many|fond|fondest|heartfelt|deepest|sincere)\s)*(?:love|regards|wishes|"
        r"respects|thanks|greetings|affection|compliments|gratitude|friendship)\b.{0,40}$",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|[.,!;–—-]\s*)(?:herzlich|innig|treu|hochachtungsvoll|freundlich|"
        r"ergeben)\w*\b.{0,40}$|"
        r"\bmit\s(?:[\w]+\s){0,4}(?:gr[uü](?:ß|ss)e?n?|empfehlung(?:en)?|hochachtung|verehrung)\b|"
        r"^(?:\w+\s){0,4}gr[uü](?:ß|ss)e?\b.{0,40}$|\bgrüße? (?:sie|dich|euch)\b|"
        r"\bgr[uü](?:ß|ss)(?:t|en) (?:sie|dich|euch)\b|^alles (?:liebe|gute)\b.{0,40}$|"
        r"\bleben sie wohl\b|\blebe? ?wohl\b|\bauf (?:\w+\s)?wiederseh|^von (?:\w+ )?herzen\b|"
        r"^in (?:treue|liebe|freundschaft|eile|verehrung|alter)\b|^bis (?:bald|dann)\b|"
        r"\bumarmt (?:dich|sie)\b|^(?:dein|ihr|euer)(?:e|er)? (?:\w+ )?(?:freund|freundin|sohn|"
        r"tochter|bruder|schwester|vater|mutter)\b|^der (?:ihre|deine|ihrige|deinige)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|\s)(?:Ihr|Ihre|Dein|Deine|Euer|Eure|Ihrige|Deinige|Ihren?|Deinen?)"
        r"(?:\s(?:sehr|ganz|treu|alt|lieb|ergeb|herzl|aufricht|dankbar|treuest|getreu)\w*)*"
        r"(?:\s[A-ZÄÖÜ][\w.]*){0,3}[.,!]?$"
    ),
    re.compile(
        r"^(?:amicalement|cordialement|bien à (?:toi|vous)|je vous (?:prie|embrasse|serre)|"
        r"je t.embrasse|un abrazo|saludos|atentamente|con cariño|cordiali saluti|un abbraccio|"
        r"distinti saluti|met vriendelijke groet|groet(?:en|jes)?|abraços?|atenciosamente)\b",
        re.IGNORECASE,
    ),
)
_CLOSING_AND_NAME = re.compile(
    r"(?:\b(?:yours?|sincerely|love|regards|friend|servant|faithful|affectionate|affectionately|"
    r"truly|ever|brother|sister|father|mother|son|daughter|wishes)|\b(?:Ihre?|Deine?|Euer|Eure|"
    r"der Ihrige|der "
    r"Ihre|der Deine|[Hh]erzlich\w*|ergeben\w*|[Ff]reund|[Tt]reue?r?|Gr[uü](?:ß|ss)e?n?))"
    r"[,:—–-]*\s+(?P<name>(?!Ihre?\b|Deine?\b|Eue?re?\b)[A-ZÄÖÜ][\w.'’-]*(?:\s(?:[A-ZÄÖÜ][\w.'’-]*|v\.|von|van|de)){0,3})[.!]?$"
)
_POSTSCRIPT = re.compile(r"^(?:p\.?\s?p?\.?\s?s\b|n\.?\s?b\b|postscript|nachschrift)", re.I)


@dataclass(frozen=True, slots=True)
class Signature:
    """A name near the end of a document."""

    name: str
    closed: bool
    """A closing formula stands before it."""
    last: bool = False
    """Nothing follows it but a postscript."""


@dataclass(frozen=True, slots=True)
class LetterForm:
    """The parts of a letter that were found; empty where there is none."""

    salutation: str = ""
    addressed: str = ""
    """Whom the salutation names."""
    before: tuple[str, ...] = ()
    """Lines above the salutation: dateline, heading, letterhead, address."""
    heading: str = ""
    """“To …”, “Letter to …”, “Brief an …”."""
    dateline: bool = False
    closing: str = ""
    signatures: tuple[Signature, ...] = ()
    postscript: bool = False


def salutation_in(line: str) -> tuple[str, str] | None:
    """Return (salutation, whom it names) if a line begins with one."""
    start = line.lstrip(" _*\t>#")[:100]
    if not start or not _FIRST_WORD.match(start):
        return None
    for pattern in _SALUTATIONS:
        found = pattern.match(start)
        if found and _credible(found, start):
            return found.group(0).strip(), found.group("who").strip(" _*")
    return None


def _credible(found: re.Match[str], start: str) -> bool:
    who, adj = found.group("who").strip(" _*"), found.group("adj")
    rest = start[found.end() :].strip(" -—–,!_*")
    if len(who.split()) > 8 or _NOT_WHO.match(who):
        return False
    if not who:
        # "Lieber! …", "Sir, –", but not "Best" or "Friend" within a sentence.
        if _STYLE_ONLY.match(adj):
            return not rest or not found.group("end").strip().startswith(".")
        mark = found.group("end").strip()[:1]
        return bool(mark and mark in ",!:—-") and (not rest or adj.lower() not in _PLAIN)
    if len(start) >= 100 and not found.group("end").strip():
        return False
    named = who[:1].isupper() or bool(_ROLE.search(who))
    if not found.group("end").strip():
        return named and not rest and len(who.split()) <= 4 and adj.lower() not in _PLAIN
    return named or (not rest and adj.lower().startswith(("dear", "hi", "hello")))


_PLAIN = words(
    "best excellent kind charming precious gute gutes guter beste bester bestes liebe darling "
    "good beste caro cara cari hoi"
)


def is_dateline(line: str) -> bool:
    """Tell whether a short line is a date, or a place with a date."""
    if len(line) > 70 or len(line.split()) > 9:
        return False
    return bool(_DATE.search(line)) and sum(c.isdigit() for c in line) <= 14


def is_closing(line: str) -> bool:
    """Tell whether a line is or ends in a closing formula."""
    clean = line.strip(" _*\t")
    if len(clean) > 140:
        clean = clean[-140:]
    return any(p.search(clean) for p in _CLOSINGS)


def letter_form(shape: Shape) -> LetterForm:
    """Return the parts of a letter that a document has."""
    at, salutation, who = _find_salutation(shape.lines)
    before = shape.lines[: at if at is not None else 4]
    top = shape.lines[:_TOP]
    end = shape.last[-_BOTTOM:]
    date = any(is_dateline(x) for x in (*top[:12], *(top[at + 1 : at + 3] if at else ())))
    return LetterForm(
        salutation=salutation,
        addressed=who,
        before=before[-12:],
        heading=next((x for x in before[:3] if len(x) <= 90 and _HEADING.match(x)), ""),
        dateline=date or any(is_dateline(x) for x in end[-4:]),
        closing=_find_closing(end),
        signatures=_signatures(end),
        postscript=any(_POSTSCRIPT.match(x) for x in end),
    )


def _find_salutation(lines: tuple[str, ...]) -> tuple[int | None, str, str]:
    for at, line in enumerate(lines[:_TOP]):
        found = salutation_in(line)
        if found:
            return at, *found
    return None, "", ""


def _find_closing(end: tuple[str, ...]) -> str:
    for line in reversed(end[1:]):
        if is_closing(line) and (len(line) <= 60 or line is end[-1] or line is end[-2]):
            return line
    return ""


def _signatures(end: tuple[str, ...]) -> tuple[Signature, ...]:
    """Return the names near the end, the last first."""
    found = []
    for at in range(len(end) - 1, -1, -1):
        line = end[at].strip(" _*—–-")
        inline = _CLOSING_AND_NAME.search(end[at].strip(" _*")[-90:])
        if inline and looks_like_name(inline.group("name")):
            found.append(Signature(inline.group("name"), True))
        elif looks_like_name(line) or _is_initials(line):
            above = end[max(0, at - 2) : at]
            closed = any(is_closing(x) for x in above)
            last = at == len(end) - 1 or _before_postscript(end, at)
            if closed or last or at >= len(end) - 3:
                found.append(Signature(line, closed, last))
    return tuple(found[:6])


def _is_initials(line: str) -> bool:
    return line.isupper() and bool(re.fullmatch(r"(?:[^\W\d_]\.?[ -]?){1,4}", line))


def _before_postscript(end: tuple[str, ...], at: int) -> bool:
    return at + 1 < len(end) and bool(_POSTSCRIPT.match(end[at + 1]))


def letters_within(text: str, limit: int = 200_000) -> int:
    """Count the salutations that stand on lines of their own: more than two make a book."""
    count = 0
    for line in text[:limit].split("\n"):
        if 4 < len(line) <= 70 and line[:1] not in ' \t>"“„' and salutation_in(line):
            count += len(line.split()) <= 8
    return count
