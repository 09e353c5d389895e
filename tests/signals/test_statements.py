"""Statements and bills as banks, utilities and schools write them, in mails and in files."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document, Signal
from samantha.api.testing import document, mail
from samantha.signals.facts import facts

BERLIN = ZoneInfo("Europe/Berlin")
WHEN = datetime(2026, 11, 20, tzinfo=UTC)


def both(text: str) -> tuple[Document, Document]:
    """Return the same words as a mail and as a file."""
    return (
        mail(text, sender="billing@firm.example", sender_name="Some Firm", date=WHEN),
        document("/home/a/bill.pdf", text, author="other", modified=WHEN),
    )


def best(found: tuple[Signal, ...], kind: str) -> Signal | None:
    return max((s for s in found if s.kind == kind), key=lambda s: s.confidence, default=None)


def said(seen: Document, language: str) -> tuple[str, str, set[str]]:
    """Return due date, amount (with a currency that the text names) and what settles it."""
    found = facts(seen, BERLIN, language)
    due, amount = best(found, "due_date"), best(found, "amount_due")
    money = amount.value if amount else {}
    assert isinstance(money, dict)
    return (
        str(due.value) if due else "",
        f"{money['currency']} {money['amount']}" if money else "",
        {s.kind for s in found} & {"paid", "direct_debit", "credit_note"},
    )


ASKED: tuple[tuple[str, str, str, str], ...] = (
    (
        "en",
        "2026-12-04",
        "USD 1084.20",
        "Total amount due: $1,084.20\nDue date: 12/04/2026\nAccount number: 55-20931\n",
    ),
    (
        "en",
        "2026-12-04",
        "USD 1084.20",
        "Your monthly statement is ready.\n\nStatement balance: $1,084.20\nMinimum payment "
        "due: $35.00\nPayment due date: 12/04/2026\n",
    ),
    (
        "en",
        "2026-12-04",
        "USD 1084.20",
        "Credit card statement\nNew Balance $1,084.20\nMinimum Payment Due $35.00\nPayment "
        "Due Date 12/04/26\n",
    ),
    (
        "en",
        "2026-12-04",
        "USD 812.55",
        "Minimum Payment: $35.00\nStatement Balance: $812.55\nPayment Due By: Dec 4, 2026\n"
        "View your statement online.",
    ),
    (
        "en",
        "2026-12-04",
        "USD 84.12",
        "Your bill is ready\n\nAmount due\n$84.12\n\nDue by\nDecember 4, 2026\n\nView bill",
    ),
    (
        "en",
        "2026-12-04",
        "USD 84.12",
        "Hi Anna, your latest bill for account ending 4411 is now available. The amount of "
        "$84.12 is due on December 4. Please pay by then.",
    ),
    ("en", "2026-12-04", "USD 220.00", "Please pay by 12/04/2026\nBalance due $220.00\n"),
    (
        "en",
        "2026-12-04",
        "USD 220.00",
        "Balance due: $220.00. Payment due by 12/04/2026 to avoid a late fee of $25.00 (after"
        " 12/14/2026).\nInvoice #2211",
    ),
    (
        "en",
        "2026-12-10",
        "USD 61.33",
        "Your water bill\nPrevious balance $50.10\nPayments received -$50.10\nCurrent charges"
        " $61.33\nTotal due by 12/10/2026: $61.33\nAmount due after 12/10/2026: $66.33\n",
    ),
    (
        "en",
        "2026-12-15",
        "USD 129.00",
        "A payment of $129.00 is due by Dec 15, 2026 for your policy HO-331. Premium notice.",
    ),
    (
        "en",
        "2026-12-10",
        "USD 2210.44",
        "PROPERTY TAX BILL\nTotal Amount Due 2,210.44\nDue Date 12/10/2026\nMake checks "
        "payable to County Treasurer. Amounts in USD.",
    ),
    (
        "en",
        "2026-12-01",
        "USD 1450.00",
        "Rent reminder: your rent of $1,450.00 is due on 12/01/2026. Please pay your balance "
        "through the portal. Thank you.",
    ),
    (
        "en",
        "2026-12-04",
        "USD 84.12",
        "Amount due: $84.12\nDue date: 12/04/2026\n\nYou're not enrolled in AutoPay. Sign up "
        "for AutoPay and never miss a payment.",
    ),
    (
        "en",
        "2026-12-20",
        "USD 600.00",
        "Invoice INV-0042 from Otter Studio\nDue Dec 20, 2026\n$600.00\nPay this invoice\n",
    ),
    (
        "en",
        "2026-12-20",
        "USD 600.00",
        "$600.00 due December 20, 2026\nInvoice number 9D2E-0003\nFrom Otter Studio\nTo Anna Berg",
    ),
    (
        "en",
        "2026-12-04",
        "GBP 42.18",
        "Your bill is £42.18 and is due on 04/12/2026.\nAccount 8820019\n",
    ),
    (
        "en",
        "2026-12-04",
        "GBP 42.18",
        "Amount to pay: £42.18\nPay by: 4th December 2026\nBill number 553120",
    ),
    (
        "en",
        "2026-12-14",
        "GBP 310.00",
        "Total amount payable £310.00\nPlease pay this bill by 14 December 2026",
    ),
    (
        "en",
        "2026-12-01",
        "GBP 178.00",
        "Council tax bill 2026/27\nAmount due £178.00 on 01/12/2026\n",
    ),
    (
        "en",
        "2026-12-05",
        "AUD 231.55",
        "Tax Invoice 88120\nAmount due AUD $231.55\nDue date 05/12/2026\nBPAY Biller code "
        "1234 Ref 998877\n",
    ),
    (
        "en",
        "2026-12-05",
        "?231.55",
        "Your electricity bill\nTotal amount due (inc GST) $231.55\nDue date 5 Dec 2026\nABN "
        "11 222 333 444\n",
    ),
    (
        "en",
        "2026-12-05",
        "INR 123456.00",
        "Electricity Bill\nBill No: 20261120\nAmount payable: ₹1,23,456.00\nDue date: 05/12/2026\n",
    ),
    (
        "en",
        "2026-12-05",
        "INR 499.00",
        "Dear customer, your postpaid bill of Rs. 499.00 is due on 05-12-2026. Pay now to "
        "avoid late fee.",
    ),
    (
        "en",
        "2026-12-05",
        "INR 12450.00",
        "Statement for card ending 2210\nTotal Amount Due: Rs 12,450.00\nMinimum Amount Due: "
        "Rs 622.50\nPayment Due Date: 05-Dec-2026",
    ),
    (
        "en",
        "2026-12-04",
        "EUR 240.00",
        "Hi, your invoice 2026-118 for €240.00 is payable by 4/12/2026. IBAN DE89 3704 0044 "
        "0532 0130 00",
    ),
    (
        "en",
        "2026-12-04",
        "EUR 240.00",
        "Amount due: EUR 240.00\nDue date: 04.12.2026\nInvoice no. 118",
    ),
    (
        "en",
        "2026-12-04",
        "EUR 240.00",
        "Amount due: 240.00 EUR\nDue date: 2026-12-04\nInvoice no. 118",
    ),
    (
        "de",
        "2026-12-04",
        "EUR 84.12",
        "Ihre Abrechnung\nZu zahlender Betrag: 84,12 €\nFällig am: 04.12.2026\nKundennummer "
        "55120\n",
    ),
    (
        "de",
        "2026-12-04",
        "EUR 84.12",
        "Guten Tag Anna Berg,\n\nIhre Rechnung über 84,12 € ist da. Bitte zahlen Sie bis zum "
        "4. Dezember.\n",
    ),
    (
        "de",
        "2026-12-04",
        "EUR 84.12",
        "Rechnungsbetrag\n84,12 EUR\nZahlbar bis\n04.12.2026\nRechnungsnummer\n2026-0099\n",
    ),
    (
        "de",
        "2026-12-04",
        "EUR 84.12",
        "Offener Betrag: 84,12 EUR\nBitte begleichen Sie den offenen Betrag bis spätestens "
        "04.12.26.",
    ),
    (
        "de",
        "2026-11-30",
        "EUR 84.12",
        "Zahlungserinnerung\nDie Rechnung 4711 vom 01.11.2026 über 84,12 EUR war am "
        "15.11.2026 fällig. Bitte zahlen Sie bis zum 30.11.2026.",
    ),
    (
        "de",
        "2027-01-15",
        "EUR 48.00",
        "Jahresbeitrag 2027: 48,00 €\nBitte überweisen Sie den Beitrag bis 15. Januar 2027 "
        "auf unser Konto AT61 1904 3002 3457 3201.",
    ),
    (
        "de",
        "2026-12-20",
        "CHF 95.00",
        "Abschlag: 95,00 CHF\nZahlbar innert 30 Tagen\nRechnungsdatum: 20.11.2026\nRechnung 11",
    ),
    (
        "en",
        "2026-12-20",
        "USD 400.00",
        "Invoice date: 11/20/2026\nTerms: Net 30\nInvoice total: $400.00\nInvoice 11",
    ),
    (
        "en",
        "2026-11-10",
        "USD 75.00",
        "This is a reminder that invoice 4411 for $75.00 was due on 11/10/2026 and is now "
        "past due. Please remit payment.",
    ),
    (
        "en",
        "2026-12-15",
        "USD 75.30",
        "Statement period 10/21/2026 - 11/20/2026\nAmount due 12/15/2026: $75.30\n",
    ),
    (
        "en",
        "2026-12-15",
        "USD 75.30",
        "Total due\n$75.30\nDue date\n12/15/2026\nAccount number\n0041 2231\n",
    ),
    (
        "en",
        "2026-12-15",
        "USD 75.30",
        "Account Summary  Amount Due  Due Date\n0041 2231        $75.30      12/15/2026\n",
    ),
    (
        "en",
        "2026-12-15",
        "USD 321.09",
        "Your loan payment of $321.09 is due 12/15/2026. Log in to make a payment.\nLoan "
        "balance: $12,210.00",
    ),
    (
        "en",
        "2026-12-01",
        "EUR 85.00",
        "Fees for the swimming course: EUR 85. Please transfer the amount by 1 December 2026 "
        "to IBAN AT61 1904 3002 3457 3201.",
    ),
    ("en", "2026-12-04", "USD 75.30", "Payment due: $75.30 by Friday, December 4"),
    (
        "en",
        "2026-11-19",
        "USD 75.30",
        "Amount Due: $75.30\nDue Upon Receipt\nInvoice Date: November 19, 2026\n",
    ),
    ("en", "2026-12-15", "USD 75.30", "TOTAL DUE $75.30 USD\nPAY BY 12/15/26\nINVOICE 0099"),
    (
        "en",
        "2026-12-08",
        "USD 61.07",
        "Dear Anna,\n\nYour Verdant Mobile bill for November is ready.\nBill total: $61.07\n"
        "Bill due date: December 8, 2026\n\nManage your account online.\n",
    ),
    (
        "en",
        "2026-12-08",
        "USD 45.10",
        "Your e-bill from Lakeside Gas has arrived\n\nAmount: $45.10\nDue: 12/08/2026\n",
    ),
    (
        "en",
        "2026-12-11",
        "USD 75.00",
        "Medical Statement\nDate of service 10/02/2026\nTotal charges $640.00\nInsurance paid"
        " -$520.00\nAdjustments -$45.00\nYou owe $75.00\nPay by 12/11/2026\n",
    ),
    (
        "en",
        "2026-12-11",
        "USD 75.00",
        "Patient responsibility: $75.00. Please remit payment by December 11, 2026. Invoice 5512.",
    ),
    (
        "en",
        "2027-01-01",
        "USD 210.00",
        "HOA dues notice\nQuarterly assessment $210.00\nTotal amount due: $210.00\nDue by: "
        "January 1, 2027\nLate after: January 15, 2027\n",
    ),
    (
        "en",
        "2026-12-15",
        "USD 2310.00",
        "Tuition statement\nTotal charges: $4,310.00\nFinancial aid: -$2,000.00\nBalance due:"
        " $2,310.00\nPayment is due December 15, 2026.\n",
    ),
    (
        "en",
        "2026-12-01",
        "USD 100.00",
        "PAST DUE NOTICE\nYour account is past due. Past due amount: $40.00. Current charges:"
        " $60.00. Total amount due: $100.00. Please pay by December 1, 2026.",
    ),
    (
        "en",
        "2026-12-17",
        "USD 310.44",
        "Your card statement is ready. Last statement balance $310.44. Minimum payment due "
        "$25.00. Payment due date Dec 17, 2026.",
    ),
    (
        "en",
        "2026-12-17",
        "USD 310.44",
        "Your minimum payment of $25.00 is due on December 17, 2026. Your statement balance "
        "is $310.44.",
    ),
    (
        "en",
        "2026-12-02",
        "USD 108.00",
        "Invoice #771\nBill to: Anna Berg\nIssued: November 18, 2026\nDue: December 2, 2026\n"
        "Subtotal $100.00\nTax $8.00\nTotal $108.00\n",
    ),
    (
        "en",
        "2026-12-02",
        "GBP 108.00",
        "INVOICE\nInvoice No 771\nDate 18/11/2026\nDue 02/12/2026\nTotal £108.00\nSort code "
        "20-00-00 Account 11223344",
    ),
    (
        "en",
        "2026-12-02",
        "GBP 55.40",
        "Your bill\nTotal to pay: £55.40\nPlease pay by 2 December 2026\nWays to pay: online,"
        " by phone, at PayPoint",
    ),
    (
        "en",
        "2026-12-02",
        "GBP 55.40",
        "Amount outstanding: £55.40. Payment is required by 02/12/2026 at the latest. Ref 8812.",
    ),
    (
        "en",
        "2026-12-02",
        "GBP 35.00",
        "Penalty charge notice. Amount due: £35 if paid by 02/12/2026, £70 thereafter. PCN "
        "number WX123456",
    ),
    (
        "en",
        "2027-01-31",
        "GBP 820.00",
        "Self assessment: your payment on account of £820.00 is due on 31 January 2027. "
        "Payment reference 1234567890K",
    ),
    (
        "en",
        "2026-11-30",
        "?412.60",
        "Rates notice\nInstalment 2 $412.60\nPay by 30 November 2026\nBiller code 8888\n",
    ),
    (
        "en",
        "2026-11-30",
        "?88.00",
        "Tax invoice\nTotal amount (incl. GST) $88.00\nPayment due 30/11/2026\nBSB 123-456\n",
    ),
    (
        "en",
        "2026-12-05",
        "INR 1299.00",
        "Dear Customer, Bill dt 18-11-2026 for Rs.1,299.00 generated. Due date 05-12-2026. "
        "Pay at myapp.",
    ),
    (
        "en",
        "2026-12-07",
        "INR 943.82",
        "Your broadband bill for Nov 2026 is ₹ 943.82. Last date to pay: 07 Dec 2026.",
    ),
    (
        "en",
        "2026-12-10",
        "INR 15000.00",
        "School fees Term 3: INR 15,000 payable on or before 10/12/2026.",
    ),
    (
        "en",
        "2026-12-11",
        "EUR 1240.50",
        "Dear Ms Berg, please find below the payment details. Total: 1.240,50 EUR. Payment "
        "deadline: 11 December 2026. IBAN NL91 ABNA 0417 1643 00.",
    ),
    (
        "en",
        "2026-12-11",
        "EUR 320.00",
        "Please transfer EUR 320 before 11 December 2026 to IBAN NL91 ABNA 0417 1643 00. "
        "Invoice 7.",
    ),
    (
        "en",
        "2026-12-11",
        "EUR 150.00",
        "Deposit invoice. The deposit of €150.00 must be paid by 11/12/2026.",
    ),
    (
        "de",
        "2026-12-01",
        "EUR 312.00",
        "Beitragsrechnung\nBeitrag: 312,00 EUR\nfällig zum 01.12.2026\nVersicherungsnummer "
        "44-112\n",
    ),
    (
        "de",
        "2026-12-15",
        "EUR 85.50",
        "Gebührenbescheid\nFestgesetzter Betrag: 85,50 EUR. Der Betrag ist bis zum 15.12.2026"
        " zu entrichten.",
    ),
    (
        "de",
        "2026-12-10",
        "EUR 112.40",
        "Ihre Stromrechnung\nNachzahlung 112,40 €\nBitte überweisen Sie die Nachzahlung bis "
        "zum 10.12.2026.",
    ),
    (
        "de",
        "2026-12-04",
        "EUR 640.00",
        "Sehr geehrte Frau Berg,\n\nanbei unsere Rechnung. Wir bitten um Überweisung von "
        "640,00 Euro innerhalb von 14 Tagen.\n",
    ),
    (
        "de",
        "2026-12-04",
        "EUR 595.00",
        "Rechnung Nr. 12/2026\nSumme netto 500,00 €\n19% USt 95,00 €\nSumme brutto 595,00 €\n"
        "Zahlungsziel: 14 Tage\nRechnungsdatum: 20.11.2026",
    ),
    (
        "de",
        "2026-12-01",
        "EUR 89.12",
        "2. Mahnung\nRechnungsbetrag 84,12 €\nMahngebühr 5,00 €\nGesamtforderung 89,12 €\n"
        "Zahlbar bis 01.12.2026\n",
    ),
    (
        "en",
        "2026-12-04",
        "USD 24.99",
        "Your installment of $24.99 is due December 4, 2026. Pay now in the app. Order 1123.",
    ),
    (
        "en",
        "2026-12-01",
        "USD 39.00",
        "Gym membership dues: $39.00 due on 12/01/2026. Please pay at the front desk.",
    ),
    (
        "en",
        "2026-12-05",
        "USD 150.00",
        "Invoice 9921. Amount $150.00. Please remit within 15 days.",
    ),
    (
        "en",
        "2026-12-20",
        "USD 1250.00",
        "Total Due  $1,250.00\nInvoice Date  November 20, 2026\nTerms  Due in 30 days\n",
    ),
    (
        "en",
        "2026-12-20",
        "USD 1250.00",
        "Amount due (USD)\n1,250.00\nDate due\nDec 20, 2026\nInvoice 3",
    ),
)


@pytest.mark.parametrize(("language", "due", "amount", "text"), ASKED)
def test_what_is_to_be_paid_and_until_when_is_read(
    language: str, due: str, amount: str, text: str
) -> None:
    """American, British, Indian, Australian and European forms; day and month in their order."""
    for seen in both(text):
        found = said(seen, language)
        assert found[0] == due
        assert found[1].endswith(amount.lstrip("?"))
        assert found[2] == set()


SETTLED = (
    (
        "en",
        "direct_debit",
        "Autopay is on. Your payment of $84.12 will be charged on 12/04/2026 to your card "
        "ending in 1234. Amount due: $84.12 Due date: 12/04/2026",
    ),
    (
        "en",
        "direct_debit",
        "AutoPay scheduled\nAmount due: $84.12\nAutoPay date: 12/04/2026\nNo action is needed.",
    ),
    (
        "en",
        "direct_debit",
        "You are enrolled in automatic payments. Amount due $84.12, due date 12/04/2026",
    ),
    (
        "en",
        "paid",
        "We received your payment of $84.12 on 11/19/2026. Thank you! Balance due: $0.00",
    ),
    (
        "en",
        "paid",
        "Payment confirmation\nAmount paid: $84.12\nPayment date: 11/19/2026\nConfirmation "
        "number 11223344",
    ),
    (
        "en",
        "paid",
        "Thanks for your payment! Receipt #1120\nAmount paid $49.00\nDate paid Nov 19, 2026\n"
        "Payment method Visa 4242",
    ),
    (
        "en",
        "paid",
        "Receipt from Otter Studio\nInvoice 1001-22\nAmount paid $49.00\nPaid November 19, "
        "2026\nTotal $49.00\nAmount due $0.00",
    ),
    (
        "en",
        "direct_debit",
        "Your bill of £42.18 will be collected by Direct Debit on or around 4 December 2026."
        "\nAmount due £42.18",
    ),
    (
        "de",
        "direct_debit",
        "Der Betrag von 84,12 EUR wird am 04.12.2026 von Ihrem Konto abgebucht. Rechnung 4711.",
    ),
    (
        "de",
        "paid",
        "Gesamtbetrag: 84,12 EUR\nDer Rechnungsbetrag wurde bereits per PayPal bezahlt.\n"
        "Rechnung 4711",
    ),
    (
        "en",
        "paid",
        "Your next delivery is due on December 4, 2026. Order total $33.00 was charged to "
        "your card.",
    ),
    (
        "de",
        "direct_debit",
        "Ihre Rechnung 4711 über 84,12 EUR haben wir heute von Ihrem Konto eingezogen.",
    ),
    (
        "de",
        "paid",
        "Vielen Dank für Ihre Bestellung. Gesamtsumme 33,00 €. Zahlungsart: PayPal. Die "
        "Zahlung ist eingegangen.",
    ),
    ("de", "paid", "Lieferung am 04.12.2026. Gesamtbetrag 33,00 €. Bezahlt mit Kreditkarte."),
    (
        "en",
        "direct_debit",
        "Your subscription renews on December 4, 2026 for $49.00. Your card ending in 1234 "
        "will be charged.",
    ),
    (
        "en",
        "direct_debit",
        "Your payment is scheduled. Amount: $84.12. Payment date: 12/04/2026. Payment "
        "account: checking ending 4411.",
    ),
    ("en", "paid", "Payment posted: $84.12 on 11/19/2026. Your current balance is $0.00."),
    ("en", "paid", "We have received your payment. Amount: £42.18. Thank you."),
    (
        "en",
        "direct_debit",
        "Pay in 4: your next installment of $24.99 is due on December 4. We'll automatically "
        "charge your card.",
    ),
)


@pytest.mark.parametrize(("language", "state", "text"), SETTLED)
def test_what_pays_itself_or_is_paid_says_so(language: str, state: str, text: str) -> None:
    """Autopay, direct debit, scheduled payments, receipts."""
    for seen in both(text):
        assert state in said(seen, language)[2]


NO_BILLS = (
    (
        "en",
        "Statement of account. Opening balance $4,000.00. Closing balance $3,210.00. This is "
        "not a bill.",
    ),
    ("en", "Save $50 when you subscribe by December 4, 2026. Only $9.99 a month!"),
    ("en", "Your library books are due on December 4, 2026."),
    ("en", "Minimum payment due: $25.00\nPayment due date: 12/17/2026\n"),
    (
        "de",
        "Stromabrechnung 2026\nIhr Guthaben beträgt 112,40 €. Wir überweisen das Guthaben bis"
        " zum 10.12.2026.",
    ),
    ("en", "Your order has shipped! Total $33.00. Estimated delivery December 4, 2026."),
    ("en", "Quote 551: total $4,000.00, valid until December 4, 2026."),
    ("en", "Refund of $33.00 is on its way and should arrive by December 4, 2026."),
    ("en", "You earned $50 in rewards. Redeem by December 4, 2026."),
    ("en", "Your library account: 2 items due on December 4, 2026. Fines: $1.20"),
    ("en", "Homework is due on December 4, 2026. The lab fee was $20."),
    ("en", "Early bird registration: $250 until December 4, 2026, $300 after."),
    ("en", "Donate $25 by December 31, 2026 and your gift will be doubled."),
)


@pytest.mark.parametrize(("language", "text"), NO_BILLS)
def test_no_amount_due_and_day_come_of_anything_else(language: str, text: str) -> None:
    """A minimum payment alone, offers, refunds, books that are due, quotes."""
    for seen in both(text):
        due, amount, _ = said(seen, language)
        assert not (due and amount)


ISSUERS = (
    (
        "City of Lakewood",
        "City of Lakewood\nWater Department\n500 Main Street\nLakewood, NY 10001\n\nANNA BERG"
        "\n12 Elm St\n\nUTILITY BILL\nAccount number 55-20931\nBill date 11/12/2026\nTotal "
        "amount due $84.20\nDue date 12/04/2026\n",
    ),
    (
        "Linden Joinery",
        "INVOICE\n\nLinden Joinery\n12 Mill Lane, Porthaven\nlinden@joinery.example\n\nBill "
        "to: Anna Berg, 4 Quay Street\nInvoice no. 204\nTotal £412.50\nDue 4 December 2026\n",
    ),
    (
        "Otter Design",
        "Invoice #204                     Otter Design\nDate: 12 Nov 2026                12 "
        "Mill Lane\nBill to:\nAnna Berg\nTotal due: $412.50\nDue: 4 December 2026\n",
    ),
    (
        "Zahnarztpraxis Dr. Klein",
        "Zahnarztpraxis Dr. Klein\nHauptstr. 5, 12345 Kranichfeld\n\nFrau Anna Berg\n"
        "Hafenstr. 4\n10115 Berlin\n\nRechnung Nr. 551 vom 12.11.2026\nGesamtbetrag 120,00 "
        "EUR\nBitte überweisen Sie bis zum 04.12.2026.\n",
    ),
    (
        "Musikschule Kranichfeld",
        "Musikschule Kranichfeld · Am Wehr 4 · 12345 Kranichfeld\n\nAnna Berg\nHafenstr. 4\n"
        "\nRechnung 2026-88\nKursgebühr 85,00 €\nGesamtbetrag 85,00 €\nZahlbar bis 04.12.2026"
        "\n",
    ),
    (
        "Stadtwerke Kranichfeld",
        "Rechnung\n\nStadtwerke Kranichfeld\nKundennummer 4411\nRechnungsnummer 2026-11\n"
        "Rechnungsbetrag 84,12 EUR\nFällig am 04.12.2026\nVielen Dank, Ihre Stadtwerke "
        "Kranichfeld\n",
    ),
    (
        "Finanzamt Kranichfeld",
        "Anna Berg\nHafenstr. 4\n10115 Berlin\n\nFinanzamt Kranichfeld\nPostfach 1\n\n"
        "Bescheid über Einkommensteuer\nZu zahlen: 312,00 EUR\nFällig am 04.12.2026\n"
        "Steuernummer 12/345/6789\n",
    ),
    (
        "Brightside Internet",
        "Brightside Internet\nPO Box 12, Lakewood\nwww.brightside.example\n\nStatement for "
        "Anna Berg\nAmount due $59.99\nDue date Dec 4, 2026\nQuestions? "
        "support@brightside.example\n",
    ),
    (
        "Harbour Cleaning Services",
        "Please make cheques payable to: Harbour Cleaning Services\nInvoice 77\nAmount due: "
        "£64.00\nDue 4 December 2026\n",
    ),
    (
        "Harbour Cleaning Services",
        "INVOICE 77\nTo: Anna Berg\nFrom: Harbour Cleaning Services\nAmount due: £64.00\nDue "
        "4 December 2026\n",
    ),
    (
        "Kranich Netz GmbH",
        "Rechnung\nRechnungssteller: Kranich Netz GmbH\nRechnungsempfänger: Anna Berg\n"
        "Rechnungsnr. 88\nGesamt 40,00 EUR\nfällig 04.12.2026",
    ),
    (
        "Kranich Verein e.V.",
        "Kontoinhaber: Kranich Verein e.V.\nIBAN DE89 3704 0044 0532 0130 00\nRechnung 12\n"
        "Beitrag 48,00 EUR\nzahlbar bis 04.12.2026",
    ),
    (
        "ACME Insurance Group",
        "ACME Insurance Group\nPremium Notice\nPolicy HO-331\nInsured: Anna Berg\nPremium "
        "due: $310.00\nDue date: 12/15/2026\nACME Insurance Group, PO Box 9\n",
    ),
    (
        "Coastal Plumbing Pty Ltd",
        "Tax Invoice\nABN 12 345 678 901\nCoastal Plumbing Pty Ltd\nInvoice 8871\nTotal (inc "
        "GST) $220.00\nDue 30/11/2026\n",
    ),
    (
        "Sunrise Broadband Private Limited",
        "TAX INVOICE\nSunrise Broadband Private Limited\nGSTIN 06AABCO6063D1ZQ\nCustomer: "
        "Anna Berg\nInvoice No SB/26/881\nAmount payable ₹943.00\nDue date 05-12-2026\n",
    ),
    (
        "Électricité du Littoral SA",
        "Facture\nÉlectricité du Littoral SA\n12 quai Nord\nFacture n° 20261103\nMontant à "
        "payer 88,10 €\nÉchéance 20/11/2026\n",
    ),
    (
        "University of Lakewood",
        "University of Lakewood - Bursar's Office\nTuition Statement\nStudent: Anna Berg\n"
        "Balance due $2,310.00\nDue date 12/15/2026\n",
    ),
    (
        "Northern Gas",
        "Page 1 of 2\nNorthern Gas\nYour bill\nBill date 12 November 2026\nTotal to pay "
        "£55.40\nPlease pay by 2 December 2026\nNorthern Gas customer service 0800 555\n",
    ),
)


@pytest.mark.parametrize(("issuer", "text"), ISSUERS)
def test_the_issuer_is_named_with_or_without_a_legal_form(issuer: str, text: str) -> None:
    """Letterheads, labels, offices and practices; never the one who is to pay."""
    seen = document("/home/a/bill.pdf", text, author="other", modified=WHEN)
    found = best(facts(seen, BERLIN, ""), "issuer")
    assert found is not None and str(found.value).startswith(issuer)
