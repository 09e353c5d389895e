"""Looking: status, sources, inspect, search, doctor, audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line, size, when
from samantha.app.editing import edit_this, first_source

audit = typer.Typer(help="The append-only record of every step.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(status)
    app.command()(sources)
    app.command()(forget)
    app.command()(inspect)
    app.command()(search)
    app.command()(doctor)


def status(as_json: Json = False) -> None:
    """Say whether the daemon runs and how its parts are."""
    from samantha.app.plugins import PluginState
    from samantha.app.session import joined, poke
    from samantha.core.ports import OfferState, OutboxState

    with joined() as a:
        live = poke(a.places, "status")
        held = len(a.state.offers([OfferState.HELD]))
        opened = len(a.state.offers([OfferState.OPEN]))
        counts = a.index.counts()
        if as_json:
            json_line(
                {
                    "running": live is not None,
                    "open": opened,
                    "held": held,
                    "index": dict(counts),
                    "plugins": [
                        {"name": r.name, "state": str(r.state), "reason": r.reason}
                        for r in a.listed
                    ],
                    "daemon": live,
                }
            )
            return
        if live is None and not (a.config.sources or a.config.accounts):
            line(f"Nothing is configured, so nothing is read. Type: {first_source(a.places)}")
        elif live is None:
            line("The daemon is not running. Type: samantha run")
        elif not live.get("ok"):
            line(f"The daemon is there, but {live.get('error')}.")
        else:
            line(f"The daemon is running; {live.get('busy') or 'nothing to do'}.")
            _parts(live)
        columns(
            (f"plugin {row.name}", str(row.state), row.reason)
            for row in a.listed
            if row.state not in (PluginState.ENABLED, PluginState.DISABLED)
        )
        line(f"{opened} offer{'' if opened == 1 else 's'} open, {held} held.")
        for entry in a.state.outbox([OutboxState.APPROVED]):
            why = f": {entry.reason}" if entry.reason else ""
            line(f"Offer {entry.offer} was accepted and waits{why}.")
        paused = a.state.setting("paused_until")
        if paused:
            from datetime import datetime

            until = datetime.fromisoformat(paused)
            if until > a.clock.now():
                line(f"Paused until {when(until, a.clock.now(), a.config.zone())}.")


def _parts(live: dict[str, object]) -> None:
    rows = []
    for name in ("notifications", "desktop", "model", "instruct model", "tickets"):
        value = live.get(name)
        if isinstance(value, list) and len(value) == 2:
            rows.append((name, str(value[0]), str(value[1])))
    found = live.get("sources")
    for source in found if isinstance(found, list) else []:
        reason = f"{source['reason']} {source['remedy']}".strip()
        rows.append((f"source {source['name']}", str(source["state"]), reason))
    columns(rows)


def sources(as_json: Json = False) -> None:
    """List the sources, and what of them could not be read."""
    from samantha.app.mail import fetched_told
    from samantha.app.session import joined

    with joined() as a:
        counts = a.index.counts()
        if not a.sources and not as_json:
            line(f"No sources. Type: {first_source(a.places)}")
        for source in a.sources:
            state = source.state()
            bad = a.index.quarantined(source.name)
            known = len(a.index.known(source.name))
            if as_json:
                json_line(
                    {
                        "name": source.name,
                        "kind": state.kind,
                        "path": state.path,
                        "state": state.state,
                        "reason": state.reason,
                        "read": known - len(bad),
                        "unreadable": [
                            {"path": q.path, "reason": q.reason, "tries": q.tries} for q in bad
                        ],
                        **fetched_told(source),
                    }
                )
                continue
            heading(f"{source.name}  {state.path}")
            line(f"  {known - len(bad)} read, {len(bad)} not readable.")
            if state.reason:
                line(f"  {state.state}: {state.reason}. {state.remedy}".rstrip())
            if cost := fetched_told(source):
                told = f"{size(cost['fetched_bytes'])} fetched since {cost['fetched_since'][:10]}"
                line(f"  {told}; {size(cost['fetched_bytes_since_start'])} in the last session")
            for q in bad[:50]:
                line(f"  {q.path}: {q.reason}")
            if len(bad) > 50:
                line(f"  … and {len(bad) - 50} more: samantha sources --json")
        if not as_json:
            kinds = {k.removeprefix("kind/"): n for k, n in counts.items() if k.startswith("kind/")}
            if kinds:
                line(", ".join(f"{n} {k}" for k, n in sorted(kinds.items(), key=lambda p: -p[1])))


def forget(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="As `samantha sources` names it.")
    ],
) -> None:
    """Remove all that was read of a source from the disk."""
    import shutil

    from samantha.app.mail import forget_copy
    from samantha.app.once import instance
    from samantha.app.session import joined

    with joined() as a, instance(a.places):
        if any(s.name == source for s in a.sources):
            raise UserError(
                f"'{source}' is still in the configuration, so it would be read again.",
                "Take its [[sources]] table out first.",
                edit_this(str(a.places.config_file)),
            )
        copied = forget_copy(a.places, source)
        if not a.index.known(source) and not copied:
            raise UserError(f"Nothing of '{source}' is kept.", "", "samantha sources")
        gone = a.index.forget_source(source)
        left = a.state.forget_documents(gone, a.clock.now())
        shutil.rmtree(a.places.cache / "review", ignore_errors=True)
        a.state.audit("settings", "forgotten", a.clock.now(), documents=len(gone))
        line(f"{len(gone)} documents are forgotten.")
        if left:
            numbers = ", ".join(str(n) for n in left)
            line(f"Offers on their way stay until they end: {numbers}. Then forget once more.")


def inspect(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file or a mail.")],
    as_json: Json = False,
    now: Annotated[str, typer.Option(help="Take this as the time (ISO 8601).")] = "",
) -> None:
    """Say what is seen in a file or mail, and what comes of it."""
    from samantha.app.inspection import inspect_path, print_inspection

    record = inspect_path(path, now)
    if as_json:
        json_line(record)
    else:
        print_inspection(record)


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="Words to look for.")],
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 20,
) -> None:
    """Search what was read."""
    from samantha.app.records import stamp
    from samantha.app.session import joined

    with joined() as a:
        zone, now = a.config.zone(), a.clock.now()
        hits = a.index.search(" ".join(words), limit)
        for hit in hits:
            if as_json:
                json_line(
                    {
                        "document": hit.document,
                        "title": hit.title,
                        "snippet": hit.snippet,
                        "time": stamp(hit.when, zone),
                        "kind": str(hit.kind),
                    }
                )
            else:
                heading(f"{hit.title}")
                line(f"  {hit.kind}, {when(hit.when, now, zone)}: {hit.document}")
                line(f"  {' '.join(hit.snippet.split())}")
        if not hits and not as_json:
            line("Nothing found.")


def doctor(as_json: Json = False) -> None:
    """Check every part and say what to type."""
    from samantha.app.checkup import checkup

    worst = False
    rows = []
    for check in checkup():
        worst = worst or check.state == "broken"
        if as_json:
            json_line(
                {
                    "part": check.part,
                    "state": check.state,
                    "reason": check.reason,
                    "type": check.type_this,
                }
            )
        else:
            type_this = f"Type: {check.type_this}" if check.type_this else ""
            rows.append(
                (check.part, check.state, ". ".join(filter(None, (check.reason, type_this))))
            )
    columns(rows)
    if worst:
        raise typer.Exit(1)


@audit.command("verify")
def audit_verify() -> None:
    """Check the hash chain of the audit record."""
    from samantha.app.session import joined

    with joined() as a:
        ok, where = a.state.audit_verify()
        if not ok:
            raise UserError(
                f"The audit record was changed: {where}.",
                "Lines after that cannot be relied on.",
                "samantha doctor",
            )
        line("The audit record is whole.")
