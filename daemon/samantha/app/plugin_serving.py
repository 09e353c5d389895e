"""What the daemon answers to a plugin in a host: within its permissions, by type, bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, get_args, get_origin

from samantha.adapters.plugin_host_calls import calls
from samantha.adapters.plugin_host_questions import (
    ABOUT_LIMIT,
    QUESTION_LIMIT,
    answer_plain,
    answer_type,
    choices_of,
)
from samantha.adapters.plugin_host_values import Misfit, plain, valued
from samantha.api.asking import shape_of
from samantha.api.plugin import Context, Moment
from samantha.api.types import Document, DocumentId, Evidence, Identity, Outlet

DOCUMENTS_AT_ONCE = 500
ANSWER_ITEMS = 2_000
ANSWER_BYTES = 16 * 2**20
TEXT_LIMIT = 2_000_000
"""Characters of one document's text; what lies behind them is left out with its signals."""
_PARAMETER_TEXT = 20_000
_PARAMETER_ITEMS = 5_000
_ITEM_BYTES = 2_000


class Serving:
    """Answers the questions of one plugin about one moment."""

    def __init__(self, context: Context, documents: Sequence[Document]) -> None:
        self._context = context
        self._documents = {one.id: one for one in documents}

    def __call__(self, name: str, untrusted_parameters: Any) -> dict[str, Any]:
        """Return the answer as JSON has it, or why there is none."""
        try:
            if name == "ask":
                value = self._ask(untrusted_parameters)
            else:
                value = self._asked_library(name, untrusted_parameters)
        except Misfit as problem:
            return {"ok": False, "reason": str(problem)[:300]}
        return {"ok": True, "value": value}

    def _asked_library(self, name: str, raw: Any) -> Any:
        call = calls().get(name)
        if call is None:
            raise Misfit("the library has no such question")
        parameters = call.valued(raw)
        for one in parameters.values():
            _bounded(one)
        value = getattr(self._context.library, name)(**parameters)
        return answer_of(value, call.result)

    def _ask(self, raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise Misfit("no question")
        question = valued(raw.get("question"), str, "question")
        about = valued(raw.get("about"), tuple[str, ...], "about")
        near = valued(raw.get("near"), tuple[Evidence, ...], "near")
        if len(question) > QUESTION_LIMIT or len(about) > ABOUT_LIMIT or len(near) > ABOUT_LIMIT:
            raise Misfit("the question is too long")
        documents = [d for one in about if (d := self._document(DocumentId(one))) is not None]
        answer = answer_type(raw.get("answer"))
        if len(documents) < len(about):
            return None
        choices = choices_of(raw.get("choices"))
        value = self._context.ask(question, documents, answer, choices=choices, near=near)
        return answer_plain(value, shape_of(answer))

    def _document(self, name: DocumentId) -> Document | None:
        return self._documents.get(name) or self._context.library.document(name)


def _bounded(value: object) -> None:
    if isinstance(value, str) and len(value) > _PARAMETER_TEXT:
        raise Misfit(f"a text of more than {_PARAMETER_TEXT} characters")
    if isinstance(value, int) and not -1 < value < 2**31:
        raise Misfit("a number out of bounds")
    if isinstance(value, tuple):
        if len(value) > _PARAMETER_ITEMS:
            raise Misfit(f"a list of more than {_PARAMETER_ITEMS}")
        for one in value:
            _bounded(one)


def answer_of(value: Any, hint: Any) -> Any:
    """Return an answer as JSON has it; of a long list, as many of the first as there is room."""
    if get_origin(hint) is not Sequence:
        return plain(_cut(value), hint)
    (kind,) = get_args(hint)
    items: list[Any] = []
    size = 0
    for one in value:
        size += _size(one)
        if len(items) >= ANSWER_ITEMS or (size > ANSWER_BYTES and items):
            break
        items.append(plain(_cut(one), kind))
    return items


def moments(moment: Moment, media: Iterable[str]) -> list[Moment]:
    """Return a moment in parts that a host can take in, with what the plugin may read."""
    if not moment.documents:
        return [moment]
    wanted = set(media)
    parts: list[list[Document]] = []
    size = 0
    for document in moment.documents:
        if document.media not in wanted:
            continue
        size += _size(document)
        if not parts or len(parts[-1]) >= DOCUMENTS_AT_ONCE or size > ANSWER_BYTES:
            parts.append([])
            size = _size(document)
        parts[-1].append(_cut(document))
    return [_part(moment, part) for part in parts]


def _part(moment: Moment, documents: Sequence[Document]) -> Moment:
    names = {one.id for one in documents}
    wakes = tuple(w for w in moment.wakes if names.intersection(w.documents))
    return replace(moment, documents=tuple(documents), wakes=wakes)


def message(moment: Moment, context: Context) -> Mapping[str, Any]:
    """Return what a host is told about a moment."""
    return {
        "moment": plain(moment, Moment),
        "identity": plain(context.identity, Identity),
        "outlets": plain(context.outlets, tuple[Outlet, ...]),
        "zone": zone_name(context.zone, moment.now),
    }


def zone_name(zone: tzinfo, now: datetime) -> str:
    """Return a name of the zone that every system's table has."""
    key = getattr(zone, "key", None)
    if isinstance(key, str):
        return key
    offset = now.astimezone(zone).utcoffset() or timedelta()
    hours = round(offset / timedelta(hours=1))
    return f"Etc/GMT{-hours:+d}" if -12 <= hours <= 14 and hours else "UTC"


def _size(value: object) -> int:
    if isinstance(value, tuple) and value:
        value = value[0]
    if not isinstance(value, Document):
        return _ITEM_BYTES
    return _ITEM_BYTES + len(value.text[:TEXT_LIMIT].encode("utf-8", "surrogatepass"))


def _cut(value: Any) -> Any:
    if not isinstance(value, Document) or len(value.text) <= TEXT_LIMIT:
        return value
    kept = tuple(s for s in value.analysis.signals if s.end <= TEXT_LIMIT)
    return replace(
        value,
        text=value.text[:TEXT_LIMIT],
        regions=tuple(r for r in value.regions if r.end <= TEXT_LIMIT),
        analysis=replace(value.analysis, signals=kept),
    )
