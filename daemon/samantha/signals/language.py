"""Which language a text is in: common words first, a trained identifier where they do not tell."""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol, cast

SAMPLE = 6_000
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_WORDS = 4
_SURE = 0.90

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


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@cache
def _common() -> dict[str, frozenset[str]]:
    return {code: frozenset(words.split()) for code, words in _COMMON.items()}


@cache
def _identifier() -> _Identifier:
    # Loading costs 0.2 s or so, once, and only where common words did not tell.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return cast(_Identifier, LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, or '' when it is too short or unsure."""
    sample = text[:SAMPLE]
    words = [w.lower() for w in _WORD.findall(sample)]
    if len(words) < _LEAST_WORDS:
        return ""
    told = _by_common_words(words)
    if told:
        return told
    code, confidence = _identifier().classify(" ".join(words))
    wanted = _SURE if len(words) >= 12 else 0.99
    return code[:2] if confidence >= wanted else ""


def _by_common_words(words: list[str]) -> str:
    """Return a language whose commonest words make up a good part of the text, well ahead."""
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
