"""One piece of work, whose failure costs nothing but itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from samantha.api.errors import UserError

log = logging.getLogger(__name__)


def attempt(work: Callable[[], Any]) -> bool:
    """Do one piece of work; False if a defect of ours ended it. ``UserError`` passes through.

    What it was about may stand in the exception's text, so that only its type is logged.
    """
    try:
        work()
    except UserError:
        raise
    except Exception as problem:
        log.error("failed: %s", type(problem).__name__)
        log.debug("failed", exc_info=True)
        return False
    return True
