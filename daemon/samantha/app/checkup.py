"""`samantha doctor`: every part, how it is, and what to type where it is not well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from samantha.api.errors import UserError
from samantha.app.editing import edit_this
from samantha.app.mail import account_checks
from samantha.app.session import places_and_config, poke


@dataclass(frozen=True, slots=True)
class Check:
    """How one part is: ok, limited or broken."""

    part: str
    state: str
    reason: str = ""
    type_this: str = ""


def checkup() -> Iterator[Check]:
    """Check the parts in the order in which they depend on each other."""
    try:
        places, config = places_and_config()
    except UserError as problem:
        yield Check("configuration", "broken", problem.what, problem.type_this)
        return
    if places.config_file.exists():
        yield Check("configuration", "ok", str(places.config_file))
    else:
        yield Check("configuration", "limited", "there is none yet", "samantha config init")
    for section in config.sources:
        if section.path.is_dir() or (section.kind in ("mbox", "eml") and section.path.is_file()):
            yield Check(f"source {section.name}", "ok", str(section.path))
        else:
            yield Check(
                f"source {section.name}",
                "broken",
                "the folder is missing",
                f"mkdir -p {section.path}",
            )
    for found in account_checks(config, places):
        yield Check(*found)
    if not config.user.names:
        yield Check(
            "user",
            "limited",
            "without your names your own work is hard to tell from others'",
            edit_this(str(places.config_file)),
        )
    yield from _databases()
    yield from _model()
    yield _tickets()
    running = poke(places, "status")
    if running is None:
        yield Check("daemon", "limited", "not running", "samantha run")
    elif not running.get("ok"):
        yield Check("daemon", "broken", str(running.get("error")), "samantha stop --force")
    else:
        trouble = str(running.get("trouble") or "")
        state = "limited" if trouble else "ok"
        yield Check("daemon", state, trouble or str(running.get("busy") or "idle"))
    yield _desktop()
    for name, use in (("xdg-open", "the review opens by itself"),):
        if shutil.which(name) is None:
            yield Check(name, "limited", f"not installed; with it {use}")


def _databases() -> Iterator[Check]:
    from samantha.app.session import joined

    try:
        with joined() as a:
            ok, where = a.state.audit_verify()
            if ok:
                yield Check("state", "ok", str(a.places.state_db))
            else:
                yield Check("state", "broken", f"the audit record was changed: {where}")
            for row in a.listed:
                state = "ok" if row.state in ("enabled", "disabled") else "limited"
                told = f"{row.state}: {row.reason}" if row.reason else str(row.state)
                type_this = f"samantha plugins info {row.name}" if state == "limited" else ""
                yield Check(f"plugin {row.name}", state, told, type_this)
    except UserError as problem:
        yield Check("state", "broken", problem.what, problem.type_this)


def _tickets() -> Check:
    """Tell whether KItinerary's extractor helps with tickets, and is locked in while it does."""
    from samantha.adapters.kitinerary import KItinerary, installed

    one = KItinerary(installed())
    try:
        return Check("tickets", *one.checked())
    finally:
        one.close()


def _desktop() -> Check:
    from samantha.adapters.desktop_state import DesktopState

    desktop = DesktopState()
    desktop.presence()
    state, reason = desktop.state()
    if state == "known":
        return Check("desktop", "ok", "it tells when not to disturb")
    return Check("desktop", "limited", f"{reason}; that keeps nothing back")


def _model() -> Iterator[Check]:
    from samantha.app.session import joined

    with joined() as a:
        if a.embedder.embed(["ready?"]) is not None:
            yield Check("model", "ok", "all-MiniLM-L6-v2")
        else:
            state, reason = a.embedder.state()
            yield Check("model", "limited", f"{state}: {reason}; rules alone go on")
        state, reason = a.chosen.state()
        yield Check("instruct model", "limited" if state == "unavailable" else "ok", reason)
