"""Who calls and what they want besides: name, address, formats, subject line, blind reading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samantha.api.types import Document, Person
from samantha.signals.passages import Passages, Span, matches

_CAP = r"[A-ZÄÖÜÉ][\w'’&-]*"
_SMALL = r"(?:of|the|and|for|in|on|de|der|die|das|des|und|für|im|am|vom|von|zur|&)"
_KIND = (
    r"(?:Review|Quarterly|Magazine|Journal|Press|Anthology|Prize|Award|Books|Editions?|Gazette"
    r"|Almanac|Chronicle|Zine|Papers|Post|Reader|Society|Foundation|Competition|Contest|Festival"
    r"|Verlag|Zeitschrift|Magazin|Edition|Preis|Literaturpreis|Wettbewerb|Literaturhaus|Hefte"
    r"|Blätter|Almanach|Literaturverein|Gesellschaft|Stiftung|Akademie|\w+preis|\w+zeitschrift"
    r"|\w+verlag|\w+wettbewerb)"
)
_NAMED = re.compile(
    rf"(?<!\w)(?:(?:The|Die|Der"
    rf"|Das) )?{_CAP}(?: (?:{_SMALL} ){{0,2}}{_CAP}){{0,4}}? {_KIND}(?: (?:of|for|für|der|des|am"
    rf"|im) (?:the )?{_CAP}(?: {_CAP})?)?(?!\w)"
    rf"|(?<!\w)(?:Edition|Verlag|Literaturhaus|Literaturzeitschrift|Zeitschrift"
    rf"|Magazin) {_CAP}(?: {_CAP}){{0,3}}"
)
_ACTS = re.compile(
    rf"(?:^|[\n.!?:,] ?|\b(?:at|with|from|bei|von) )(?P<name>(?:The|Die|Der"
    rf"|Das) {_CAP}(?: (?:{_SMALL} )?{_CAP}){{0,4}}|{_CAP}(?: {_CAP}){{1,4}}) (?:is|are|reads?"
    rf"|seeks?|invites?|wants|publishes|welcomes?|accepts|opens?|now|has|sucht|suchen|lädt|liest"
    rf"|nimmt|schreibt|ruft)\b",
    re.M,
)
_QUOTED = re.compile(
    r"(?:anthologie|anthology|zeitschrift|magazin|magazine|journal|heftreihe|reihe|zine"
    r"|literary (?:magazine|journal"
    r"|review)) (?:\w+ ){0,2}?[„“\"»‘'](?P<name>[^\n„“”\"«»]{3,60})[“”\"«’']",
    re.I,
)
_ROLE = re.compile(
    r"\n[ \t]*(?:(?:poetry|fiction|managing|founding|guest|essays?) )?(?:the )?(?:editors?"
    r"|redaktion|herausgeber(?:in)?|publisher|the team|team),?(?: of| at| der| von"
    r"| des)? (?P<name>[^\n,]{3,60})",
    re.I,
)
_NOT_NAMES = re.compile(
    r"^(?:(?:Submissions?|Open|Call|Calls|Short|Dear|We|Our|This|That|The (?:deadline|theme"
    r"|editors?|winner|theme|call|best|next|new)|Please|Send|Winter|Summer|Spring|Autumn|Word|If"
    r"|In|For|Einsendeschluss|Ausschreibung|Wir|Unsere?|Bitte|Liebe|Das Thema|Der Einsendeschluss"
    r"|Die (?:Ausschreibung|Redaktion|Jury|Texte|Frist))\b)",
    re.I,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24}(?!\w)")
_TO_SEND = re.compile(
    r"(?:send|submit|submissions?|email|e-mail|mail|entries|to|address|by|via|an|per|schick\w*"
    r"|send\w*|einsend\w*|einreich\w*|richten|unter|adresse|:)\W{0,3}(?:\w+\W+){0,12}$",
    re.I,
)
_TO_ASK = re.compile(
    r"(?:question|enquir|inquir|query|queries|contact|help|problem|unsubscribe|subscri|remove"
    r"|fragen|rückfragen|kontakt|auskunft|abmeld|abbestell|press(?!e)|interview)[^.!?\n]{0,60}$",
    re.I,
)
_SENDING_LOCAL = re.compile(
    r"submi|entr|einsend|edit|redaktion|text|contest|wettbewerb|call|ausschreib|letter|poe|stor"
    r"|manusk|manuscript|fiction|lyrik|brief",
    re.I,
)
_FORMAT = re.compile(
    r"(?<![\w/])(?:\.?(docx?|odt|rtf|pdf|txt)|(ms[- ]?word|word)(?= ?(?:file|doc|attachment"
    r"|format|-?datei|-?dokument|oder|or|,|\.|\)))|(open ?document)|(rich text)|(plain text))(?:s"
    r"|-datei(?:en)?|-dokumente?|-format)?(?!\w)",
    re.I,
)
_NO_FORMAT = re.compile(r"\b(?:no|not|kein\w*|nicht|never|except)\b[^.!?\n,;]{0,24}$", re.I)
_SUBJECT = re.compile(
    r"(?:subject(?: line)?|betreff(?:zeile)?|stichwort)(?: of (?:your|the) (?:e-?mail|mail"
    r"|message))?(?: (?:should|must|please|soll(?:te)?|bitte|muss))?(?: (?:be|read|say|is|lautet"
    r"|lauten|sein|heißen|of|with))?[ ,:]{0,3}"
    r"(?:[„“\"»«‘'](?P<quoted>[^\n„“”\"«»]{2,80})[“”\"«»’']|(?P<plain>(?<=: )[^\n.;]{2,80}"
    r"|(?-i:[A-Z])[^\n.;,]{2,60}))",
    re.I,
)
_SUBJECT_LAST = re.compile(
    r"(?:put|write|use|include|mark|enter)[^.\n\"“„«‘']{0,30}[„“\"»«‘'](?P<quoted>[^\n„“”\"«»]{2,80})"
    r"[“”\"«»’'][^.\n]{0,30}subject",
    re.I,
)
_BLIND = re.compile(
    r"(?<![^\W\d_])(?:(?:read|judged?|judging|reading|reviewed|assessed"
    r"|considered) (?:\w+ )?(?:blind(?:ly)?|anonymous(?:ly)?)|blind (?:reading|read|judging"
    r"|submission)|anonym(?:ous(?:ly)?|i[sz]ed|isiert\w*|e[rns]?)?"
    r"|(?:no|without (?:your|any|the author['’]s)) (?:name|identifying)|(?:your "
    r"|the author['’]s )?name (?:should|must|may) (?:not|appear nowhere)|remove (?:your name"
    r"|all identifying)|identifying information"
    r"|ohne (?:nennung |angabe )?(?:des |ihres |ihren |deinen )?namens?|(?:kein|keinen) namen?"
    r"|name (?:darf|soll) (?:\w+ ){0,6}nicht|kennwort)(?![^\W\d_])",
    re.I,
)
_LANGUAGES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "dutch": "nl",
    "englisch": "en",
    "deutsch": "de",
    "französisch": "fr",
}
_LANGUAGE = re.compile(
    r"(?<![^\W\d_])(?:(?:read|written|write|work|submissions?|texts?|letters|poems|poetry|stories"
    r"|prose"
    r"|fiction|essays?|novels?|manuscripts?|accept\w*|only) (?:\w+ ){0,3}?in (english|german"
    r"|french|spanish|italian|dutch)"
    r"|in (english) only|(english|german|french)[- ]language"
    r"|(?:in|auf) (deutsch|englisch|französisch)(?:er sprache)?|(deutsch|englisch)sprachig\w*"
    r"|in (deutsch|englisch|französisch)er sprache)(?![^\W\d_])",
    re.I,
)
_THEME = re.compile(
    r"(?<![^\W\d_])(?:(?:(?:on|around|with) )?(?:the |this issue['’]s |our )?themes?(?: of (?:the"
    r"|this) \w+)?(?: is| are|:| of)?|zum thema(?: lautet|:)?|thema(?: ist| lautet|:)"
    r"|das motto(?: ist| lautet|:)?|unter dem (?:motto|titel))[ ,:]{1,3}"
    r"(?:[„“\"»«‘'](?P<quoted>[^\n„“”\"«»]{2,120})[“”\"«»’']|(?P<plain>[^\n.!?;]{3,120}))",
    re.I,
)
_TELLING = re.compile(
    r"(?<![^\W\d_])(?:letters|poems|poetry|stories|fiction|essays|work|writing|briefe|gedichte"
    r"|geschichten|texte|prosa)(?:,[^.!?\n]{0,40},)? (?P<plain>(?:about|that|which|on"
    r"|dealing with|exploring|set in|über|die von|die vom|rund um)[^.!?\n]{6,160})",
    re.I,
)

_PERSON = re.compile(rf"{_CAP} {_CAP}")

Quoted = tuple[object, Span]


def find_name(document: Document, within: Passages, speaker: Person | None) -> Quoted | None:
    """Return the outlet's name where the text gives it; the name of who speaks where it does not.

    ``speaker`` is the sender of the mail, or of the mail that it passes on.
    """
    text = document.text
    sender = speaker.name if speaker else ""
    around = f"{sender} {document.mail.subject if document.mail else ''}".lower()
    best: tuple[float, str, Span] | None = None
    for name, span, score in _names(text, within, sender):
        words = name.split()
        if _NOT_NAMES.match(name) or not 3 <= len(name) <= 80 or len(words) > 9:
            continue
        score += 1.5 if name.lower() in around or name.lower().removeprefix("the ") in around else 0
        score += 0.4 * min(3, text.count(name, 0, 20_000))
        if best is None or score > best[0]:
            best = (score, name, span)
    if best is not None and (best[0] >= 1.8 or not sender):
        return best[1], best[2]
    if sender and "@" not in sender:
        return _tidy(sender), (0, 0)
    return (best[1], best[2]) if best else None


def _names(text: str, within: Passages, sender: str) -> Iterator[tuple[str, Span, float]]:
    for match in matches(_NAMED, text, within, 30):
        yield match[0], match.span(), 2.0
    for match in matches(_ACTS, text, within, 20):
        yield match["name"], match.span("name"), 1.0
    for match in matches(_QUOTED, text, within, 10):
        yield match["name"].strip(), match.span("name"), 2.2
    for match in matches(_ROLE, text, within, 10):
        name = match["name"].strip()
        yield name, (match.start("name"), match.start("name") + len(name)), 1.6
    name = _tidy(sender)
    for start, end in within if len(name) > 3 else ():
        at = text.find(name, start, end)
        if at >= 0:
            # Two capitalised words are as often the editor as the outlet.
            yield name, (at, at + len(name)), -1.0 if _PERSON.fullmatch(name) else 1.6
            break


def _tidy(sender: str) -> str:
    """Take the outlet out of a display name such as "Ada Brandt, The Saltmarsh Review"."""
    parts = re.split(r",| \| | - | – | (?:at|von|from|via) ", sender)
    known = [p for p in parts if re.search(_KIND, p)]
    return (known[-1] if known else parts[-1] if len(parts) > 1 else sender).strip(" \"'“”")


def find_address(text: str, within: Passages) -> Quoted | None:
    """Return the address that work is to be sent to; addresses for questions do not count."""
    rest: list[Quoted] = []
    for match in matches(_EMAIL, text, within, 20):
        before = text[max(0, match.start() - 110) : match.start()]
        before = re.split(r"\n[ \t]*\n|[.!?]\s", before)[-1]
        if _TO_ASK.search(before):
            continue
        address = match[0].rstrip(".").lower()
        found: Quoted = (address, (match.start(), match.start() + len(address)))
        if _TO_SEND.search(before):
            return found
        if _SENDING_LOCAL.search(address.partition("@")[0]):
            rest.append(found)
    return rest[0] if len(rest) == 1 else None


def find_formats(text: str, within: Passages) -> Quoted | None:
    """Return the wanted file formats in the order in which they are named."""
    names = {2: "docx", 3: "odt", 4: "rtf", 5: "txt"}
    found: list[str] = []
    span: Span = (0, 0)
    for match in matches(_FORMAT, text, within, 20):
        if _NO_FORMAT.search(text, max(0, match.start() - 40), match.start()):
            continue
        name = next(
            n for n in (match[1] and match[1].lower(), *(names[i] for i in names if match[i])) if n
        )
        span = span if found else match.span()
        if name not in found:
            found.append(name)
    return (found, span) if found else None


def find_subject(text: str, within: Passages) -> Quoted | None:
    """Return the subject line that is asked for."""
    for match in matches(_SUBJECT, text, within, 5):
        value = match["quoted"] or match["plain"]
        if value:
            name = "quoted" if match["quoted"] else "plain"
            return value.strip().rstrip(",.;"), match.span(name)
    for match in matches(_SUBJECT_LAST, text, within, 1):
        return match["quoted"].strip().rstrip(",.;"), match.span("quoted")
    return None


def find_blind(text: str, within: Passages) -> Quoted | None:
    """Return whether no name may stand in the manuscript."""
    for match in matches(_BLIND, text, within, 5):
        before = text[max(0, match.start() - 24) : match.start()].lower()
        if not re.search(r"\b(?:not|never|nicht|neither)\b", before):
            return True, match.span()
    return None


def find_language(text: str, within: Passages) -> Quoted | None:
    """Return the language that work must be in, where the call says so."""
    for match in matches(_LANGUAGE, text, within, 3):
        name = next(g for g in match.groups() if g).lower()
        return _LANGUAGES[name], match.span()
    return None


def find_themes(text: str, within: Passages) -> Quoted | None:
    """Return what the work should be about."""
    for pattern in (_THEME, _TELLING):
        for match in matches(pattern, text, within, 5):
            groups = match.groupdict()
            name = "quoted" if groups.get("quoted") else "plain"
            value = groups[name]
            if value and not re.match(r"\s*(?:is open|free|offen|frei)\b", value, re.I):
                return value.strip(" ,"), match.span(name)
    return None
