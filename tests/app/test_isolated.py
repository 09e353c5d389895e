"""`plugins.isolate_builtin`: a built-in plugin says in a host what it says in the daemon."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from strangers import LIMITS

from samantha.adapters.plugin_host import ANSWERS_LIMIT
from samantha.api import Context, Document, Kind, Moment, MomentKind, Outlet, Suggestion
from samantha.api.plugin import Answer
from samantha.api.testing import ME, NOW, context, document, mail, moment
from samantha.app.config import parse
from samantha.app.hosted import Passing, hosted
from samantha.app.plugin_files import snapshot
from samantha.app.plugin_troubles import Troubles
from samantha.app.plugins import Manifest, builtin_folder, read_manifest
from samantha.app.running import InDaemon, Running, load
from samantha.core.admit import Permissions
from samantha.signals.analyze import analyze

ZONE = ZoneInfo("Europe/Vienna")
NAMES = sorted(p.parent.name for p in builtin_folder().glob("*/plugin.toml"))
OUTLETS = (Outlet("The Harbour Review", "submit@review.example", NOW + timedelta(days=30)),)


def seen() -> list[Document]:
    """Return one user's post and papers, as they come out of reading and analysis."""
    day = NOW - timedelta(days=1)
    bill = (
        "Invoice no. 2026-117\nFrom: Harbour Water Ltd\nTotal amount due: EUR 84.50\n"
        "Please pay by 12 May 2026.\nIBAN: AT61 1904 3002 3457 3201\n"
    )
    trip = (
        "Your booking is confirmed. Booking reference: X7K2QP\nFlight OS 201 from Vienna (VIE) to "
        "Frankfurt (FRA)\nDeparture: 20 May 2026 07:15\nArrival: 20 May 2026 08:45\n"
    )
    raw = [
        mail(bill, sender="billing@water.example", subject="Invoice 2026-117", date=day),
        mail(
            "Hi Anna,\n\ncould you send me the signed form by Monday?\n\nBert\n",
            date=day,
            sender="bert@else.example",
            sender_name="Bert",
            subject="The form",
        ),
        mail(
            "Dear Cora, I will send you the report by Tuesday.\n\nAnna\n",
            date=day,
            sender=ME.addresses[0],
            to=["cora@else.example"],
            folder="sent",
            subject="Report",
        ),
        mail(
            "Hi Dan, did you get my letter? When can we meet?\n\nAnna\n",
            folder="sent",
            sender=ME.addresses[0],
            to=["dan@else.example"],
            subject="Letter",
            date=NOW - timedelta(days=12),
        ),
        mail(
            "Let us meet on Thursday, 7 May 2026 at 15:00 in the Library, room 4.",
            date=day,
            sender="eve@else.example",
            subject="Meeting",
        ),
        mail(trip, sender="tickets@air.example", subject="Your flight", date=day),
        mail(
            "We read letters and essays until 30 May 2026. Send up to ten pieces of at most 800 "
            "words to submit@review.example. The Harbour Review.",
            date=day,
            sender="editor@review.example",
            subject="Open call for letters",
        ),
        document(
            "/home/anna/Documents/lease.txt",
            "Contract of lease. This agreement begins on "
            "1 June 2025 and ends on 31 May 2026. Notice period: two weeks before the end.",
            author="other",
            modified=day,
        ),
        *(
            document(
                f"/home/anna/Letters/{n}.txt",
                f"Dear friend {n},\n\n" + "The sea is wide. " * 40 + "\n\nYours,\nAnna",
                kind=Kind.LETTER,
                modified=day,
            )
            for n in range(6)
        ),
    ]
    return [replace(d, analysis=analyze(d, ME, ZONE, None)) for d in raw]


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return seen()


def inside(name: str) -> InDaemon:
    manifest = read_manifest(builtin_folder() / name, builtin=True)
    assert isinstance(manifest, Manifest)
    one = load(manifest, {}, Troubles(Passing()))
    assert isinstance(one, InDaemon), one
    return one


def occasions(documents: list[Document], media: frozenset[str]) -> list[Moment]:
    about = [d for d in documents if d.media in media]
    return [moment(about if kind is not MomentKind.DAY else (), kind=kind) for kind in MomentKind]


def asked(one: Running, occasion: Moment, documents: list[Document]) -> list[Answer]:
    def context_of(permissions: Permissions, config: object) -> Context:
        known = [d for d in documents if d.media in permissions.media()]
        return context(known, config, zone=ZONE, outlets=OUTLETS)

    return list(one.call(occasion, context_of))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_the_same_in_a_host(documents: list[Document], name: str) -> None:
    """Every answer is equal, field by field, at moments of every kind."""
    here = inside(name)
    there = hosted(here.manifest, snapshot(here.manifest.folder), {}, LIMITS)
    try:
        for occasion in occasions(documents, here.manifest.permissions.media()):
            assert asked(here, occasion, documents) == asked(there, occasion, documents)
            assert not here.failures and not there.failures, there.detail
    finally:
        there.close()


def test_a_great_moment_is_answered_to_its_end() -> None:
    """A first run brings thousands of mails, the newest last: none is cut off, here or there."""
    old = NOW - timedelta(days=100)
    mails = [mail("Hello.", subject=str(n), date=old) for n in range(ANSWERS_LIMIT + 1)]
    here = inside("replies")
    there = hosted(here.manifest, snapshot(here.manifest.folder), {}, LIMITS)
    try:
        assert len(asked(here, moment(mails), [])) == len(mails)
        assert len(asked(there, moment(mails), [])) == len(mails), there.detail
    finally:
        there.close()


def test_something_is_said(documents: list[Document]) -> None:
    """The documents are such that several plugins have something to propose."""
    speaking = set()
    for name in NAMES:
        one = inside(name)
        for occasion in occasions(documents, one.manifest.permissions.media()):
            if any(isinstance(a, Suggestion) for a in asked(one, occasion, documents)):
                speaking.add(name)
    assert len(speaking) >= 4, speaking


def test_the_setting_stands_beside_the_tables() -> None:
    """It is no plugin's table, is off by itself, and a wrong value is told."""
    assert not parse("[plugins.bills]\ndays_before = 2\n").isolate_builtin
    told = parse("[plugins]\nisolate_builtin = true\n[plugins.bills]\ndays_before = 2\n")
    assert told.isolate_builtin and set(told.plugins) == {"bills"}
