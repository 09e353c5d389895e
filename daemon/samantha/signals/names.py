"""Whether a few words name the user, name somebody else, or are no name at all."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

from samantha.signals.wording import words

_TITLES = words(
    "dr doktor doctor prof professor mr mrs ms miss mister sir madam lady lord herr herrn "
    "frau fräulein frl hr fr dipl ing med phil jur mag rev hon esq jun sen jr sr monsieur "
    "madame mme mlle signor signora señor señora"
)
_PARTICLES = words("van von vom de del della di da du la le der den zu zum ten ter y")
_NOT_NAMES = words(
    "amen adieu farewell ps nb p.s n.b postscript postskriptum nachschrift the end ende finis "
    "fin yours your ihr dein euer ihre deine eure love regards thanks danke grüße gruß grüß "
    "grüßen grüsse grüssen gruss liebe herzlich ihnen dich sie euch sincerely best cheers "
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch "
    "donnerstag freitag samstag sonnabend sonntag january february march april may june july "
    "august september october november december januar februar märz mai juni juli oktober "
    "dezember enclosure encl anlage anlagen beilage verte kind to and und mit with in from an "
    "am im my mein meine this dies no not nicht ja yes page seite copy kopie father mother "
    "brother sister son daughter friend uncle aunt cousin nephew niece vater mutter bruder "
    "schwester sohn tochter freund freundin onkel tante neffe nichte papa mama dad mum mom "
    "postcard postkarte draft entwurf everyone all alle team"
)
_CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*\.?")
_SHAPE = re.compile(r"[^\W\d_][\w'’.\-]*(?:[ ,&]+[^\W\d_][\w'’.\-]*){0,4}[.,!]?\Z")


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a short text, folded, initials with their dot, titles left out."""
    spread = re.sub(r"\b([^\W\d_])\.(?=[^\W\d_])", r"\1. ", text[:120])
    found = [t.casefold() for t in _TOKEN.findall(spread)]
    return tuple(t for t in found if t.rstrip(".") not in _TITLES)


def looks_like_name(text: str) -> bool:
    """Tell whether a short line has the shape of a person's name, whoever it is."""
    clean = text.strip(" _*\t")
    if not clean or len(clean) > 45 or "--" in clean or not _SHAPE.match(clean):
        return False
    words = [w.strip(".,!") for w in clean.replace(",", " ").replace("&", " ").split()]
    words = [w for w in words if w]
    if not words or any(w.casefold() in _NOT_NAMES for w in words):
        return False
    capitals = [w for w in words if w[:1].isupper()]
    rest_ok = all(w[:1].isupper() or w.casefold() in _PARTICLES for w in words)
    longest = max(len(w) for w in words)
    return bool(capitals) and rest_ok and longest >= 2


@dataclass(frozen=True, slots=True)
class Names:
    """The user's names, taken apart once."""

    full: tuple[tuple[str, ...], ...] = ()
    words: frozenset[str] = frozenset()
    """Every word of a name that is neither a particle nor an initial."""

    def __bool__(self) -> bool:
        return bool(self.full)

    def signed(self, line: str) -> float:
        """Return how surely a short line is the user's signature, 0 to 1."""
        seen = tokens(line)
        if not seen or len(seen) > 9:
            return 0.0
        parts = tokens(_CAMEL.sub(" ", line))
        return max((max(_signed(seen, o), _shortened(parts, o)) for o in self.full), default=0.0)

    def addressed(self, who: str) -> bool:
        """Tell whether a salutation's or an address line's words name the user."""
        seen = {t.rstrip(".") for t in tokens(who)}
        return bool(seen & self.words) and not any(
            t not in self.words and self._other_surname(t, who) for t in seen
        )

    def named(self, text: str) -> bool:
        """Tell whether a full name of the user (given name and surname) stands in a short text."""
        seen = [t.rstrip(".") for t in tokens(text)]
        wanted = [[t for t in own if t in self.words] for own in self.full]
        return any(len(w) > 1 and set(w) <= set(seen) for w in wanted)

    def _other_surname(self, token: str, who: str) -> bool:
        # "Dear Arthur Holz" is not said to Arthur Berg.
        words = [w.strip(".,!:;") for w in who.split()]
        given = {own[0] for own in self.full if own}
        for before, after in itertools.pairwise(words):
            if after.casefold() == token and before.casefold() in given and after[:1].isupper():
                return True
        return False


def _signed(seen: tuple[str, ...], own: tuple[str, ...]) -> float:
    """Score a line's words against one name: whole words, initials, shortened given names."""
    plain = [t.rstrip(".") for t in seen]
    words = {t for t in own if t not in _PARTICLES and len(t) > 1}
    whole = [t for t in plain if t in words]
    rest = [(t, raw) for t, raw in zip(plain, seen, strict=True) if t not in own]
    letters = [t for t, _ in rest if len(t) == 1]
    fits = all(any(o.startswith(x) for o in own) for x in letters)
    others = [raw for t, raw in rest if len(t) > 1 and t not in _PARTICLES]
    if whole and not others:
        return 1.0 if fits else 0.2
    if whole and own[-1] in whole and len(own[-1]) >= 4:
        return 0.7
    if whole and others and plain[0] == own[0]:
        # The given name with another surname: a namesake, or the user before a marriage.
        return 0.3
    if letters and not others and fits:
        return 0.9 if len(letters) > 1 else 0.6
    return 0.0


def _shortened(parts: tuple[str, ...], own: tuple[str, ...]) -> float:
    """Score shortened names: “Arth.”, “Arthur Sch”, “ArthSchn” for Arthur Schnabel."""
    plain = [p.rstrip(".") for p in parts]
    if not plain or len(plain) > len(own) or len(plain[0]) < 3:
        return 0.0
    left = iter(own)
    fits = all(len(p) >= 2 and any(o.startswith(p) for o in left) for p in plain)
    return 0.8 if fits else 0.0


@lru_cache(maxsize=16)
def names_of(names: tuple[str, ...]) -> Names:
    """Return the user's names, ready to be compared with signatures and salutations."""
    full = []
    for name in names:
        turned = " ".join(reversed(name.split(",", 1))) if "," in name else name
        parts = tuple(t.rstrip(".") for t in tokens(turned))
        if parts:
            full.append(parts)
    words = frozenset(t for own in full for t in own if t not in _PARTICLES and len(t) > 1)
    return Names(tuple(full), words)
