"""The process that is killed: carries the outbox of a home out, as the daemon does on its start."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from samantha.adapters.executor import WorkerExecutor
from samantha.adapters.store import Store
from samantha.core.outbox import recover, run_outbox, undo


class Fixed:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main() -> None:
    database, what = Path(sys.argv[1]), sys.argv[2]
    state, executor = Store(database), WorkerExecutor()
    say("begins")
    if what == "undo":
        say(undo(state, executor, int(sys.argv[3]), Fixed()))
    else:
        recover(state, executor, Fixed())
        run_outbox(state, executor, Fixed(), "carrier")
    executor.close()
    state.close()
    say("ended")


if __name__ == "__main__":
    main()
