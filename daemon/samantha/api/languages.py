"""Which language a text is in, by its commonest words."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"[^\W\d_]+")
LEAST_WORDS = 4

_COMMON = {
    "en": "the of and to in is that it was for you with be this are have not at from but they "
    "we his her she he my your which will would there been what when all i",
    "de": "der die das und ist nicht ich sie es zu den von mit dem ein eine auf sich für im auch "
    "wie dass daß aber wir war noch nur ihr ihnen mir mich haben hat bei oder wenn sind",
    "fr": "le la les et des est une je vous que qui dans pas pour sur avec ce il elle nous au du "
    "mais plus cette mon sont été être",
    "es": "el los las y que es una en por con para no su lo del se al como más pero sus le ya fue "
    "este esta muy",
    "it": "il di che è la un una per non con sono mi si lo del della ma gli nel anche come più "
    "questo ho ha",
    "nl": "de het een en van ik dat niet je is zijn op te met voor maar er aan ook als bij naar "
    "hebben heeft",
    "pt": "o os as e que não um uma de do da em para com por se mais como mas foi ao são você "
    "muito também",
}


@cache
def _common() -> dict[str, frozenset[str]]:
    return {code: frozenset(words.split()) for code, words in _COMMON.items()}


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return [word.lower() for word in _WORD.findall(text)]


def common_language(text: str) -> str:
    """Return the ISO 639-1 code of one of seven languages, or '' when it is short or unsure.

    Its commonest words make up a good part of the text, well ahead of any other language's.
    """
    words = words_of(text)
    if len(words) < LEAST_WORDS:
        return ""
    present = set(words)
    shares = sorted(
        ((sum(w in known for w in words) / len(words), code) for code, known in _common().items()),
        reverse=True,
    )
    (best, code), (second, _) = shares[0], shares[1]
    # Two short words may be anybody's (“o”, “do” are Portuguese and Polish): it takes several.
    several = len(present & _common()[code]) >= (3 if len(words) >= 8 else 2)
    least = 0.3 if len(words) < 8 else 0.18 if len(words) < 60 else 0.13
    return code if several and best >= least and best >= 1.6 * second else ""
