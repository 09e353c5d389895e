"""Rank: which candidates get the day's few places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from samantha.api.types import Suggestion


def rank(
    suggestions: Iterable[tuple[str, Suggestion]], now: datetime
) -> list[tuple[str, Suggestion]]:
    """Return (plugin, suggestion) pairs, urgent first, then by confidence and nearest expiry."""

    def key(pair: tuple[str, Suggestion]) -> tuple[bool, float, float]:
        suggestion = pair[1]
        left = (suggestion.expires - now).total_seconds() if suggestion.expires else 1e12
        return (not suggestion.urgent, -round(suggestion.confidence, 2), left)

    return sorted(suggestions, key=key)
