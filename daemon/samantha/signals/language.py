"""Which language a text is in: common words first, a trained identifier where they do not tell."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast

from samantha.api.languages import LEAST_WORDS, common_language, words_of

SAMPLE = 6_000
_SURE = 0.90


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@cache
def _identifier() -> _Identifier:
    # Loading costs 0.2 s or so, once, and only where common words did not tell.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return cast(_Identifier, LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, or '' when it is too short or unsure."""
    sample = text[:SAMPLE]
    words = words_of(sample)
    if len(words) < LEAST_WORDS:
        return ""
    told = common_language(sample)
    if told:
        return told
    code, confidence = _identifier().classify(" ".join(words))
    wanted = _SURE if len(words) >= 12 else 0.99
    return code[:2] if confidence >= wanted else ""
