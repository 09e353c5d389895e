"""What of a configuration does not fit the machine: folders, links, plugins; each with a remedy."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time

from samantha.app.assembly import Assembly, make_source
from samantha.app.config import Config, SourceSection
from samantha.app.config_problems import line_of
from samantha.app.editing import edit_this
from samantha.app.places import Places
from samantha.app.plugins import PluginState
from samantha.app.session import joined

_LIST = "samantha plugins list"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, and what to type."""

    told: str
    type_this: str


def findings(places: Places, config: Config) -> list[Finding]:
    """Return all that is wrong with a configuration that can be read."""
    text = places.config_file.read_text(encoding="utf-8-sig")
    found = [one for source in config.sources if (one := _place(source))]
    found += _overlaps(places, config, text)
    found += _never_shown(places, config, text)
    with joined(places, config) as a:
        found += _plugins(a)
    return found


def _place(source: SourceSection) -> Finding | None:
    """Return what is wrong with the place of a source."""
    path = shlex.quote(str(source.path))
    if source.kind in ("mbox", "eml") and source.path.is_file():
        return None
    if source.path.exists() and not source.path.is_dir():
        told = f"source '{source.name}': {source.path} is a file, not a folder"
        return Finding(told, f"ls -ld {path}")
    if not source.path.is_dir():
        told = f"source '{source.name}': {source.path} is not a folder"
        return Finding(told, f"mkdir -p {path}")
    if source.kind == "maildir" and not (source.path / "cur").is_dir():
        told = f"source '{source.name}': {source.path} is no Maildir: it has no folder 'cur'"
        return Finding(told, f"ls -la {path}")
    return None


def _overlaps(places: Places, config: Config, text: str) -> Iterator[Finding]:
    """Yield the sources that read what another one reads already."""
    for number, inner in enumerate(config.sources):
        for other, outer in enumerate(config.sources):
            if other != number and (told := _overlap(places, config, inner, outer)):
                if other > number and "same folder" in told:
                    continue
                at = line_of(text, ("sources", number, "path"))
                yield Finding(
                    f"{places.config_file}:{at}: {told}", edit_this(str(places.config_file), at)
                )


def _overlap(places: Places, config: Config, inner: SourceSection, outer: SourceSection) -> str:
    """Return how a source lies in another one, or ''."""
    here, there = os.path.realpath(inner.path), os.path.realpath(outer.path)
    if here == there:
        return f"'{inner.name}' is the same folder as '{outer.name}', by a link: {there}"
    if not here.startswith(there.rstrip("/") + "/"):
        return ""
    below = os.path.relpath(here, there)
    sample = "note.txt" if inner.kind == "files" else "cur/1.mail:2,S"
    if not make_source(outer, config, places).wanted(f"{outer.path}/{below}/{sample}"):
        return ""
    return (
        f"'{inner.name}' lies inside '{outer.name}', so it is read twice; "
        f'leave it out there: exclude = ["/{below}/"]'
    )


def _never_shown(places: Places, config: Config, text: str) -> Iterator[Finding]:
    """Yield that all days are quiet, or the digest set for an hour at which nothing is shown."""
    quiet, digest = config.policy().quiet, config.attention.digest
    if len(config.attention.quiet_days) == 7:
        at = line_of(text, ("attention", "quiet_days"))
        told = "attention.quiet_days: all seven days are quiet, so nothing is ever shown"
        yield Finding(f"{places.config_file}:{at}: {told}", edit_this(str(places.config_file), at))
    if quiet is not None and digest and quiet.covers(time.fromisoformat(digest)):
        at = line_of(text, ("attention", "digest"))
        told = f"attention.digest: {digest} lies in the quiet hours, so it never comes"
        yield Finding(f"{places.config_file}:{at}: {told}", edit_this(str(places.config_file), at))


def _plugins(a: Assembly) -> Iterator[Finding]:
    """Yield what is wrong with the [plugins.*] tables and with the plugins themselves."""
    known = {row.name: row for row in a.listed}
    for name in sorted(set(a.config.plugins) - set(known)):
        yield Finding(f"[plugins.{name}]: no plugin is called that{_meant(name, known)}", _LIST)
    attention = a.config.attention
    for key, names in (("muted", attention.muted), ("kinds", attention.kinds)):
        for name in names:
            if name.partition("/")[0] not in known:
                told = f"attention.{key}: no plugin is called '{name}'{_meant(name, known)}"
                yield Finding(told, _LIST)
    for row in a.listed:
        if row.state is PluginState.BAD_CONFIG:
            yield Finding(row.reason, f"samantha plugins info {row.name}")


def _meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean '{near[0]}'?" if near else ""
