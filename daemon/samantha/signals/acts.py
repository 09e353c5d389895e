"""What a sentence does: it asks, it promises, it speaks of a meeting; by weighed cues."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

Act = Literal["request", "commitment", "question", "event_sentence"]
ACTS: tuple[Act, ...] = ("request", "commitment", "question", "event_sentence")

Cues = Mapping[str, str]

_BIAS: Mapping[Act, float] = {
    "request": -3.0,
    "commitment": -2.6,
    "question": -3.2,
    "event_sentence": -3.2,
}
_WEIGHTS: Mapping[Act, Mapping[str, float]] = {
    "request": {
        "mark": 2.4, "mark_end": 1.2, "q_you": 2.2, "modal_you": 0.8, "please": 1.2,
        "please_verb": 2.8, "imperative": 1.5, "imperativ": 2.6, "let_know": 2.4, "get_back": 0.9,
        "give_me": 1.0, "need_you": 3.2, "need_thing": 1.2, "like_to": 0.6, "appreciate": 1.9,
        "possible": 0.7, "asap": 0.8, "you_must": 1.2, "lets": 2.0, "suggest": 1.4, "sure": 0.8,
        "embedded_q": 0.9, "q_wish": 1.0, "q_shall": 0.8, "q_any": 1.0, "q_opinion": 1.2,
        "noun_first": 1.0, "name_verb": 0.8, "feel_free": -0.6, "rhetoric": -1.6, "q_tag": -0.6,
        "market": -1.0, "url": -0.8, "service": -2.4, "shouts": -0.4, "fiction": -0.8,
        "quoted": -1.0, "past_i": -0.6, "third": -0.3, "if_clause": -0.6,
    },
    "commitment": {
        "i_will": 2.6, "will_send": 1.6, "going_to": 1.5, "happy_to": 2.8, "i_can": 1.6,
        "i_present": 3.2, "will_start": 2.6, "will_do": 4.0, "my_turn": 2.0, "i_owe": 2.4,
        "i_will_be": 0.3, "let_know": 0.3, "mark": -1.6, "past_i": -0.8, "negated": -0.9,
        "market": -0.8, "service": -2.4, "third": -0.3, "fiction": -0.8, "quoted": -1.0,
        "near_day": 0.4, "deadline": 0.5, "hedge": -0.2, "if_clause": -0.4,
    },
    "question": {
        "mark": 2.6, "mark_end": 1.6, "q_you": 0.8, "q_aux": 1.0, "q_wh_aux": 1.4, "q_wh": 0.6,
        "q_any": 0.6, "q_opinion": 1.0, "embedded_q": 1.4, "rhetoric": -1.8, "market": -0.8,
        "service": -2.0, "url": -0.6, "quoted": -1.0, "noun_first": 0.6,
    },
    "event_sentence": {
        "meet_noun": 1.6, "meet_core": 1.3, "meet_verb": 1.4, "meet_avail": 1.2, "clock": 1.3,
        "weekday": 0.8, "near_day": 0.9, "dated": 0.7, "place": 0.7, "attendee": 0.2,
        "label_when": 0.8, "market": -1.0, "service": -1.8, "past_i": -0.3, "url": -0.6,
        "fiction": -0.6, "quoted": -1.0, "shouts": -0.3,
    },
}  # fmt: skip


def likely(act: Act, found: Cues) -> float:
    """Return how likely a sentence does this, by the cues found in it."""
    weights = _WEIGHTS[act]
    score = _BIAS[act] + sum(weights.get(name, 0.0) for name in found)
    return 1 / (1 + math.exp(-score))
