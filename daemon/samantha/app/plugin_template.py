"""What `samantha plugins new` writes: a plugin that does something, and passes its own tests."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from samantha.api.errors import UserError

NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")

_MANIFEST = """\
name = "{name}"
version = "0.1.0"
api = 1
summary = "Reminds you of a mail that says one of your words."
reads = ["mail"]            # what it may see: "mail", "files"
proposes = ["remind"]       # what it may suggest; a yes is still yours
"""

_CODE = '''\
"""Reminds you of a mail that says one of your words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from samantha.api import Context, Evidence, Moment, Plugin, Remind, Silence, Suggestion


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.{name}]`` of config.toml."""

    words: tuple[str, ...] = ("please sign", "bitte unterschreiben")
    hours: int = 24


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Look at each mail that came, and say why where there is nothing to say."""
    for mail in moment.documents:
        found = re.search("|".join(map(re.escape, context.config.words)), mail.text, re.IGNORECASE)
        if mail.analysis.author == "user" or not found or not found[0]:
            yield Silence(mail.id, "none of your words stands in it")
            continue
        yield Suggestion(
            kind="word",
            thing=mail.id,
            title=f"“{{found[0]}}”: {{mail.title}}"[:80],
            why="The mail says one of the words that you wait for.",
            evidence=(Evidence(mail.id, found[0], *found.span()),),
            action=Remind(moment.now + timedelta(hours=context.config.hours), mail.title),
            confidence=0.8,
        )


plugin = Plugin(Config, suggest)
'''

_TEST = '''\
"""What {name} claims, each claim tried on a mail."""

from samantha.api import Remind, Silence, Suggestion
from samantha.api.testing import PluginContract, context, mail, moment

from .. import Config, plugin


class TestContract(PluginContract):
    """It keeps what every plugin promises: typed answers, exact quotes, no surprises."""

    plugin = plugin


def test_a_mail_with_one_of_the_words_becomes_a_reminder() -> None:
    """It quotes the words as they stand in the mail."""
    asked = mail("Dear Anna, Please sign the form.", subject="The lease")
    (answer,) = plugin.suggest(moment([asked]), context([asked], Config()))
    assert isinstance(answer, Suggestion) and isinstance(answer.action, Remind)
    assert answer.evidence[0].quote == "Please sign" and "lease" in answer.title


def test_other_mails_are_left_alone_with_a_reason() -> None:
    """Silence is an answer too: it is shown by `samantha silence`."""
    other = mail("See you on Sunday.")
    (answer,) = plugin.suggest(moment([other]), context([other], Config()))
    assert isinstance(answer, Silence) and answer.reason
'''

_README = """\
# {name}

Reminds you of a mail that says one of your words.

    samantha plugins test {name}
    samantha plugins backtest {name} --days 90
    samantha plugins enable {name}

The words are yours to choose:

    samantha plugins config {name} 'words = ["please sign", "rsvp"]'
"""

FILES = {
    "plugin.toml": _MANIFEST,
    "__init__.py": _CODE,
    "README.md": _README,
    "tests/__init__.py": "",
    "tests/test_{name}.py": _TEST,
}


def write_plugin(name: str, parent: Path, taken: frozenset[str]) -> Path:
    """Write a new plugin into ``parent/name`` and return its folder; overwrites nothing.

    ``taken`` are the names that plugins have already.
    """
    _usable(name, taken)
    folder = parent / name
    try:
        folder.mkdir(parents=True)
    except FileExistsError as problem:
        raise UserError(
            f"{folder} is there already.",
            "It was left as it is.",
            f"samantha plugins check {name}",
        ) from problem
    except OSError as problem:
        raise UserError(
            f"The folder {folder} cannot be made: {problem.strerror}.",
            "Nothing was written.",
            f"samantha plugins new {name} --in .",
        ) from problem
    for path, text in FILES.items():
        target = folder / path.format(name=name)
        target.parent.mkdir(exist_ok=True)
        target.write_text(text.format(name=name), encoding="utf-8")
    return folder


def _usable(name: str, taken: frozenset[str]) -> None:
    if not NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
        hint = near if NAME.fullmatch(near) else "my_plugin"
        raise UserError(
            f"'{name}' cannot be the name of a plugin.",
            "A name is 2 to 40 lower-case letters, digits and _, and begins with a letter.",
            f"samantha plugins new {hint}",
        )
    if name in sys.stdlib_module_names or name in ("samantha", "tests", "test"):
        raise UserError(
            f"'{name}' is the name of a part of Python.",
            "Its tests could not import the plugin.",
            f"samantha plugins new my_{name}",
        )
    if name in taken:
        raise UserError(
            f"There is a plugin '{name}' already.",
            "No plugin can take another one's name.",
            f"samantha plugins info {name}",
        )
