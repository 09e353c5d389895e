from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import Home
from strangers import Strangers

from samantha.workers.plugin_host_jail import CALLS


@pytest.fixture(scope="session", autouse=True)
def jail() -> None:
    """A machine without the jail runs no stranger's plugin, so there is nothing to try."""
    import platform
    import sys

    if not sys.platform.startswith("linux") or platform.machine() not in CALLS:
        pytest.skip("no plugin of a stranger runs on this machine")


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[Strangers]:
    """A home with a real index, a real state and the real engine."""
    home = Home(tmp_path)
    yield Strangers(home)
    home.close()
