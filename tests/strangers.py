"""A stranger's plugin in a user's home: written as a folder, agreed to, run by the real host."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from builders import Home

from samantha.adapters.plugin_host import Limits
from samantha.api.plugin import Context, Moment, MomentKind, Silence
from samantha.api.types import Document, Identity, Outlet
from samantha.app.hosted import Hosted
from samantha.app.library import IndexLibrary
from samantha.app.plugin_files import snapshot
from samantha.app.plugin_lock import Lock
from samantha.app.plugin_troubles import Troubles
from samantha.app.plugins import Listed, Manifest, PluginState, listed, read_manifest
from samantha.core.admit import Permissions
from samantha.core.engine import LoadedPlugin
from samantha.core.ports import Offer

HEAD = """
from dataclasses import dataclass
from datetime import timedelta
from samantha.api import Evidence, Plugin, Remind, Silence, Suggestion

@dataclass(frozen=True)
class Config:
    pass

def remind(moment, document, title="A title", **more):
    values = dict(
        kind="k", thing=f"thing of {document.id}", title=title, why="Because.",
        evidence=(Evidence(document.id, document.text[:5], 0, 5),),
        action=Remind(moment.now + timedelta(days=1), "a text"), confidence=0.9,
    )
    return Suggestion(**{**values, **more})
"""
"""What most of them begin with."""
TAIL = "\nplugin = Plugin(Config, suggest)\n"
GOOD = "def suggest(moment, context):\n    return [remind(moment, d) for d in moment.documents]\n"
LIMITS = Limits(wall_s=60.0, cpu_s=200)
"""Bounds that a busy machine does not reach by itself."""


VECTOR = struct.pack("<384f", 1.0, *[0.0] * 383)


class Alike:
    """An embedder to which everything means the same."""

    def embed(self, texts: Sequence[str]) -> Sequence[bytes] | None:
        return [VECTOR for _ in texts]

    def state(self) -> tuple[str, str]:
        return "ready", ""

    def close(self) -> None:
        """Do nothing."""


class Strangers:
    """The plugins of one user's home, and the engine that asks them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.own = home.root / "plugins"
        self.lock = Lock(home.root / "plugins.lock")

    def write(
        self,
        code: str,
        name: str = "stranger",
        *,
        reads: Sequence[str] = ("files", "mail"),
        proposes: Sequence[str] = ("remind",),
        files: Mapping[str, str] = {},
        whole: bool = False,
        manifest: str = "",
    ) -> Path:
        """Write a plugin's folder; ``whole`` code is not put between ``HEAD`` and ``TAIL``."""
        folder = self.own / name
        folder.mkdir(parents=True)
        told = f'name = "{name}"\nversion = "1.0"\napi = 1\n'
        told += f"reads = {list(reads)!r}\nproposes = {list(proposes)!r}\n"
        (folder / "plugin.toml").write_text(manifest or told.replace("'", '"'), encoding="utf-8")
        (folder / "__init__.py").write_text(code if whole else HEAD + code + TAIL, encoding="utf-8")
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return folder

    def agree(self, folder: Path) -> None:
        """Say yes to a plugin as it is now."""
        manifest = read_manifest(folder, builtin=False)
        assert isinstance(manifest, Manifest), manifest
        self.lock.agree(manifest, snapshot(folder), "folder", self.home.clock.now())

    def rows(self) -> list[Listed]:
        """List the plugins that are not built in, as `samantha plugins list` does."""
        rows = listed(
            self.own,
            {},
            self.lock,
            lambda name: "",
            Troubles(self.home.state),
            self.home.policy.zone,
        )
        return [row for row in rows if row.manifest is None or not row.manifest.builtin]

    def row(self, name: str = "stranger") -> Listed:
        """Return one of them."""
        (found,) = [row for row in self.rows() if row.name == name]
        return found

    @contextmanager
    def hosted(self, name: str = "stranger", limits: Limits = LIMITS) -> Iterator[Hosted]:
        """Run an enabled plugin in its host."""
        row = self.row(name)
        assert row.files is not None, row.reason
        assert row.manifest is not None
        one = Hosted(row.manifest, row.files, {}, Troubles(self.home.state), limits)
        try:
            yield one
        finally:
            one.close()

    def context(self, permissions: Permissions, config: object, ask: Any = None) -> Context:
        """Return what a plugin may use, over the real index."""
        home = self.home
        library = IndexLibrary(home.index, Alike(), home.clock, permissions, Identity())
        more = {"ask": ask} if ask is not None else {}
        outlets: tuple[Outlet, ...] = ()
        return Context(library, config, Identity(("Anna",)), home.policy.zone, outlets, **more)

    def answers(self, one: Hosted, *documents: Document, ask: Any = None) -> list[Any]:
        """Ask a plugin alone and return what it answered."""
        moment = Moment(MomentKind.DOCUMENTS, self.home.clock.now(), documents)
        return list(one.call(moment, partial(self.context, ask=ask)))

    def happened(self, one: Hosted, *documents: Document) -> list[Offer]:
        """Let the engine ask a plugin, as when documents come; return the offers."""
        manifest = one.manifest
        moment = Moment(MomentKind.DOCUMENTS, self.home.clock.now(), documents)

        def call(own: Moment) -> Sequence[Any]:
            return one.call(own, self.context)

        loaded = LoadedPlugin(manifest.name, manifest.permissions, call)
        return self.home.engine.happened(moment, [loaded], "trace")

    def run(self, code: str, *documents: Document, **more: Any) -> tuple[list[Offer], Hosted]:
        """Write, agree to and ask one plugin through the engine; the host is ended again."""
        limits = more.pop("limits", LIMITS)
        folder = self.write(code, **more)
        self.agree(folder)
        with self.hosted(folder.name, limits) as one:
            return self.happened(one, *documents), one


def reasons(answers: Sequence[Any]) -> list[str]:
    """Return the reasons of silences."""
    return [one.reason for one in answers if isinstance(one, Silence)]


ENABLED = PluginState.ENABLED
