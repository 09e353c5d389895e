"""The fields of bills: in mails, in letters, and in the torn columns of a PDF's text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document, Region, Signal
from samantha.api.testing import document, mail
from samantha.signals.bank import valid_iban
from samantha.signals.facts import facts

BERLIN = ZoneInfo("Europe/Berlin")
INVOICES = Path(__file__).parents[3] / "shared" / "data" / "invoices"


def best(found: tuple[Signal, ...], kind: str) -> Any:
    signals = sorted((s for s in found if s.kind == kind), key=lambda s: -s.confidence)
    return signals[0].value if signals else None


def fields(seen: Document, language: str = "en") -> dict[str, Any]:
    found = facts(seen, BERLIN, language)
    for signal in found:
        assert seen.text[signal.start : signal.end] == signal.quote
    amount = best(found, "amount_due")
    return {
        "due": best(found, "due_date"),
        "amount": f"{amount['currency']} {amount['amount']}" if amount else None,
        "number": best(found, "invoice_number"),
        "issuer": best(found, "issuer"),
        "iban": best(found, "iban"),
        "states": {s.kind for s in found} & {"paid", "direct_debit", "credit_note"},
    }


def paper(text: str, language: str = "en") -> dict[str, Any]:
    when = datetime(2026, 11, 20, tzinfo=UTC)
    return fields(document("/home/a/bill.pdf", text, author="other", modified=when), language)


BILLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "label and value",
        "en",
        "Harbour Water Company Ltd\n1 Quay Street\n\nInvoice number: HW-20931\n"
        "Invoice date: 12 November 2026\nCustomer: Anna Berg\n\nStanding charge £12.00\n"
        "Water used £41.25\nSubtotal £53.25\nVAT 20% £10.65\nPrevious balance £18.00\n"
        "Total amount due £63.90\nPayment due date: 3 December 2026\n",
        {
            "due": "2026-12-03",
            "amount": "GBP 63.90",
            "number": "HW-20931",
            "issuer": "Harbour Water Company Ltd",
        },
    ),
    (
        "columns torn apart",
        "en",
        "INVOICE\n# 2026-0117\nLinden Joinery\nBill To:\nAnna Berg\nNov 3, 2026\nNet 30\n"
        "Dec 3, 2026\n$412.50\nDate:\nPayment Terms:\nDue Date:\nBalance Due:\n"
        "Item Quantity Rate Amount\nShelves 3 $125.00 $375.00\n$375.00\n$37.50\n$412.50\n"
        "Subtotal:\nTax (10%):\nTotal:\n",
        {"due": "2026-12-03", "amount": "USD 412.50", "number": "2026-0117"},
    ),
    (
        "row of heads",
        "en",
        "Brightside Internet LLC\nInvoice No. Invoice Date Due Date Amount Due\n"
        "88120045 11/05/2026 11/25/2026 $59.99\nThank you for your business.\n",
        {
            "due": "2026-11-25",
            "amount": "USD 59.99",
            "number": "88120045",
            "issuer": "Brightside Internet LLC",
        },
    ),
    (
        "terms from the invoice date",
        "en",
        "Pym & Daughters Ltd.\nInvoice PD/771\nDate of issue: 1 November 2026\n"
        "Repair of a typewriter\nNet total 80.00\nVAT (20 %) 16.00\nGrand total £96.00\n"
        "Payable within 14 days of invoice date.\n",
        {
            "due": "2026-11-15",
            "amount": "GBP 96.00",
            "number": "PD/771",
            "issuer": "Pym & Daughters Ltd.",
        },
    ),
    (
        "net 30",
        "en",
        "Invoice Number INV-00042\nInvoice Date 10 Nov 2026\nTerms: Net 30\n"
        "Invoice Total EUR 1,250.00\nFrom: Otter Design Studio\n",
        {"due": "2026-12-10", "amount": "EUR 1250.00", "number": "INV-00042"},
    ),
    (
        "German letter",
        "de",
        "Stadtwerke Kranichfeld GmbH\nAm Wehr 4\n12345 Kranichfeld\n\nFrau Anna Berg\n\n"
        "Rechnung Nr. 4711-26 vom 05.11.2026\n\nNettobetrag 100,84 EUR\nzzgl. 19 % MwSt. 19,16"
        " EUR\n"
        "Rechnungsbetrag 120,00 EUR\n\nBitte überweisen Sie den Betrag bis zum 04.12.2026 auf das "
        "Konto DE89 3704 0044 0532 0130 00.\n",
        {
            "due": "2026-12-04",
            "amount": "EUR 120.00",
            "number": "4711-26",
            "issuer": "Stadtwerke Kranichfeld GmbH",
            "iban": "DE89370400440532013000",
        },
    ),
    (
        "German terms with an early discount",
        "de",
        "Tischlerei Holm e.K.\nRechnungsnummer: 2026/311\nRechnungsdatum: 02.11.2026\n"
        "Zwischensumme 1.000,00 €\nUmsatzsteuer 190,00 €\nGesamtbetrag 1.190,00 €\n"
        "Zahlbar innerhalb von 8 Tagen mit 2 % Skonto oder 30 Tage netto.\n",
        {
            "due": "2026-12-02",
            "amount": "EUR 1190.00",
            "number": "2026/311",
            "issuer": "Tischlerei Holm e.K.",
        },
    ),
    (
        "advance already paid",
        "de",
        "Verkäufer\nName: Werkhof Nord eG\nKäufer\nName: Anna Berg\n"
        "Rechnung (380) Nr. W-9 vom 10.11.2026\nWährung: EUR\nBruttosumme 900,00\n"
        "Erhaltene Anzahlungen -300,00\nZahlbetrag 600,00\nBeschreibung Fälligkeit Teilzahlung\n"
        "10.12.2026\n",
        {
            "due": "2026-12-10",
            "amount": "EUR 600.00",
            "number": "W-9",
            "issuer": "Werkhof Nord eG",
        },
    ),
    (
        "insurance premium, due in the middle of a sentence",
        "de",
        "Seeblick Versicherung AG\nBeitragsrechnung 14. November 2026\nSehr geehrte Frau Berg,\n"
        "der Beitrag für Ihren Vertrag wird\nam 01.12.2026\nfällig.\nRechnungsbetrag 88,20 €\n",
        {
            "due": "2026-12-01",
            "amount": "EUR 88.20",
            "issuer": "Seeblick Versicherung AG",
        },
    ),
    (
        "French",
        "fr",
        "Librairie du Port SARL\nFacture n° F-2026-88 du 4 novembre 2026\nTotal HT 50,00 €\n"
        "TVA 5,5% 2,75 €\nTotal TTC 52,75 €\nDate d'échéance : 04/12/2026\n",
        {
            "due": "2026-12-04",
            "amount": "EUR 52.75",
            "number": "F-2026-88",
            "issuer": "Librairie du Port SARL",
        },
    ),
    (
        "Dutch",
        "nl",
        "Fietsen Van Dam B.V.\nFactuurnummer: 20260931\nFactuurdatum: 6 november 2026\n"
        "Subtotaal € 200,00\nBTW 21% € 42,00\nTotaal te betalen € 242,00\n"
        "Vervaldatum: 20 november 2026\n",
        {
            "due": "2026-11-20",
            "amount": "EUR 242.00",
            "number": "20260931",
            "issuer": "Fietsen Van Dam B.V.",
        },
    ),
    (
        "no labels but words",
        "en",
        "Dear Anna,\n\nplease find below my invoice 2026-14 for the translation. The sum of "
        "EUR 350.00 is due by 1 December 2026.\n\nJonas Weil\n",
        {"due": "2026-12-01", "amount": "EUR 350.00", "number": "2026-14"},
    ),
    (
        "service mail",
        "en",
        "This is an invoice for your purchase on 2 November 2026. Please submit payment by "
        "16 November 2026\n\nHi Anna,\n\nAmount Due: $29.00\n\nDue By: 16 November 2026\n\n"
        "INV-5531\n--------\n\nTotal\n\n$29.00\n",
        {"due": "2026-11-16", "amount": "USD 29.00"},
    ),
    (
        "Swiss",
        "de",
        "Zahnarztpraxis Dr. Kern\nRechnung 10442\nDatum: 08.11.2026\nTotal CHF 1'284.50\n"
        "Zahlbar bis 08.12.2026\n",
        {"due": "2026-12-08", "amount": "CHF 1284.50", "number": "10442"},
    ),
    (
        "subscription",
        "en",
        "Invoice\n"
        "Invoice number 0D5B-0001\n"
        "Date of issue November 3, 2026\n"
        "Date due December 3, 2026\n"
        "Papercut Studio\n"
        "12 Mill Lane\n"
        "Bill to\n"
        "Anna Berg\n"
        "$29.00 USD due December 3, 2026\n"
        "Pay online\n"
        "Description Qty Unit price Amount\n"
        "Pro plan 1 $29.00 $29.00\n"
        "Subtotal $29.00\n"
        "Total $29.00\n"
        "Amount due $29.00 USD\n",
        {
            "due": "2026-12-03",
            "amount": "USD 29.00",
            "number": "0D5B-0001",
            "issuer": "Papercut Studio",
        },
    ),
    (
        "tax invoice",
        "en",
        "TAX INVOICE\n"
        "Anna Berg\n"
        "Invoice Date\n"
        "3 Nov 2026\n"
        "Invoice Number\n"
        "INV-0042\n"
        "ABN\n"
        "12 345 678 901\n"
        "Tidewater Pty Ltd\n"
        "1 Wharf St\n"
        "Description Quantity Unit Price GST Amount AUD\n"
        "Paint 1.00 100.00 10% 100.00\n"
        "Subtotal 100.00\n"
        "TOTAL GST 10% 10.00\n"
        "TOTAL AUD 110.00\n"
        "Due Date: 17 Nov 2026\n",
        {
            "due": "2026-11-17",
            "amount": "AUD 110.00",
            "number": "INV-0042",
            "issuer": "Tidewater Pty Ltd",
        },
    ),
    (
        "utility",
        "en",
        "Moorland Electric plc\n"
        "Your account number 9981 2234\n"
        "Bill number 77120\n"
        "Bill date 5 November 2026\n"
        "Electricity used £50.86\n"
        "VAT at 5% £2.54\n"
        "Total charges £53.40\n"
        "Balance brought forward £0.00\n"
        "Amount due by 3 December 2026: £53.40\n",
        {
            "due": "2026-12-03",
            "amount": "GBP 53.40",
            "number": "77120",
            "issuer": "Moorland Electric plc",
        },
    ),
    (
        "number under its label",
        "de",
        "Fernklang Telefon GmbH\n"
        "Kundennummer\n"
        "5512\n"
        "Rechnungsnummer\n"
        "1234567890\n"
        "Rechnungsdatum 05.11.2026\n"
        "Summe netto 33,57 €\n"
        "USt. 19 % 6,38 €\n"
        "Zu zahlender Betrag 39,95 €\n"
        "Der Betrag ist am 15.11.2026 fällig.\n",
        {
            "due": "2026-11-15",
            "amount": "EUR 39.95",
            "number": "1234567890",
            "issuer": "Fernklang Telefon GmbH",
        },
    ),
    (
        "card statement with a minimum",
        "en",
        "Harbour Bank plc\n"
        "Statement of account\n"
        "Statement date 11/02/2026\n"
        "Previous balance $400.00\n"
        "Payments received $400.00\n"
        "New balance $512.30\n"
        "Minimum payment due $25.00\n"
        "Payment due date 12/01/2026\n",
        {"due": "2026-12-01", "amount": "USD 512.30", "issuer": "Harbour Bank plc"},
    ),
    (
        "pay by",
        "en",
        "Lakeside Clinic LLC\nInvoice 55-1201\nAmount you owe $45.00\nPay by 12/20/2026\n",
        {
            "due": "2026-12-20",
            "amount": "USD 45.00",
            "number": "55-1201",
            "issuer": "Lakeside Clinic LLC",
        },
    ),
    (
        "rent in a mail",
        "en",
        "Hi Anna,\n"
        "\n"
        "your rent of £800.00 for December is due on 1 December 2026. Please pay into DE89 3704"
        " 0044 0532 0130 00 as always.\n"
        "\n"
        "Mr Pell\n",
        {"due": "2026-12-01", "amount": "GBP 800.00"},
    ),
    (
        "three lines",
        "de",
        "Betrag: 84,40 EUR\nFällig: 04.12.2026\nRechnung: 2026-33\nMalerei Otto Kern\n",
        {"due": "2026-12-04", "amount": "EUR 84.40", "number": "2026-33"},
    ),
    (
        "reminder with an old and a new day",
        "de",
        "Malerei Kern GmbH\n"
        "Zahlungserinnerung\n"
        "Rechnung 2026-33 vom 01.10.2026 über 84,40 EUR, fällig am 15.10.2026.\n"
        "Bitte überweisen Sie den offenen Betrag von 84,40 EUR bis zum 04.12.2026.\n",
        {
            "due": "2026-12-04",
            "amount": "EUR 84.40",
            "number": "2026-33",
            "issuer": "Malerei Kern GmbH",
        },
    ),
    (
        "Italian",
        "it",
        "Officina Rossi S.r.l.\n"
        "Fattura n. 12/2026 del 03/11/2026\n"
        "Imponibile € 100,00\n"
        "IVA 22% € 22,00\n"
        "Totale fattura € 122,00\n"
        "Scadenza pagamento: 03/12/2026\n",
        {
            "due": "2026-12-03",
            "amount": "EUR 122.00",
            "number": "12/2026",
            "issuer": "Officina Rossi S.r.l.",
        },
    ),
    (
        "Spanish",
        "es",
        "Talleres Luna S.L.\n"
        "Factura Nº 2026-15\n"
        "Fecha: 03/11/2026\n"
        "Base imponible 100,00 €\n"
        "IVA 21% 21,00 €\n"
        "Total a pagar: 121,00 €\n"
        "Fecha de vencimiento: 03/12/2026\n",
        {
            "due": "2026-12-03",
            "amount": "EUR 121.00",
            "number": "2026-15",
            "issuer": "Talleres Luna S.L.",
        },
    ),
    (
        "net day before the discount day",
        "de",
        "Lieferhaus Brandt GmbH\n"
        "Rechnung 471199\n"
        "Rechnungsdatum 05.03.2026\n"
        "Gesamtbetrag 529,87 EUR\n"
        "Zahlbar innerhalb 30 Tagen netto bis 04.04.2026, 3% Skonto innerhalb 10 Tagen bis"
        " 15.03.2026.\n",
        {
            "due": "2026-04-04",
            "amount": "EUR 529.87",
            "number": "471199",
            "issuer": "Lieferhaus Brandt GmbH",
        },
    ),
    (
        "discount day before the net day",
        "de",
        "Lieferhaus Brandt GmbH\n"
        "Rechnung 471199\n"
        "Rechnungsdatum 05.11.2026\n"
        "Summe (EUR) 529,87\n"
        "Bei Zahlung bis 15.11.2026 gewähren wir 3% Skonto, bis 05.12.2026 netto.\n",
        {
            "due": "2026-12-05",
            "amount": "EUR 529.87",
            "number": "471199",
            "issuer": "Lieferhaus Brandt GmbH",
        },
    ),
    (
        "values under labels",
        "en",
        "Larch & Sons Ltd\nTotal due\n£63.90\nPay by\n3 Dec 2026\nInvoice no.\nLS-8\n",
        {
            "due": "2026-12-03",
            "amount": "GBP 63.90",
            "number": "LS-8",
            "issuer": "Larch & Sons Ltd",
        },
    ),
    (
        "terms after a label",
        "en",
        "Larch & Sons Ltd\n"
        "Invoice #778\n"
        "Date: 1 Nov 2026\n"
        "Total: 120.00 EUR\n"
        "Payment due: within 30 days\n",
        {
            "due": "2026-12-01",
            "amount": "EUR 120.00",
            "number": "778",
            "issuer": "Larch & Sons Ltd",
        },
    ),
    (
        "letterhead at the foot",
        "de",
        "Rechnung\n"
        "Anna Berg\n"
        "Hafenweg 2\n"
        "Rechnung-Nr.: R-2026-5\n"
        "Datum: 10.11.2026\n"
        "Pos. Menge Bezeichnung Einzelpreis Gesamtpreis\n"
        "1 2 Stühle 60,00 € 120,00 €\n"
        "Summe 120,00 €\n"
        "zzgl. 19% USt. 22,80 €\n"
        "Gesamt 142,80 €\n"
        "Zahlungsziel: 14 Tage\n"
        "Holzwerk Sund GmbH | Sundweg 1 | 18055 Rostock\n",
        {
            "due": "2026-11-24",
            "amount": "EUR 142.80",
            "number": "R-2026-5",
            "issuer": "Holzwerk Sund GmbH",
        },
    ),
    (
        "terms of an English shop",
        "en",
        "INVOICE\n"
        "Fenwick Books Ltd.\n"
        "Invoice to: Anna Berg\n"
        "Invoice No: 5531/26\n"
        "Tax Point: 03/11/2026\n"
        "Goods 45.00\n"
        "Postage 5.00\n"
        "Total £50.00\n"
        "Terms: 30 days from date of invoice\n",
        {
            "due": "2026-12-03",
            "amount": "GBP 50.00",
            "number": "5531/26",
            "issuer": "Fenwick Books Ltd.",
        },
    ),
    (
        "French utility",
        "fr",
        "EDF du Littoral SA\n"
        "N° de facture : 20 261 103\n"
        "Facture du 03/11/2026\n"
        "Montant total TTC 88,10 €\n"
        "Montant à régler 88,10 €\n"
        "à régler avant le 20/11/2026\n",
        {"due": "2026-11-20", "amount": "EUR 88.10", "issuer": "EDF du Littoral SA"},
    ),
    (
        "arrears of a year, in a sentence under a greeting",
        "de",
        "Guten Tag Frau Berg,\n\naus der Abrechnung ergibt sich eine Nachzahlung in Höhe von "
        "318,40 EUR, die Sie bitte bis zum 05.12.2026 auf das Mietkonto überweisen.\n\n"
        "Seitz Verwaltung\n",
        {"due": "2026-12-05", "amount": "EUR 318.40"},
    ),
    (
        "a craftsman's lines",
        "de",
        "für die Feuerstättenschau berechne ich Ihnen 61,88 €. Ich bitte um Überweisung innerhalb "
        "von 10 Tagen auf DE89 3704 0044 0532 0130 00.\n\nPohl\n",
        {"due": "2026-11-30", "amount": "EUR 61.88", "iban": "DE89370400440532013000"},
    ),
)


@pytest.mark.parametrize(
    ("language", "text", "wanted"), [b[1:] for b in BILLS], ids=[b[0] for b in BILLS]
)
def test_the_fields_of_a_bill_are_read(language: str, text: str, wanted: dict[str, Any]) -> None:
    """Due date, gross amount, number, issuer and account are read wherever they stand."""
    found = paper(text, language)
    assert {k: found[k] for k in wanted} == wanted
    assert found["states"] == set()


STATES = (
    ("This is a receipt for your purchase. No payment is due. Total $12.00", "paid"),
    ("Invoice 551: EUR 12.00. Paid by card on 4 November 2026.", "paid"),
    ("Thank you for your payment of £63.90 for invoice HW-20931.", "paid"),
    ("Your payment was received. Invoice total $5.00", "paid"),
    ("Rechnung 12: Betrag dankend erhalten. Gesamtbetrag 12,00 EUR", "paid"),
    ("Wir haben Ihre Zahlung erhalten. Rechnung 4711-26.", "paid"),
    ("Invoice 9\nTotal $40.00\nAmount due $0.00\n", "paid"),
    ("Invoice 9, £12.00. Payment will be taken by direct debit on 3 December.", "direct_debit"),
    ("Your card will be charged $12.00 on 3 December. Invoice 12.", "direct_debit"),
    ("Rechnung 7: Der Betrag von 12,00 EUR wird per Lastschrift eingezogen.", "direct_debit"),
    ("Den Rechnungsbetrag buchen wir am 3. Dezember von Ihrem Konto ab.", "direct_debit"),
    ("Facture 12: La somme sera prélevée sur votre compte.", "direct_debit"),
    ("CREDIT NOTE CN-12\nTotal £12.00\nregarding invoice 9", "credit_note"),
    ("Gutschrift Nr. 12\nGesamtbetrag 12,00 EUR", "credit_note"),
    ("Rechnungskorrektur 7\nGesamtbetrag -12,00 EUR", "credit_note"),
    ("Invoice 4\nGrand total EUR -9.00", "credit_note"),
)


@pytest.mark.parametrize(("text", "state"), STATES)
def test_a_settled_bill_says_so(text: str, state: str) -> None:
    """Receipts, direct debits and credit notes are told apart from bills to be paid."""
    language = "de" if re.search("Rechnung|Gutschrift", text) else "en"
    assert state in paper(text, language)["states"]


NOT_SETTLED = (
    "Invoice 9, £12.00, due 3 December 2026. If you have already paid, please ignore this.",
    "Invoice 9, £12.00. It has not been paid. Please pay by 3 December 2026.",
    "Rechnung 9 über 12,00 EUR. Sollten Sie bereits bezahlt haben, ist diese gegenstandslos.",
    "Rechnung 9: 12,00 EUR. Einfacher wäre es, wenn Sie uns ein Lastschriftmandat erteilen.",
    "Rechnung 9: 12,00 EUR. Im Falle einer Rücklastschrift berechnen wir 15,00 EUR.",
    "Invoice 9: £12.00. You can set up a direct debit any time.",
    "Rechnung 9: 12,00 EUR. Beitragsgutschriften erstatten wir per Scheck.",
    "Invoice 9: £12.00. The late fee must be paid, too.",
    "Invoice 9: £12.00. The amount is to be paid by 3 December 2026.",
)


@pytest.mark.parametrize("text", NOT_SETTLED)
def test_a_condition_settles_nothing(text: str) -> None:
    """ "If you have already paid" does not say that anything is paid."""
    assert paper(text, "de" if "Rechnung" in text else "en")["states"] == set()


NO_BILLS = (
    "We pay 40 euros a page and answer within eight weeks.",
    "Save 20 % on all paperbacks until 4 December 2026. Only EUR 9.99!",
    "Dinner on Friday? It was 30 euros each last time.",
    "The rent of the hall is 400 dollars. Shall we meet on 3 December 2026?",
)


@pytest.mark.parametrize("text", NO_BILLS)
def test_prices_and_days_are_no_bill(text: str) -> None:
    """Money and a date in one text do not make an amount due and a due date."""
    found = paper(text)
    assert (found["amount"], found["due"]) == (None, None)


def test_an_attached_bill_counts_and_a_quoted_one_does_not() -> None:
    """The PDF in a mail is part of it; the bill in an earlier mail is not sent again."""
    bill = BILLS[0][2]
    whole = mail(f"Here it is.\n\n{bill}", sender="billing@harbour.example")
    start = whole.text.index("Harbour Water")
    for role, due in (("attachment", "2026-12-03"), ("quote", None)):
        regions = (
            Region("body", 0, start),
            Region(role, start, len(whole.text), "b.pdf"),  # type: ignore[arg-type]
        )
        from dataclasses import replace

        assert fields(replace(whole, regions=regions))["due"] == due


@pytest.mark.parametrize(
    ("iban", "valid"),
    [
        ("DE89370400440532013000", True),
        ("DE88370400440532013000", False),
        ("DE8937040044053201300", False),
        ("GB82WEST12345698765432", True),
        ("CH9300762011623852957", True),
        ("XX89370400440532013000", False),
        ("DE893704004405320130é0", False),
    ],
)
def test_an_iban_is_checked(iban: str, valid: bool) -> None:
    """Length of the country and check digits decide."""
    assert valid_iban(iban) is valid


def test_a_vat_number_does_not_hide_the_iban_behind_it() -> None:
    """A VAT number begins as an IBAN does and stands right before one on many bills."""
    text = "Invoice 12\nVAT DE136695976\nIBAN DE89 3704 0044 0532 0130 00\nBIC COBADEFFXXX\n"
    assert paper(text)["iban"] == "DE89370400440532013000"


def _gold() -> Iterator[dict[str, str]]:
    with (INVOICES / "zugferd_gold.tsv").open(encoding="utf-8", newline="") as stream:
        rows = re.sub(r"\n(?!\S+\.pdf\t|$)", " ", stream.read()).splitlines()
    yield from csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)


@pytest.mark.slow
@pytest.mark.skipif(not INVOICES.is_dir(), reason="the public invoices are not here")
def test_public_invoices_are_read_to_nineteen_of_twenty() -> None:
    """Of the fields that can be seen in the text at least 95 of 100 come out exactly."""
    from samantha.adapters.reader import JailedReader

    right: list[bool] = []
    reader = JailedReader()
    try:
        for row in _gold():
            seen = reader.read(str(INVOICES / "zugferd" / row["file"]), "test", "file")
            found = fields(seen, "fr" if "FNFE" in row["file"] else "de")
            packed = re.sub(r"\s", "", seen.text)
            if row["number"] in packed:
                right.append(found["number"] == row["number"])
            if row["due_visible_in_text"] == "True":
                right.append((found["due"] or "").replace("-", "") == row["due"])
            if row["payable"] and row["payable"].replace(".", ",") in packed.replace(".", ""):
                amount = (found["amount"] or "0 0").split()[1]
                right.append(abs(float(amount)) == abs(float(row["payable"])))
    finally:
        reader.close()
    assert len(right) > 40
    assert sum(right) / len(right) >= 0.95
