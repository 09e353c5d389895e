"""`samantha plugins check`: what can be said of a plugin before it sees a document of the user's.

It is started in its host, as it would be for real, and asked about made-up documents: plain ones,
empty ones, and such as a stranger would send.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from samantha.api.actions import ACTION_TYPES
from samantha.api.plugin import Answer, Context, Moment, Silence, Wake
from samantha.api.testing import context
from samantha.api.testing_contract import made_up, occasions
from samantha.api.types import Document, Suggestion
from samantha.app.hosted import Hosted
from samantha.app.plugins import Manifest, PluginState
from samantha.core.admit import TITLE_LIMIT, Permissions, Refusal, admit
from samantha.core.moments import not_kept
from samantha.core.shape import misshapen

_MAKERS = {
    "draft_mail": ("in_thread",),
}
"""Functions of the api that make an action whose class the plugin then need not name."""
_INSIDE = {"calendar_entry": "prepare_trip"}
"""Actions that are also a part of another one."""
_SIGNS = {
    "mail": ("mail", "thread", "quiet", "correspondence", "answer_times", "sender"),
    "files": ("file", "path", "folder", "collection", "copies", "moves"),
}
"""Words in the code of a plugin that has to do with such a source alone."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at."""

    what: str
    fine: bool
    told: str
    detail: str = ""


def check_in_host(hosted: Hosted, manifest: Manifest, files: Mapping[str, bytes]) -> list[Checked]:
    """Return what was found: the start in the host, its answers, its permissions."""
    listed = hosted.check()
    if listed.state is not PluginState.ENABLED:
        return [Checked("host", False, listed.reason, hosted.detail)]
    started = Checked("host", True, "it starts in a process without files and network")
    return [started, _answers(hosted, manifest), *_permissions(manifest, files)]


# --- what it answers -------------------------------------------------------------------------


def _answers(hosted: Hosted, manifest: Manifest) -> Checked:
    media = manifest.permissions.media()
    documents = [one for one in made_up() if one.media in media]
    asked_on = occasions(documents)
    problems: list[str] = []
    count = 0
    for occasion in asked_on:
        first = _asked(hosted, occasion, documents)
        if hosted.last_failure:
            break
        again = _asked(hosted, occasion, documents)
        if _things(first) != _things(again):
            problems.append("asked twice about the same, it names different things")
        count += len(first)
        problems += _wrong(first, manifest.permissions, documents, occasion)
    if hosted.last_failure:
        told = f"asked about made-up documents it failed: {hosted.last_failure}"
        return Checked("answers", False, told, hosted.detail)
    if problems:
        return Checked("answers", False, "; ".join(dict.fromkeys(problems)))
    told = f"asked on {len(asked_on)} made-up occasions it gave {count} sound answers"
    return Checked("answers", True, told)


def _asked(hosted: Hosted, occasion: Moment, documents: Sequence[Document]) -> list[Answer]:
    def context_of(permissions: Permissions, config: object) -> Context:
        return context(documents, config)

    return list(hosted.call(occasion, context_of))


def _things(answers: Iterable[Answer]) -> list[tuple[str, str]]:
    return sorted(_named(one) for one in answers)


def _named(answer: Answer) -> tuple[str, str]:
    if isinstance(answer, Silence):
        return "silence", str(answer.document)
    return (answer.kind if isinstance(answer, Suggestion) else "wake"), answer.thing


def _wrong(
    answers: Iterable[Answer],
    permissions: Permissions,
    documents: Sequence[Document],
    occasion: Moment,
) -> list[str]:
    known = {one.id: one for one in documents}
    problems = []
    for answer in answers:
        if isinstance(answer, Silence):
            problems += [] if answer.reason.strip() else ["it is silent without a reason"]
            continue
        if isinstance(answer, Wake):
            why = not_kept(answer, occasion.now, known.get, permissions.media())
            problems += [f"a wake would not be kept: {why}"] if why else []
            continue
        if field := misshapen(answer):
            problems.append(f"a suggestion's {field} is not what it should be")
            continue
        if len(answer.title) > TITLE_LIMIT:
            problems.append(f"a title is longer than {TITLE_LIMIT} characters")
        admitted = admit(answer, permissions, known.get, occasion.now)
        if isinstance(admitted, Refusal):
            problems.append(f"a suggestion would be refused: {admitted.reason}")
    return problems


# --- what it asks for ------------------------------------------------------------------------


def _permissions(manifest: Manifest, files: Mapping[str, bytes]) -> list[Checked]:
    """Compare what the manifest asks for with what the code names."""
    code = {name: data for name, data in files.items() if _is_code(name)}
    words = _words_in(code.values())
    found = []
    for kind, made in ACTION_TYPES.items():
        used = made.__name__ in words or any(one in words for one in _MAKERS.get(kind, ()))
        asked = kind in manifest.permissions.proposes
        if asked and not used:
            told = f"proposes {kind}, but nothing in its code makes one; take it out"
            found.append(Checked("permissions", False, told))
        part = _INSIDE.get(kind) in manifest.permissions.proposes
        if made.__name__ in words and not asked and not part:
            told = f"{made.__name__} stands in its code, but not in proposes: it would be refused"
            found.append(Checked("permissions", False, told))
    spoken_of = {source for source in _SIGNS if _speaks_of(source, words)}
    for source in manifest.permissions.reads:
        # Code that speaks of neither looks at documents as such, whatever they are.
        if spoken_of and source not in spoken_of:
            told = (
                f"reads {source}, but its code speaks of {', '.join(spoken_of)} alone; take it out"
            )
            found.append(Checked("permissions", False, told))
    if not manifest.permissions.reads:
        found.append(Checked("permissions", False, "reads nothing: it would see no document"))
    asked_for = _asked_for(manifest)
    return found or [Checked("permissions", True, asked_for)]


def _speaks_of(source: str, words: Iterable[str]) -> bool:
    return any(sign in word.lower() for word in words for sign in _SIGNS[source])


def _asked_for(manifest: Manifest) -> str:
    reads = ", ".join(manifest.permissions.reads) or "nothing"
    proposes = ", ".join(manifest.permissions.proposes) or "nothing"
    return f"reads {reads}; proposes {proposes}"


def _is_code(name: str) -> bool:
    return name.endswith(".py") and not name.startswith("tests/")


def _words_in(sources: Iterable[bytes]) -> set[str]:
    """Return all names and attributes in Python sources."""
    words: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                words.add(node.id)
            elif isinstance(node, ast.Attribute):
                words.add(node.attr)
            elif isinstance(node, ast.arg):
                words.add(node.arg)
            elif isinstance(node, ast.ImportFrom):
                # What comes out of the standard library says nothing of documents.
                ours = (node.module or "").startswith("samantha") or node.level
                words |= {one.name for one in node.names}
                words |= {node.module or ""} if ours else set()
    return words
