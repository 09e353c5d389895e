"""WordPiece: text to the token ids of all-MiniLM-L6-v2, as its own tokeniser makes them.

llama.cpp's tokeniser differs from it on Hangul, on Indic vowel signs and on words of more than a
hundred characters, so ids are made here and passed on. Steps as in BERT's reference: drop control
characters, part CJK characters and punctuation, strip accents, lower; then the longest piece first.
A literal "[SEP]" in a text is five characters and never the special token.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

MAX_TOKENS = 256
"""The length the model was trained with, both special tokens counted."""

_UNKNOWN, _CLS, _SEP = "[UNK]", "[CLS]", "[SEP]"
_WORD_MARK = "\u2581"
_MAX_WORD = 100
_KNOWN_CHARACTERS = 40_000
_KNOWN_WORDS = 20_000
_CJK = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
    *((0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)


class WordPiece:
    """A tokeniser over the vocabulary as a GGUF file holds it: word-initial pieces marked."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        special = {text: at for at, text in enumerate(vocabulary) if text in (_UNKNOWN, _CLS, _SEP)}
        self._unknown = (special[_UNKNOWN],)
        self._cls, self._sep = special[_CLS], special[_SEP]
        self._first: dict[str, int] = {}
        self._inner: dict[str, int] = {}
        for at, text in enumerate(vocabulary):
            if text.startswith(_WORD_MARK):
                self._first.setdefault(text[1:], at)
            elif text not in special:
                self._inner.setdefault(text, at)
        self._characters = _Characters()
        self._pieces = lru_cache(_KNOWN_WORDS)(self._split)

    def ids(self, text: str, limit: int = MAX_TOKENS) -> list[int]:
        """Return the ids of a text between [CLS] and [SEP], cut to ``limit`` with [SEP] kept."""
        ids = [self._cls]
        for word in text.translate(self._characters).split():
            ids.extend(self._pieces(word) if len(word) <= _MAX_WORD else self._unknown)
            if len(ids) >= limit:
                break
        del ids[limit - 1 :]
        ids.append(self._sep)
        return ids

    def _split(self, word: str) -> tuple[int, ...]:
        found: list[int] = []
        start, known = 0, self._first
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = known.get(word[start:end])
                if piece is not None:
                    break
            else:
                return self._unknown
            found.append(piece)
            start, known = end, self._inner
        return tuple(found)


class _Characters(dict[int, str]):
    """What each character becomes, worked out when it is first met.

    Characters are decomposed one by one: over a whole text, putting a long run of combining marks
    in order takes quadratic time.
    """

    def __missing__(self, code: int) -> str:
        made = "".join(_normal(part) for part in unicodedata.normalize("NFD", chr(code)))
        if len(self) < _KNOWN_CHARACTERS:
            self[code] = made
        return made


def _normal(character: str) -> str:
    if character.isspace() and character not in "\x1c\x1d\x1e\x1f\x85":
        return " "
    category = unicodedata.category(character)
    # C*: control, format, surrogates, unassigned; Mn: accents.
    if category[0] == "C" or category == "Mn" or character == "\ufffd":
        return ""
    code = ord(character)
    if category[0] == "P" or (code < 128 and not character.isalnum()):
        return f" {character} "
    if any(low <= code <= high for low, high in _CJK):
        return f" {character} "
    return character.lower()
