"""The shipped head: what it is, what it is worth, and that anybody can train it again."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import pytest

from samantha.api.types import Kind
from samantha.signals.heads import DIMENSIONS, kinds_head, opinion

TRAIN = Path(__file__).parents[2] / "benchmarks" / "heads" / "train.py"


@pytest.fixture(scope="module")
def train() -> ModuleType:
    spec = importlib.util.spec_from_file_location("heads_train", TRAIN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_head_knows_every_kind() -> None:
    """The shipped head has a row of weights for each kind there is."""
    head = kinds_head()
    assert head is not None
    assert set(head.kinds) == set(Kind)
    assert head.weights.shape == (len(Kind), DIMENSIONS)


def test_an_opinion_is_a_distribution() -> None:
    """Probabilities are positive and sum to one; without a model there is no opinion."""
    vector = struct.pack("<384f", *([1 / 384**0.5] * 384))
    found = opinion(vector)
    assert abs(sum(found.values()) - 1) < 1e-6
    assert min(found.values()) > 0
    assert opinion(None) == {}


@pytest.mark.parametrize("blob", [b"", b"1234", struct.pack("<384f", *([float("nan")] * 384))])
def test_a_vector_that_is_none_has_no_say(blob: bytes) -> None:
    """Too short or not finite: no opinion, and no crash."""
    assert opinion(blob) == {}


def test_there_are_examples_enough_in_both_languages(train: ModuleType) -> None:
    """At least fifteen examples a kind, in English and in German, in four worlds."""
    found = train.examples()
    for kind in Kind:
        own = [e for e in found if e.kind == kind]
        assert len(own) >= 15
        assert {e.language for e in own} == {"en", "de"}
        assert len({e.theme for e in own}) == 4


def test_the_head_can_be_trained_again(train: ModuleType) -> None:
    """The script gives the shipped weights from the stored vectors, to the last digit stored."""
    pytest.importorskip("sklearn", reason="scikit-learn trains the heads")
    import numpy as np

    made = train.fit(train.stored(), [e.kind for e in train.examples()])
    head = kinds_head()
    assert head is not None
    assert made["kinds"] == [str(k) for k in head.kinds]
    # One unit of the last stored digit, for sums that round the other way elsewhere.
    assert np.abs(np.asarray(made["weights"]) - head.weights).max() <= 1.01e-4
    assert np.abs(np.asarray(made["bias"]) - head.bias).max() <= 1.01e-4


@pytest.mark.slow
def test_with_a_world_held_out_the_head_beats_chance_by_far(train: ModuleType) -> None:
    """Trained on three worlds it knows most kinds in the fourth; chance is one in fifteen."""
    pytest.importorskip("sklearn", reason="scikit-learn trains the heads")
    assert train.held_out(train.examples(), train.stored(), "theme") > 0.65


@pytest.mark.slow
def test_the_stored_vectors_are_the_models_own(train: ModuleType) -> None:
    """Embedding the examples anew gives what is stored, but for the precision of the machine."""
    import numpy as np

    try:
        fresh = train.embed([e.text for e in train.examples()])
    except SystemExit:
        pytest.skip("the embedded model is not there")
    kept = train.stored()
    norms = np.linalg.norm(kept, axis=1) * np.linalg.norm(fresh, axis=1)
    assert ((kept * fresh).sum(axis=1) / norms).min() > 0.99
