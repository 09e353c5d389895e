"""`samantha setup`: a first configuration, and first answers about what the past had brought.

The replay is that of `samantha backtest`. Each answer is kept as soon as it is given, and learning
begins with the answers as if they were decisions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from samantha.app.config_file import toml_value
from samantha.app.first_config import TEMPLATE
from samantha.app.learning import Answer, answers, keep_answer
from samantha.core.learning import STRENGTH, Observation, Subject, learn

if TYPE_CHECKING:
    from pathlib import Path

    from samantha.adapters.store import Store
    from samantha.app.backtest_report import Row

QUESTIONS = 20
"""How many are asked at the most: a minute's work."""
_DOUBTFUL = ("not sure enough", "not worth an interruption")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody without a configuration says of themselves."""

    name: str = ""
    addresses: tuple[str, ...] = ()
    documents: str = "~/Documents"
    maildir: str = ""


def first_text(newcomer: Newcomer) -> str:
    """Return the first config.toml with what the newcomer said filled in."""
    text = TEMPLATE.replace('"{documents}"', toml_value(newcomer.documents))
    if newcomer.name:
        text = text.replace("names = []", f"names = {toml_value((newcomer.name,))}", 1)
    if newcomer.addresses:
        text = text.replace("addresses = []", f"addresses = {toml_value(newcomer.addresses)}", 1)
    if newcomer.maildir:
        mail = (
            f'[[sources]]\nname = "mail"\nkind = "maildir"\npath = {toml_value(newcomer.maildir)}\n'
        )
        text = text.replace("# A mail account;", f"{mail}\n# A mail account;", 1)
    return text


def write_config(path: Path, newcomer: Newcomer) -> None:
    """Write config.toml for a newcomer; what is not valid is refused before anything is written."""
    from samantha.app.config import parse
    from samantha.app.first_config import write_first_config

    text = first_text(newcomer)
    parse(text, str(path))
    write_first_config(path, text)


@dataclass(slots=True)
class Questions:
    """What is asked, the most informative first, given the answers so far."""

    rows: list[Row]
    _said: list[Observation] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Sequence[Row], state: Store) -> Questions:
        """Return the questions that a replay leaves open."""
        known = answers(state)
        done = {(a.plugin, a.thing) for a in known}
        left = [r for r in rows if _worth_asking(r) and (r.offer.plugin, r.offer.thing) not in done]
        made = cls(left)
        made._said += [_observed(a) for a in known]
        return made

    def next(self) -> Row | None:
        """Return the row whose answer tells most, None when nothing is left.

        It tells much when it is unsure, little is known of its kind, and many are like it.
        """
        if not self.rows:
            return None
        left = Counter(_kind(row) for row in self.rows)
        now = max((one.at for one in self._said), default=self.rows[0].offer.created)
        learned = learn(self._said, now)

        def value(row: Row) -> float:
            estimate = learned.estimate(Subject(_kind(row)), row.offer.confidence)
            unsure = estimate.chance * (1 - estimate.chance)
            return unsure * math.sqrt(left[_kind(row)]) / (STRENGTH + estimate.weight) ** 2

        best = max(self.rows, key=value)
        self.rows.remove(best)
        return best

    def answer(self, state: Store, row: Row, wanted: bool, now: datetime) -> None:
        """Keep an answer at once; what was not wanted does not come again."""
        offer = row.offer
        said = Answer(
            offer.plugin,
            offer.kind,
            offer.thing,
            tuple(dict.fromkeys(str(e.document) for e in offer.evidence)),
            offer.confidence,
            wanted,
            now.isoformat(),
        )
        keep_answer(state, said)
        self._said.append(_observed(said))
        if not wanted:
            key, reason = f"thing:{offer.plugin}:{offer.thing}", "you did not want it in the setup"
            state.suppress(key, offer.plugin, offer.kind, offer.thing, reason, now)


def _kind(row: Row) -> str:
    return f"{row.offer.plugin}/{row.offer.kind}"


def _observed(answer: Answer) -> Observation:
    subject = Subject(f"{answer.plugin}/{answer.kind}")
    at = datetime.fromisoformat(answer.at)
    return Observation(subject, answer.confidence, answer.wanted, 1.0, at)


def _worth_asking(row: Row) -> bool:
    """Tell whether it was shown or held, or fell to a doubt that an answer can settle."""
    dropped = row.offer.shown_at is None and str(row.offer.verdict) == "drop"
    return not dropped or row.reason.startswith(_DOUBTFUL)
