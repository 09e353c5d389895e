"""What became of moved files: where they lie, and which the user has taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import Home, filing, suggestion

from samantha.api.types import Decision
from samantha.app.moves import moves
from samantha.core.ports import OutboxState


@pytest.mark.parametrize(
    ("ended", "lies", "taken_back"),
    [("done", "target", False), ("done", "elsewhere", True), ("undone", "source", True)],
)
def test_a_move_that_was_taken_back_is_known(
    tmp_path: Path, ended: str, lies: str, taken_back: bool
) -> None:
    """Undone, or moved on by hand: either way the user wanted it otherwise."""
    home = Home(tmp_path)
    source = home.file("scan.txt", "A bill of the Stadtwerke over EUR 40.")
    (offer,) = home.suggest(suggestion(source, filing(home, source)))
    home.state.decide(offer.id, Decision.ACCEPTED, at=home.clock.now(), via="test",
                      payload_hash=offer.payload_hash)  # fmt: skip
    entry = home.state.outbox_for(offer.id)
    assert entry is not None and moves(home.state, home.index) == []
    home.state.claim(entry.id, "test")
    for reached in (OutboxState.COMMITTING, OutboxState.DONE):
        home.state.progress(entry.id, reached)
    if ended == "undone":
        home.state.progress(entry.id, OutboxState.UNDONE)
    target = str(home.documents / "Filed" / "filed.txt")
    path = {"target": target, "elsewhere": "/somewhere/x.txt", "source": source.path}[lies]
    home.index.forget_paths("files", [source.path])
    home.put(replace(source, id=path, path=path))
    (found,) = moves(home.state, home.index)
    assert (found.source, found.target) == (source.path, target)
    assert found.taken_back is taken_back
    home.close()
