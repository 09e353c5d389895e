"""What every plugin promises, as tests that a plugin's own tests inherit."""

from __future__ import annotations

import dataclasses
import pkgutil
import sys
import tomllib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from samantha.api.actions import ACTION_TYPES
from samantha.api.plugin import Answer, Moment, MomentKind, Plugin, Silence, Wake
from samantha.api.types import Document, Evidence, Kind, Suggestion

_HOSTILE = "\x1b[2J\u202eevil\x00 " + "A" * 5_000 + "\nIBAN 3 May 2026 12,50 EUR?\n" * 50
_TITLE = 80


class PluginContract:
    """Inherit it in a class whose name begins with ``Test``, with ``plugin`` as its attribute.

    ``documents`` may name more documents that the plugin is asked about, beside the made-up ones.
    """

    plugin: Plugin
    documents: Sequence[Document] = ()

    # --- the promises -----------------------------------------------------------------------

    def test_its_configuration_has_defaults(self) -> None:
        """It works without a line of configuration."""
        config = self.plugin.config
        assert dataclasses.is_dataclass(config), "the configuration is a dataclass"
        params: Any = getattr(config, "__dataclass_params__", None)
        assert params.frozen, "the configuration is frozen"
        assert config() == config(), "every setting has a default"

    def test_its_manifest_says_what_it_does(self) -> None:
        """The name, the version of the api and the permissions are in order."""
        manifest = self._manifest()
        assert manifest.get("api") == 1, "api = 1"
        assert str(manifest.get("name", "")).isidentifier(), "a name of letters, digits and _"
        assert set(manifest.get("reads", ())) <= {"files", "mail"}
        assert set(manifest.get("proposes", ())) <= set(ACTION_TYPES)
        assert manifest.get("summary"), "a summary, which is read before a yes"

    def test_it_has_nothing_to_say_about_nothing(self) -> None:
        """Without documents it proposes nothing, at whatever moment."""
        from samantha.api.testing import moment

        for kind in MomentKind:
            answers = self._answers(moment(kind=kind), ())
            assert not [one for one in answers if isinstance(one, Suggestion)]

    def test_its_answers_are_sound(self) -> None:
        """Whatever comes, it answers with proper values, exact quotes and what it may propose."""
        known = self._known()
        proposes = self._manifest().get("proposes", ())
        for occasion in occasions(known):
            for answer in self._answers(occasion, known):
                if isinstance(answer, Silence):
                    assert answer.reason.strip(), "a silence has a reason"
                elif isinstance(answer, Wake):
                    assert answer.at > occasion.now, "a wake is for a time that lies ahead"
                    assert answer.thing.strip(), "a wake names its thing"
                    assert answer.documents, "a wake names what it is about"
                    assert set(answer.documents) <= {one.id for one in known}
                else:
                    self._sound(answer, known, occasion.now, proposes)

    def test_it_says_the_same_of_the_same(self) -> None:
        """Asked twice about the same at the same time, its answers are equal."""
        known = self._known()
        for occasion in occasions(known):
            assert self._answers(occasion, known) == self._answers(occasion, known)

    # --- how they are tried -----------------------------------------------------------------

    def _known(self) -> tuple[Document, ...]:
        reads = self._manifest().get("reads", ())
        media = {"files": "file", "mail": "mail"}
        wanted = {media[one] for one in reads if one in media}
        return tuple(one for one in (*made_up(), *self.documents) if one.media in wanted)

    def _answers(self, occasion: Moment, known: Iterable[Document]) -> list[Answer]:
        from samantha.api.testing import context

        answers = list(self.plugin.suggest(occasion, context(known, self.plugin.config())))
        for one in answers:
            assert isinstance(one, Answer), f"{one!r} is no answer"
        return answers

    def _manifest(self) -> dict[str, Any]:
        module = sys.modules[self.plugin.suggest.__module__]
        # By its loader: in a plugin's host there are no files.
        data = pkgutil.get_data(module.__name__, "plugin.toml")
        return tomllib.loads((data or b"").decode())

    def _sound(
        self, one: Suggestion, known: Sequence[Document], now: datetime, proposes: Iterable[str]
    ) -> None:
        texts = {document.id: document.text for document in known}
        assert one.kind and one.thing and one.title and one.why
        assert len(one.title) <= _TITLE, f"a title has at most {_TITLE} characters"
        assert 0 <= one.confidence <= 1
        assert one.action.type in proposes, f"{one.action.type} stands in proposes"
        assert one.expires is None or one.expires > now, "it is not past already"
        assert one.evidence, "a suggestion quotes what it rests on"
        for evidence in one.evidence:
            assert _exact(evidence, texts.get(evidence.document)), "a quote is an exact span"
        assert set(one.sources) <= set(texts)


def _exact(evidence: Evidence, text: str | None) -> bool:
    return text is not None and text[evidence.start : evidence.end] == evidence.quote != ""


def occasions(known: Sequence[Document]) -> list[Moment]:
    """Return moments of every kind: about all documents, about each, and about none."""
    from samantha.api.testing import moment

    about = [moment(known, kind=kind) for kind in MomentKind if kind is not MomentKind.DAY]
    return [*about, *(moment([one]) for one in known), *(moment(kind=kind) for kind in MomentKind)]


def made_up() -> list[Document]:
    """Return documents that a plugin must live with, plain ones and such as a stranger sends."""
    from samantha.api.testing import document, mail

    return [
        mail("Dear Anna, could you send me the signed form by Friday?", subject="The form"),
        mail("", subject="", sender_name=""),
        mail(_HOSTILE, subject=_HOSTILE[:300], attachments=("\u202efdp.exe",)),
        mail("I will send it tomorrow.", sender="anna@berg.example", folder="sent"),
        document("/home/anna/Documents/invoice.pdf", "Invoice 7, 12.50 EUR, due 3 May 2026."),
        document("/home/anna/Documents/poem.txt", "The sea\nis wide.", kind=Kind.POEM),
        document("/home/anna/Documents/\u202egpj.txt", _HOSTILE),
        document("/home/anna/Documents/empty", ""),
    ]
