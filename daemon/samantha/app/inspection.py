"""`samantha inspect`: one document, its signals, what each plugin makes of it, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from samantha.api.errors import UserError
from samantha.api.plugin import Moment, MomentKind, Silence, Wake
from samantha.api.types import Document, Suggestion
from samantha.app.assembly import Assembly
from samantha.app.cli.output import columns, heading, line
from samantha.app.file_stat import stat_of
from samantha.app.mail import bring_here
from samantha.app.records import document_record, signal_record
from samantha.app.running import Running
from samantha.app.session import joined
from samantha.core.admit import Refusal, admit
from samantha.core.attention import Candidate, Situation
from samantha.core.checks import attend
from samantha.core.ports import Unreadable
from samantha.core.text import inert


class _At:
    """A clock that stands still."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment."""
        return self._moment


def inspect_path(
    path: Path, now_words: str, only: Sequence[Running] | None = None
) -> dict[str, Any]:
    """Return the documented record of one file or mail. Nothing is stored.

    ``only``: these plugins are asked, and not those that are enabled.
    """
    target = path.expanduser().absolute()
    if target.is_dir():
        raise UserError(
            f"{target} is a folder.", "One file or mail is looked at.", "samantha search WORDS"
        )
    if stat_of(str(target)) is None:
        raise UserError(f"There is no file {target}.", "", "samantha sources")
    with joined() as a:
        now = _moment(now_words, a)
        media = "mail" if _is_mail(target) else "file"
        bring_here(a, target)
        try:
            document = a.reader.read(str(target), "inspect", media)
        except Unreadable as problem:
            raise UserError(
                f"{target} cannot be read: {problem.reason}.",
                "It would be listed as not readable.",
                "samantha sources",
            ) from problem
        seen = _analysed(a, document)
        suggestions, silent = asked(a, seen, now, a.running if only is None else only)
        return {
            "document": document_record(seen, a.config.zone()),
            "signals": [signal_record(s) for s in seen.analysis.signals],
            "suggestions": suggestions,
            "silent": silent,
        }


def _is_mail(path: Path) -> bool:
    return path.suffix.lower() == ".eml" or path.parent.name in ("cur", "new")


def _moment(words: str, a: Assembly) -> datetime:
    if not words:
        return a.clock.now()
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as problem:
        raise UserError(
            f"'{words}' is not a time.", "", "samantha inspect FILE --now 2026-05-01T09:00"
        ) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=a.config.zone())


def _analysed(a: Assembly, document: Document) -> Document:
    vectors = a.embedder.embed([f"{document.title}\n{document.body()}"[:4000]])
    analysis = a.analyze(document, vectors[0] if vectors else None)
    return replace(document, analysis=analysis)


def asked(
    a: Assembly, document: Document, now: datetime, plugins: Sequence[Running]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what each plugin proposes about one document, and why the others say nothing."""
    suggestions, silent = [], []
    moment = Moment(MomentKind.DOCUMENTS, now, (document,))

    def find(name: Any) -> Document | None:
        return document if name == document.id else a.index.document(name)

    for running in plugins:
        name, permissions = running.manifest.name, running.manifest.permissions
        if document.media not in permissions.media():
            silent.append({"plugin": name, "reason": f"does not read {document.media}s"})
            continue
        answers = list(running.call(moment, a.context))
        if running.collections and document.media == "file":
            grew = replace(moment, kind=MomentKind.COLLECTION_GREW)
            answers += running.call(grew, a.context)
        own = [s for s in answers if isinstance(s, Suggestion)]
        reasons = [
            s.reason for s in answers if isinstance(s, Silence) and s.document == document.id
        ]
        zone = a.config.zone()
        reasons += [
            f"it looks again on {w.at.astimezone(zone):%Y-%m-%d %H:%M}"
            for w in answers
            if isinstance(w, Wake)
        ]
        if running.last_failure:
            reasons.append(f"failed: {running.last_failure}")
        for suggestion in own:
            admitted = admit(suggestion, permissions, find, now)
            if isinstance(admitted, Refusal):
                reasons.append(f"not admitted: {admitted.reason}")
            else:
                suggestions.append(_record(a, name, admitted[0], now))
        if not own:
            silent.append({"plugin": name, "reason": "; ".join(reasons) or "nothing for it here"})
        elif reasons:
            silent.append({"plugin": name, "reason": "; ".join(reasons)})
    return suggestions, silent


def _record(a: Assembly, plugin: str, suggestion: Suggestion, now: datetime) -> dict[str, Any]:
    from dataclasses import asdict

    answer = attend(
        Candidate(
            plugin, suggestion.kind, suggestion.confidence, suggestion.urgent, suggestion.expires
        ),
        Situation(now, suppressed=a.state.suppressed(plugin, suggestion.thing)),
        a.config.policy(),
    )
    return {
        "plugin": plugin,
        "kind": suggestion.kind,
        "title": suggestion.title,
        "why": suggestion.why,
        "evidence": [asdict(e) for e in suggestion.evidence],
        "action": {"type": suggestion.action.type, **asdict(suggestion.action)},
        "confidence": round(suggestion.confidence, 3),
        "verdict": str(answer.verdict),
        "reason": answer.reason,
        "expires": suggestion.expires.isoformat() if suggestion.expires else None,
    }


def print_inspection(record: dict[str, Any]) -> None:
    """Print an inspection for people."""
    document = record["document"]
    heading(document["title"] or document["path"])
    columns(
        (
            ("kind", f"{document['kind']} ({round(document['kind_confidence'] * 100)} %)"),
            ("author", f"{document['author']}: {document['author_reason']}"),
            ("finished", f"{document['finished']}: {document['finished_reason']}"),
            ("language", document["language"] or "unsure"),
            ("words", str(document["words"])),
        )
    )
    if record["signals"]:
        line()
        columns(
            (
                s["kind"],
                str(s["value"])[:60],
                f"{s['start']}-{s['end']}",
                " ".join(s["quote"].split())[:80],
            )
            for s in record["signals"]
        )
    line()
    for suggestion in record["suggestions"]:
        line(f"{suggestion['plugin']}: {suggestion['title']}")
        line(f"  {suggestion['verdict']}: {suggestion['reason']}. {suggestion['why']}")
    for row in record["silent"]:
        line(f"{row['plugin']}: silent, {inert(row['reason'], 300)}")
