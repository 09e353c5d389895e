"""Deciding: offers, accept, dismiss, snooze, never, undo."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.output import (
    columns,
    json_line,
    line,
    when,
)

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from samantha.app.assembly import Assembly
    from samantha.core.ports import Offer

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Id = Annotated[int, typer.Argument(metavar="ID", help="Number of the offer.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(offers)
    app.command()(edit)
    app.command()(accept)
    app.command()(dismiss)
    app.command()(snooze)
    app.command()(never)
    app.command()(undo)
    app.command()(pause)
    app.command()(resume)
    app.command()(lift)


def offers(
    as_json: Json = False,
    everything: Annotated[bool, typer.Option("--all", help="Also decided and dropped.")] = False,
) -> None:
    """List what is suggested and waits for you."""
    from samantha.app.records import offer_record
    from samantha.app.session import joined
    from samantha.core.ports import OfferState

    with joined() as a:
        zone, now = a.config.zone(), a.clock.now()
        states = () if everything else (OfferState.OPEN, OfferState.HELD)
        found = a.state.offers(states)
        if as_json:
            for offer in found:
                json_line(offer_record(offer, zone))
            return
        if not found:
            line("Nothing is waiting for you.")
            return
        columns(
            (
                str(o.id),
                o.plugin,
                str(o.state),
                o.title,
                until_told(o, now, zone),
            )
            for o in found
        )


def until_told(offer: Offer, now: datetime, zone: tzinfo) -> str:
    """Return until when an offer stands, and when it comes back if it was put off."""
    ends = f"until {when(offer.expires, now, zone)}" if offer.expires else ""
    back = offer.snoozed_until
    if back is None or back <= now:
        return ends
    return f"snoozed, comes back {when(back, now, zone)}" + (f", {ends}" if ends else "")


def edit(
    offer_id: Id,
    mail: Annotated[
        bool, typer.Option("--mail", help="In the mail program that output.mail_editor names.")
    ] = False,
) -> None:
    """Change what an offer would do in your editor; the old version is void."""
    from samantha.app.cli.showing import print_offer
    from samantha.app.rewording import reword
    from samantha.app.session import joined, poke

    with joined() as a:
        made = reword(a, offer_id, mail=mail)
        if made is None:
            line("Nothing was changed.")
            return
        poke(a.places)
        print_offer(a, made.id)


def accept(
    offer_id: Id,
    confirm: Annotated[
        list[str] | None, typer.Option(help="Confirm one recipient or attachment; repeatable.")
    ] = None,
) -> None:
    """Say yes to exactly what `show` printed."""
    from samantha.app.once import await_end, carry_out_alone
    from samantha.app.session import joined, poke

    with joined() as a:
        offer = a.decisions.find(offer_id)
        confirmed = list(confirm or [])
        if sys.stdin.isatty():
            for item in a.decisions.unconfirmed(offer_id, confirmed):
                if not typer.confirm(f"Confirm {item}?"):
                    raise UserError(f"{item} was not confirmed.", "Nothing was done.")
                confirmed.append(item)
        offer = a.decisions.accept(
            offer_id, via="cli", seen_hash=offer.payload_hash, confirmed=confirmed
        )
        if poke(a.places) is None:
            carry_out_alone(a, partial(_hold, a, offer.id))
        await_end(a, offer.id)
        _tell_end(a.state, offer.id)


def _hold(a: Assembly, offer_id: int, seconds: float) -> None:
    """Wait until a held mail may go; Ctrl-C takes the yes back."""
    from samantha.core.outbox import undo as undo_offer

    line(f"It is sent in {seconds:.0f} seconds. Ctrl-C takes your yes back.")
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        problem = undo_offer(a.state, a.executor, offer_id, a.clock)
        raise UserError(
            f"Not taken back: {problem}." if problem else "Taken back.",
            "" if problem else "Nothing was sent.",
            f"samantha why {offer_id}",
        ) from None


def _tell_end(state: object, offer_id: int) -> None:
    from samantha.app.once import ON_ITS_WAY
    from samantha.core.ports import OutboxState, State

    current: State = state  # type: ignore[assignment]
    entry = current.outbox_for(offer_id)
    offer = current.offer(offer_id)
    if entry is None or offer is None:
        return
    if entry.state is OutboxState.DONE:
        from samantha.app.mail_sending import sent_told

        line(sent_told(entry) or f"Done. samantha undo {offer_id} takes it back.")
        for path in offer.files:
            line(f"  {path}")
    elif entry.state in ON_ITS_WAY:
        line(f"Accepted; the daemon carries it out. {entry.reason}".rstrip())
        if entry.state is OutboxState.APPROVED:
            line(f"Until then, samantha undo {offer_id} takes your yes back.")
    else:
        raise UserError(
            f"Not done ({entry.state}): {entry.reason}.",
            _what_now(entry.state, offer_id),
            f"samantha why {offer_id}",
        )


def _what_now(state: str, offer_id: int) -> str:
    if state == "refused":
        return f"Nothing was done. `samantha lift {offer_id}` lets it be suggested again."
    return "What was done before is in its trace."


def dismiss(offer_id: Id) -> None:
    """Say no to this one; it does not come back."""
    from samantha.app.session import joined, poke

    with joined() as a:
        a.decisions.dismiss(offer_id, via="cli")
        poke(a.places)
        line("Dismissed. `samantha silence` has the key to lift it.")


def snooze(
    offer_id: Id,
    until: Annotated[str, typer.Option("--for", help="2h, 3d; else tomorrow at nine.")] = "",
) -> None:
    """Put an offer off."""
    from samantha.app.session import joined, poke
    from samantha.core.attention import snooze_until

    with joined() as a:
        now, zone = a.clock.now(), a.config.zone()
        back = snooze_until(now, zone, until)
        a.decisions.snooze(offer_id, back, via="cli")
        poke(a.places)
        line(f"It comes back {when(back, now, zone)}.")


def never(
    offer_id: Id,
    sender: Annotated[
        bool, typer.Option("--sender", help="Only from, or about, this person.")
    ] = False,
) -> None:
    """Say no to this kind of suggestion for good."""
    from samantha.app.session import joined, poke

    with joined() as a:
        if sender:
            told = _never_from(a, offer_id)
        else:
            offer = a.decisions.never(offer_id, via="cli")
            told = f"{offer.plugin}/{offer.kind}"
        poke(a.places)
        line(f"No more of {told}. `samantha silence` has the key to lift it.")


def _never_from(a: Assembly, offer_id: int) -> str:
    """Dismiss an offer, and its kind from the person it is about; return that in words."""
    from samantha.app.learning import about, never_from

    subject = about(a.decisions.find(offer_id), a.index)
    if not subject.sender:
        raise UserError(
            f"Offer {offer_id} is about nobody: it rests on no mail.",
            "Nothing was changed.",
            f"samantha never {offer_id}",
        )
    a.decisions.dismiss(offer_id, via="cli")
    never_from(a.state, subject, offer_id, a.clock.now())
    return f"{subject.kind} from {subject.sender}"


def undo(offer_id: Id) -> None:
    """Take back what an accepted offer did."""
    from samantha.app.session import joined
    from samantha.core.outbox import undo as undo_offer

    with joined() as a:
        a.decisions.find(offer_id)
        problem = undo_offer(a.state, a.executor, offer_id, a.clock)
        if problem:
            raise UserError(
                f"Offer {offer_id} could not be taken back: {problem}.",
                "What could not be undone was left as it is.",
                f"samantha why {offer_id}",
            )
        line("Undone.")


def pause(
    length: Annotated[str, typer.Argument(metavar="[2h|3d]", help="How long.")] = "2h",
) -> None:
    """Stay silent for a while; what comes up is held."""
    from samantha.app.session import joined, poke
    from samantha.core.attention import snooze_until

    with joined() as a:
        now, zone = a.clock.now(), a.config.zone()
        until = snooze_until(now, zone, length)
        a.state.set_setting("paused_until", until.isoformat())
        a.state.audit("settings", "paused", now, until=until.isoformat())
        poke(a.places)
        line(f"Silent until {when(until, now, zone)}.")


def resume() -> None:
    """End a pause: speak again."""
    from samantha.app.session import joined, poke

    with joined() as a:
        a.state.set_setting("paused_until", "")
        a.state.audit("settings", "resumed", a.clock.now())
        poke(a.places)
        line("No longer paused.")


def lift(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="As `samantha silence` prints it, or an offer ID.")
    ],
) -> None:
    """Let a dismissed thing or kind come again."""
    from samantha.app.session import joined, poke

    with joined() as a:
        keys = [key]
        if key.isdigit():
            offer = a.decisions.find(int(key))
            keys = [
                f"thing:{offer.plugin}:{offer.thing}",
                f"kind:{offer.plugin}:{offer.kind}",
                f"offer:{offer.id}",
            ]
        lifted = [a.state.lift(one) for one in keys]
        if not any(lifted):
            raise UserError(f"Nothing is suppressed under '{key}'.", "", "samantha silence")
        # The key names a thing, which may be somebody's words: the record holds none.
        a.state.audit("settings", "lifted", a.clock.now(), suppression=keys[0].partition(":")[0])
        poke(a.places, "ask")
        line("Lifted: it may be suggested again.")
