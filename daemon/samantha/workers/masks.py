"""Which tokens may come next, so that a reply is JSON of the schema asked for: llguidance.

llama.cpp's own grammars are not used: from a plain schema they reach a null pointer, and they let
control characters through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from samantha.workers.generator import Generator

_OPTIONS: Any = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "json_allowed_escapes": '"\\n',
    "json_allow_general_unicode_escapes": False,
    "lenient": False,
    "coerce_one_of": False,
}
MAX_SCHEMA_CHARACTERS = 256_000
# An option with a control character would silently lose it.
_PLAIN = re.compile(r'(?:[^\\]|\\["\\/n]|\\u(?!00[01])[0-9a-f]{4})*\Z')


class MaskError(Exception):
    """The schema makes no grammar, or the reply left it."""


class Masks:
    """Makes masks for one model; the first takes a second, for it looks at every token."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._tokenizer: Any = None

    def of(self, schema: Mapping[str, Any]) -> Mask:
        """Return the mask of a schema, or raise ``MaskError``."""
        import llguidance

        text = json.dumps(schema)
        if len(text) > MAX_SCHEMA_CHARACTERS or not _PLAIN.match(text):
            raise MaskError("the schema is too long, or holds control characters")
        if self._tokenizer is None:
            self._tokenizer = self._made()
        limits = llguidance.LLParserLimits(verbose_errors=False)
        try:
            grammar = llguidance.LLMatcher.grammar_from_json_schema(text, overrides=_OPTIONS)
        except ValueError as problem:
            raise MaskError("the schema is not one") from problem
        matcher = llguidance.LLMatcher(self._tokenizer, grammar, log_level=0, limits=limits)
        if matcher.is_error():
            raise MaskError("the schema makes no grammar")
        return Mask(matcher, self._generator.size)

    def _made(self) -> Any:
        import llguidance

        generator = self._generator
        tokens = []
        for token in range(generator.size):
            piece = generator.piece(token, special=True)
            # llguidance's own sign for tokens that are no text.
            mark = generator.control(token) or token in generator.marks.values()
            tokens.append(b"\xff" + piece if mark else piece)
        vocab, function = generator.tokenizer_address()
        made: Any = llguidance.LLTokenizer
        return made.from_llamacpp(
            tokens=tokens,
            vocab_ptr=vocab,
            tokenize_fptr=function,
            eos_token=generator.end_token,
            slices=None,
        )


class Mask:
    """What one reply may still say."""

    def __init__(self, matcher: Any, size: int) -> None:
        self._matcher = matcher
        self._size = size

    def apply(self, logits: Any) -> Any:
        """Return the logits with every token that may not come at minus infinity."""
        import numpy as np

        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        if self._matcher.is_error():
            raise MaskError("the reply cannot go on")
        allowed = np.unpackbits(bits, count=self._size, bitorder="little").view(bool)
        if not allowed.any():
            raise MaskError("the reply cannot go on")
        return np.where(allowed, logits, np.float32(-np.inf))

    def take(self, token: int) -> None:
        """Note what was said."""
        if not self._matcher.consume_token(token):
            raise MaskError("the reply left its grammar")

    def forced(self) -> list[int]:
        """Return, and note as said, the tokens that alone can follow."""
        found: list[int] = self._matcher.compute_ff_tokens()
        if found and not self._matcher.consume_tokens(found):
            raise MaskError("the reply left its grammar")
        return found

    @property
    def finished(self) -> bool:
        """Whether the reply is complete and can only end."""
        return bool(self._matcher.is_stopped())
