"""The catalogue: every row complete and pinned; the recommendation follows from the machine."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samantha.adapters import catalogue as c
from samantha.adapters.machine import Machine, this_machine

GIB = 1 << 30
PERMISSIVE = {"Apache-2.0", "MIT"}


def test_every_model_is_pinned_and_described() -> None:
    """No row lacks a sha256, a revision, a size, a permissive licence, or a date."""
    models = c.catalogue()
    assert 4 <= len(models) <= 6
    for one in models:
        assert re.fullmatch(r"[0-9a-f]{64}", one.sha256), one.name
        assert re.fullmatch(r"[0-9a-f]{40}", one.revision), one.name
        assert one.file.lower().endswith(".gguf") and re.fullmatch(r"[\w.-]+/[\w.-]+", one.repo)
        assert GIB < one.size_bytes < 8 * GIB and one.licence in PERMISSIVE
        assert isinstance(one.taken, date) and one.not_confirmed and one.summary
        assert {"en", "de"} <= set(one.languages) and one.context_tokens >= c.WINDOW_TOKENS
        assert one.shape in ("dense", "hybrid") and one.cores >= 1
        assert one.memory_bytes > one.size_bytes + c.BESIDE_BYTES


def test_no_two_models_share_a_name_or_a_file() -> None:
    """A name, a sha256 and a name of a file each mean one model."""
    models = c.catalogue()
    for key in ("name", "sha256", "file"):
        assert len({getattr(one, key) for one in models}) == len(models)
    assert all(c.find(one.name) is one for one in models) and c.find("none") is None


@pytest.mark.parametrize(
    ("total", "free", "cores", "wanted", "why"),
    [
        (2, 1.5, 2, None, "more than half"),
        (3.8, 2.5, 4, "qwen2.5-1.5b", "more than half"),
        (5.3, 4, 4, "smollm3-3b", "more than half"),
        (7.6, 5, 2, "granite-4.1-3b", "more than half"),
        (7.6, 5, 4, "qwen3-4b", "more than half"),
        (7.6, 2.5, 8, "smollm3-3b", "free"),
        (7.6, 2, 8, "qwen2.5-1.5b", "free"),
        (15.4, 11, 2, "granite-4.0-h-tiny", "slowly with fewer than 4 cores"),
        (15.4, 11, 4, "qwen3-4b", "slowly with fewer than 8 cores"),
        (15.4, 11, 8, "granite-4.1-8b", ""),
        (15.4, 1, 8, None, "free"),
        (62, 50, 16, "granite-4.1-8b", ""),
    ],
)
def test_the_recommendation_follows_memory_and_cores(
    total: float, free: float, cores: int, wanted: str | None, why: str
) -> None:
    """The strongest model that fits is named, with the figures, and what a stronger one lacks."""
    machine = Machine(int(total * GIB), int(free * GIB), cores)
    advice = c.recommend(c.catalogue(), machine)
    assert (advice.model.name if advice.model else None) == wanted
    assert f"{total:.1f} GiB of memory" in advice.reason and f"{cores} cores" in advice.reason
    assert why in advice.reason
    if wanted:
        assert wanted in advice.reason


@given(st.integers(0, 256 * GIB), st.integers(0, 256 * GIB), st.integers(1, 128))
def test_what_is_recommended_always_fits(total: int, free: int, cores: int) -> None:
    """No machine is told to take more than half of its memory, or more than is free."""
    machine = Machine(total, min(free, total), cores)
    model = c.recommend(c.catalogue(), machine).model
    if model is not None:
        assert model.memory_bytes <= machine.available_bytes
        assert model.memory_bytes * 2 <= total and model.cores <= cores
    else:
        assert all(
            one.memory_bytes * 2 > total
            or one.memory_bytes > machine.available_bytes
            or one.cores > cores
            for one in c.catalogue()
        )


@given(st.integers(0, 64 * GIB), st.integers(1, 16), st.integers(0, 64 * GIB), st.integers(0, 16))
def test_a_larger_machine_is_never_told_to_take_a_weaker_model(
    total: int, cores: int, more: int, more_cores: int
) -> None:
    """More memory or more cores never lead down the list."""
    order = [*[one.name for one in c.catalogue()], ""]

    def rank(memory: int, count: int) -> int:
        model = c.recommend(c.catalogue(), Machine(memory, memory, count)).model
        return order.index(model.name if model else "")

    assert rank(total + more, cores + more_cores) <= rank(total, cores)


def test_the_guide_says_what_the_catalogue_says() -> None:
    """docs/models.md names every model, its size, its memory need and its cores."""
    guide = (Path(__file__).parents[2] / "docs/models.md").read_text("utf-8")
    rows = {
        cells[1].strip(" `"): [cell.strip() for cell in cells[2:5]]
        for cells in (row.split("|") for row in guide.splitlines() if row.startswith("| `"))
    }
    assert rows == {
        one.name: [
            f"{one.size_bytes / GIB:.1f} GiB",
            f"{one.memory_bytes / GIB:.1f} GiB",
            str(one.cores),
        ]
        for one in c.catalogue()
    }


def test_this_machine_is_described() -> None:
    """Memory and cores of the machine that runs the tests are read, within what can be."""
    machine = this_machine()
    assert machine.cores >= 1
    assert 0 < machine.available_bytes <= machine.memory_bytes
