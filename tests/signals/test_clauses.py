"""When contracts, subscriptions and warranties begin, end and renew, in the words of both kinds."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document
from samantha.api.testing import document, mail
from samantha.signals.clause_words import Length, lengths
from samantha.signals.facts import facts

BERLIN = ZoneInfo("Europe/Berlin")
WHEN = datetime(2026, 11, 20, tzinfo=UTC)
CUAD = Path(__file__).parents[3] / "shared" / "data" / "cuad_contracts"
KINDS = ("effective_date", "expiry", "renewal_term", "notice_period", "term", "cancel_by")


def said(seen: Document, language: str) -> dict[str, Any]:
    """Return the surest value of each kind of clause; every quote is an exact, bounded span."""
    best: dict[str, Any] = {}
    for signal in sorted(facts(seen, BERLIN, language), key=lambda s: s.confidence):
        if signal.kind in KINDS:
            assert seen.text[signal.start : signal.end] == signal.quote
            assert 0 < len(signal.quote) <= 600
            best[signal.kind] = signal.value
    return best


CONTRACTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "en",
        "explicit end",
        "CLEANING SERVICES AGREEMENT\n\nThis Agreement is made and entered into as of 3 March 2025 "
        'by and\nbetween Brightwater Ltd ("Supplier") and Anna Berg ("Customer").\n\n2. Term. This '
        "Agreement shall remain in effect until February 28,\n2027, unless terminated earlier.\n\n"
        "3. Payment. Invoices are payable within thirty (30) days.\n",
        {"effective_date": "2025-03-03", "expiry": "2027-02-28"},
    ),
    (
        "en",
        "term from the effective date, renewed by itself",
        'This Software Subscription Agreement (the "Agreement") is effective as of June '
        "1, 2025 (the "
        '"Effective Date").\n\n8. TERM AND RENEWAL\n8.1 The initial term of this '
        "Agreement is twenty-"
        "four (24) months from the Effective Date.\n8.2 Thereafter it shall renew "
        "automatically for "
        "successive periods of one (1) year each, unless either party gives written notice of non-"
        "renewal at least sixty (60) days prior to the end of the then-current term.\n8.3 Either "
        "party may terminate for material breach on ten (10) days' notice.\n",
        {
            "effective_date": "2025-06-01",
            "expiry": "2027-06-01",
            "renewal_term": "P1Y",
            "notice_period": "P60D",
            "term": {"what": "contract", "renews": True, "cancel_by": ""},
        },
    ),
    (
        "en",
        "anniversary",
        "LICENSE AGREEMENT dated as of 15th day of May, 2024 between Otter Press and Tom Brandt.\n"
        "The license shall commence on the date hereof and terminate on the third "
        "anniversary of the "
        "date of this Agreement. It may be extended for one additional two-year term if "
        "both agree.",
        {"effective_date": "2024-05-15", "expiry": "2027-05-15", "renewal_term": "P2Y"},
    ),
    (
        "en",
        "lease",
        "RESIDENTIAL LEASE\nLandlord: Quayside Homes. Tenant: Anna Berg.\nThe term of "
        "this lease is "
        "one year, beginning on September 1, 2026 and ending on August 31, 2027. If neither party "
        "gives two months' notice before the end of the term, the lease continues month to month.",
        {"effective_date": "2026-09-01", "expiry": "2027-08-31"},
    ),
    (
        "de",
        "Laufzeit mit Verlängerung",
        "Dienstleistungsvertrag\n\nzwischen der Kranich Netz GmbH und Anna Berg\n\n§ 2 Laufzeit\n"
        "Vertragsbeginn: 01.02.2026\nDer Vertrag hat eine Mindestlaufzeit von 24 Monaten. Er "
        "verlängert sich automatisch um jeweils 12 Monate, wenn er nicht mit einer Frist von drei "
        "Monaten zum Ende der Laufzeit gekündigt wird.\n\n§ 3 Vergütung\nZahlbar binnen "
        "14 Tagen.\n",
        {
            "effective_date": "2026-02-01",
            "expiry": "2028-02-01",
            "renewal_term": "P12M",
            "notice_period": "P3M",
        },
    ),
    (
        "de",
        "befristet",
        "Mietvertrag\n\nVermieter: Hafen Wohnen eG. Mieterin: Anna Berg.\nDas "
        "Mietverhältnis beginnt "
        "am 1. Oktober 2025 und ist befristet bis zum 30. September 2027. Die Kündigungsfrist "
        "beträgt drei Monate zum Monatsende.",
        {"effective_date": "2025-10-01", "expiry": "2027-09-30", "notice_period": "P3M"},
    ),
    (
        "de",
        "endet ohne Kündigung",
        "Arbeitsvertrag\nDas Arbeitsverhältnis beginnt am 01.04.2026 und endet am 31.03.2027, ohne "
        "dass es einer Kündigung bedarf.",
        {"effective_date": "2026-04-01", "expiry": "2027-03-31"},
    ),
    (
        "de",
        "Quartal",
        "Handyvertrag der Funk AG\nVertragsbeginn: 15.01.2026\nVertragslaufzeit: 24 Monate. Der "
        "Vertrag verlängert sich um ein weiteres Jahr, sofern er nicht spätestens drei Monate vor "
        "Ablauf gekündigt wird.",
        {"expiry": "2028-01-15", "renewal_term": "P1Y", "notice_period": "P3M"},
    ),
    (
        "en",
        "from one day through another",
        "EMPLOYMENT AGREEMENT\nThis Employment Agreement is made as of January 5, 2025, by and "
        "between Orchid Corp and Anna Berg. The Company employs the Executive for a period "
        "commencing on February 1, 2025 and continuing through January 31, 2028, unless sooner "
        "terminated.\n",
        {"effective_date": "2025-02-01", "expiry": "2028-01-31"},
    ),
    (
        "en",
        "a tenancy",
        "TENANCY AGREEMENT\nTenant: Anna Berg\nThe Term: 12 months from and including 14 August "
        "2026\nRent: £950 per month\n",
        {"expiry": "2027-08-14"},
    ),
    (
        "de",
        "sonst Verlängerung",
        "Zeitungsabonnement – Vertrag\nBezug ab 01.10.2026, Mindestbezugsdauer 12 Monate. Kündbar "
        "mit einer Frist von 4 Wochen zum Ende des Bezugszeitraums, sonst Verlängerung um weitere "
        "12 Monate.\n",
        {"expiry": "2027-10-01", "notice_period": "P4W", "renewal_term": "P12M"},
    ),
    (
        "en",
        "month to month",
        "GYM MEMBERSHIP AGREEMENT\nStart date: 10/01/2026\nMember: Anna Berg\nInitial term: 12 "
        "months. After the initial term your membership continues month to month until cancelled "
        "with 30 days notice.\nMonthly dues $39.00",
        {"effective_date": "2026-10-01", "expiry": "2027-10-01", "notice_period": "P30D"},
    ),
    (
        "en",
        "option of the tenant",
        "OFFICE LEASE\nThis Lease, dated as of August 20, 2021, is between Quay Properties LP "
        "(Landlord) and Otter Press (Tenant). The Term shall be sixty (60) months commencing "
        "September 1, 2021. Tenant may extend the Term for one period of five (5) years by giving "
        "Landlord written notice at least nine (9) months prior to expiration.\n",
        {"expiry": "2026-09-01", "renewal_term": "P5Y", "notice_period": "P9M"},
    ),
    (
        "de",
        "erste Laufzeit",
        "Stromliefervertrag\nErstlaufzeit 12 Monate. Der Vertrag kann mit einer Frist von 4 Wochen "
        "zum Ende der Erstlaufzeit gekündigt werden. Andernfalls verlängert er sich auf "
        "unbestimmte Zeit.\nVertragsbeginn: 01.05.2026",
        {"expiry": "2027-05-01", "notice_period": "P4W"},
    ),
    (
        "de",
        "tritt in Kraft",
        "Wartungsvertrag\nDieser Vertrag tritt am 1. Januar 2026 in Kraft und läuft zunächst bis "
        "zum 31. Dezember 2027. Er verlängert sich jeweils um ein weiteres Jahr, falls er nicht "
        "spätestens 6 Monate vor Ablauf schriftlich gekündigt wird.\n",
        {
            "effective_date": "2026-01-01",
            "expiry": "2027-12-31",
            "renewal_term": "P1Y",
            "notice_period": "P6M",
        },
    ),
)


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [(c[0], c[2], c[3]) for c in CONTRACTS],
    ids=[c[1] for c in CONTRACTS],
)
def test_the_dates_of_a_contract_are_read(language: str, text: str, wanted: dict[str, Any]) -> None:
    """Explicit ends, terms that count from the beginning, renewals and notice, in a file."""
    found = said(document("/home/a/contract.pdf", text, author="other", modified=WHEN), language)
    assert {k: found.get(k) for k in wanted} == wanted


RUNNING_OUT: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "en",
        "Your subscription",
        "Hi Anna,\n\nyour Otter Cloud subscription will renew automatically on December "
        "14, 2026 for "
        "$49.00. If you do not want that, please cancel before December 13, 2026.\n",
        {"expiry": "2026-12-14", "what": "subscription", "renews": True, "cancel_by": "2026-12-12"},
    ),
    (
        "en",
        "Your free trial is ending",
        "Your free trial of Otter Cloud ends on December 4, 2026. After that your card will be "
        "charged.",
        {"expiry": "2026-12-04", "what": "trial", "renews": True},
    ),
    (
        "en",
        "Policy renewal",
        "Home insurance policy HI-2231\nYour cover expires on 31/12/2026. Contact us to renew it.",
        {"expiry": "2026-12-31", "what": "insurance"},
    ),
    (
        "en",
        "Order 5512",
        "Thank you for your order. Not what you wanted? You can return it by January 10, 2027.",
        {"expiry": "2027-01-10", "what": "return"},
    ),
    (
        "en",
        "Order 5512",
        "Thank you for your order of a lamp. You have 30 days to return it. The lamp comes with a "
        "warranty.",
        {"expiry": "2026-12-20", "what": "return"},
    ),
    (
        "en",
        "Domain notice",
        "The domain anna-berg.example expires on 2027-01-15. Auto-renew is off.",
        {"expiry": "2027-01-15", "what": "domain", "renews": False},
    ),
    (
        "en",
        "Membership",
        "Your museum membership is valid through 28 February 2027.",
        {"expiry": "2027-02-28", "what": "membership"},
    ),
    (
        "de",
        "Ihr Abo",
        "Ihr Jahresabo der Zeitung verlängert sich am 15.01.2027 automatisch um ein "
        "Jahr. Sie können "
        "es bis zum 15.12.2026 kündigen.",
        {"expiry": "2027-01-15", "what": "subscription", "renews": True, "cancel_by": "2026-12-15"},
    ),
    (
        # Without the notice the last safe day would be a month too late.
        "de",
        "Ihre Mitgliedschaft",
        "Ihre Mitgliedschaft läuft bis 31.05.2027 und verlängert sich automatisch um 12 Monate, "
        "wenn Sie nicht mit einer Frist von einem Monat zum Ende der Laufzeit kündigen.",
        {"expiry": "2027-05-31", "renews": True, "notice_period": "P1M", "renewal_term": "P12M"},
    ),
    (
        "fr",
        "Votre contrat habitation",
        "Votre contrat habitation arrive à échéance le 30 juin 2027. Il sera reconduit tacitement "
        "pour un an, sauf résiliation avec un préavis de deux mois.",
        {"expiry": "2027-06-30", "what": "insurance", "renews": True, "notice_period": "P2M"},
    ),
    (
        "es",
        "Su póliza",
        "Su seguro de hogar vence el 31 de mayo de 2027 y se renueva automáticamente por un año, "
        "salvo que lo cancele con un preaviso de un mes.",
        {"expiry": "2027-05-31", "what": "insurance", "renews": True, "notice_period": "P1M"},
    ),
    (
        "en",
        "Your order",
        "Hi Anna,\n\nyour boots have arrived. You can return them until January 6, 2027.",
        {"expiry": "2027-01-06", "what": "return"},
    ),
    (
        "de",
        "Ihre Probezeit",
        "Ihr Probeabo läuft am 04.12.2026 ab.",
        {"expiry": "2026-12-04", "what": "trial"},
    ),
    (
        "de",
        "Ihre Bestellung 5512",
        "Vielen Dank für Ihre Bestellung. Rückgabe möglich bis zum 10. Januar 2027.",
        {"expiry": "2027-01-10", "what": "return"},
    ),
    (
        "de",
        "Rechnung 77",
        "Rechnung 77\nWaschmaschine Kranich 7\nGarantie: 24 Monate ab Kaufdatum.",
        {"expiry": "2028-11-20", "what": "warranty"},
    ),
)


@pytest.mark.parametrize(("language", "subject", "text", "wanted"), RUNNING_OUT)
def test_what_runs_out_is_read_in_a_mail(
    language: str, subject: str, text: str, wanted: dict[str, Any]
) -> None:
    """What it is, until when, whether it goes on by itself, and the last day to call it off."""
    found = said(mail(text, subject=subject, date=WHEN), language)
    flat = {**found, **found.get("term", {})}
    assert {k: flat.get(k) for k in wanted} == wanted


NOTHING = (
    "The sale ends on December 4, 2026. Save 30 % on every plan!",
    "Use the code WINTER, valid until December 4, 2026, on your subscription.",
    "Shall we meet on December 4, 2026? My contract with the theatre was signed then.",
    "Submissions for the membership prize end on December 4, 2026.",
    "Please return my call by December 4, 2026.",
    "Das Angebot ist gültig bis 04.12.2026.",
    "Your order will be delivered by December 4, 2026.",
    "Order now! If you are unhappy just return the disk within 30 days and we refund your money.",
)


@pytest.mark.parametrize("text", NOTHING)
def test_other_days_run_nothing_out(text: str) -> None:
    """Sales, codes, meetings, deliveries and telephone calls are no contracts."""
    assert "expiry" not in said(mail(text, date=WHEN), "de" if "Angebot" in text else "en")


def test_lengths_are_told_in_their_own_unit() -> None:
    """Figures, words, both, and hyphens; a date is no length."""
    text = "one (1) year, twenty-four (24) months, 3-year, ninety days, sechs Monate, 14 day of May"
    assert [x.iso for x in lengths(text, 0, len(text))] == ["P1Y", "P24M", "P3Y", "P90D", "P6M"]
    assert Length(25, "year", (0, 0)).after(datetime(2024, 2, 29).date()) is not None
    assert Length(999, "year", (0, 0)).after(WHEN.date()) is None


def test_a_story_has_no_clauses() -> None:
    """Prose that speaks of an agreement and a year says nothing about a contract's end."""
    text = "They had an agreement, the two of them, and it lasted until the war began.\n" * 20
    assert said(document("/home/a/story.txt", text, modified=WHEN), "en") == {}


def test_hostile_contracts_cost_little() -> None:
    """Ten thousand dates and renewals, and one sentence without an end, are bounded."""
    many = "This Agreement shall renew until May 3, 2027 for one (1) year. " * 4_000
    endless = "agreement term " + "until and for one year renew " * 10_000
    for text in (many, endless):
        said(document("/home/a/x.txt", text, modified=WHEN), "en")


def _months(written: str) -> tuple[str, int] | None:
    match = re.search(r"(\d+)\)? *(day|week|month|year)|P(\d+)([DWMY])", written)
    if match is None:
        return None
    number, unit = int(match[1] or match[3]), (match[2] or match[4])[0].upper()
    return (
        ("D", number * (7 if unit == "W" else 1))
        if unit in "DW"
        else ("M", number * (12 if unit == "Y" else 1))
    )


@pytest.mark.slow
@pytest.mark.skipif(not CUAD.is_dir(), reason="the public contracts are not here")
def test_public_contracts_are_read() -> None:
    """Of fifty contracts that lawyers annotated 80 ends and 75 notices in a hundred are exact."""
    from samantha.adapters.reader import JailedReader

    right: dict[str, list[bool]] = {"expiry": [], "notice_period": [], "renewal_term": []}
    reader = JailedReader()
    try:
        with (CUAD / "gold.tsv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="\t"):
                found = said(reader.read(str(CUAD / row["file"]), "test", "file"), "en")
                if re.fullmatch(r"\d+/\d+/\d{4}", row["expiration_date"]):
                    month, day, year = map(int, row["expiration_date"].split("/"))
                    right["expiry"].append(found.get("expiry") == f"{year}-{month:02}-{day:02}")
                for kind in ("notice_period", "renewal_term"):
                    if wanted := _months(row[kind]):
                        right[kind].append(_months(found.get(kind, "")) == wanted)
    finally:
        reader.close()
    assert sum(right["expiry"]) / len(right["expiry"]) >= 0.8
    assert sum(right["notice_period"]) / len(right["notice_period"]) >= 0.75
    assert sum(right["renewal_term"]) / len(right["renewal_term"]) >= 0.75
