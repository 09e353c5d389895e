"""`samantha plugins check`: what can be said of a plugin before it sees a document of the user's.

It is started in its host, as it would be for real, and asked about made-up documents: plain ones,
empty ones, and such as a stranger would send.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from samantha.adapters.plugin_host import HostFailed
from samantha.api.plugin import Answer, Context, Moment, Silence, Wake
from samantha.api.testing import context
from samantha.api.testing_contract import made_up, occasions
from samantha.api.types import Document, Suggestion
from samantha.app.hosted import Hosted
from samantha.app.plugin_permissions import Seen, wrong_permissions
from samantha.app.plugins import Manifest, PluginState
from samantha.core.admit import TITLE_LIMIT, Permissions, Refusal, admit
from samantha.core.moments import not_kept
from samantha.core.shape import misshapen
from samantha.core.text import inert


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
    answers = _answers(hosted, manifest)
    if hosted.last_failure:
        # Its process is another by now, which has not seen what came before.
        return [started, answers]
    return [started, answers, *_permissions(hosted, manifest, files)]


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


def _permissions(hosted: Hosted, manifest: Manifest, files: Mapping[str, bytes]) -> list[Checked]:
    """Compare what the manifest asks for with what the plugin was seen to do."""
    try:
        seen = Seen.of(hosted.host.watched())
    except HostFailed as problem:
        told = f"in its own tests it failed: {inert(problem.reason, 200)}"
        return [Checked("permissions", False, told, inert(problem.untrusted_detail, lines=True))]
    wrong, known = wrong_permissions(manifest, files, seen)
    return [Checked("permissions", False, one) for one in wrong] or [
        Checked("permissions", True, known)
    ]
