"""What kind a document is taken for, by its form; in English and German first."""

from __future__ import annotations

from datetime import UTC

import pytest

from samantha.api.testing import document, mail
from samantha.api.types import Identity, Kind
from samantha.signals.analyze import analyze

ME = Identity(("Nora Quist", "Nora"), ("nora@quist.example",))

FILES = {
    "letter with all its parts": (
        Kind.LETTER,
        """12 March 1987

Dear Tobias,

The boat came in on Tuesday and with it your parcel. I have put the kettle on and
I am eating your biscuits while I write to you. You asked about the roof.

With love,
Nora""",
    ),
    "letter of the nineteenth century": (
        Kind.LETTER,
        """TO COUNT HARTENFELS.

Marienbad, July 3, 1819.

MOST ESTEEMED FRIEND,--

Your kind lines reached me only yesterday, and I hasten to assure you that nothing could have
given me greater pleasure. I shall wait on you the moment my health permits it.

I am, with the highest esteem, your obedient servant,

N. QUIST.""",
    ),
    "letter without salutation": (
        Kind.LETTER,
        """TO MY BROTHER.

Leipzig, May 4.

I send you the keys by the coachman, and beg you to look after the garden. You know where I keep
the seeds. Write to me how you find your rooms, and forgive my haste.""",
    ),
    "German letter": (
        Kind.LETTER,
        """Graz, 4. XI. 03

Lieber Emil, gestern bin ich endlich angekommen und habe Ihre Karte gefunden. Ich danke Ihnen sehr
und hoffe, dass wir uns noch vor Weihnachten sehen. Sagen Sie mir, wann Sie Zeit haben.

Herzlichst Ihr

Quist""",
    ),
    "formal German letter": (
        Kind.LETTER,
        """Sehr geehrte Frau Doktor Lindner,

ich danke Ihnen für das Gespräch am Montag und sende Ihnen, wie besprochen, meine Gedanken zu
Ihrem Aufsatz. Ich habe ihn mit Freude gelesen und möchte Ihnen nur an einer Stelle widersprechen.

Mit freundlichen Grüßen
Nora Quist""",
    ),
    "poem": (
        Kind.POEM,
        """Low Water

The tide has left its ledger on the sand
and no one comes to read the figures through;
a gull goes up and down them like a hand
that looks for something it already knew.

I count the boats. I count them as they lean
against the mud that holds them where they lie,
as if the sea had never been between
the harbour and the slow arithmetic of sky.""",
    ),
    "German poem in free verse": (
        Kind.POEM,
        """Am Fenster

Der Regen schreibt
seine Briefe ans Glas,
keiner von ihnen
an mich.

Ich lese sie trotzdem,
Zeile um Zeile,
bis der Morgen
sie wegwischt.""",
    ),
    "story": (
        Kind.STORY,
        """The Clockmaker's Daughter

When Ilse came down the stairs the shop was dark and every clock had stopped. She stood with one
hand on the rail and listened. Her father had never let them stop, not in all the years she knew.

"Papa?" she said.

Nobody answered. She went to the long case by the door and opened it. The pendulum hung straight.
She touched it, and it swung once and was still again, as if it had thought about it.

"He went out," said a voice behind her. The boy from the bakery stood in the doorway with snow on
his cap. "He told me to tell you. He said you would know what to do with the key."

She looked at her hand. She had been holding it all the time. Outside the bells began, and then
they stopped as well, and she heard how quiet a town could be. She took her coat from the hook and
followed the boy into the street, where their steps were the only sound.""",
    ),
    "German story": (
        Kind.STORY,
        """Der Fährmann

Als der alte Brandt an jenem Morgen zum Ufer kam, lag die Fähre auf der anderen Seite. Er stand
lange da und sah hinüber. Niemand hatte sie losgemacht, das wusste er, denn er hatte den Schlüssel
in der Tasche.

»Haben Sie das gesehen?«, fragte er die Frau, die mit ihrem Korb den Weg herunterkam.

Sie schüttelte den Kopf und stellte den Korb ab. »Mein Mann sagte immer, sie geht von allein,
wenn jemand stirbt.«

Brandt lachte nicht. Er zog die Stiefel aus, setzte sich ins Gras und wartete. Gegen Mittag kam
Wind auf, und die Fähre begann sich zu drehen. Er hörte die Kette, er stand auf, und dann sah er
den Jungen, der am Ruder saß und winkte, als wäre er nie fort gewesen.""",
    ),
    "chapter": (
        Kind.MANUSCRIPT,
        """Chapter Seven

The train was late, and Marek had already walked the length of the platform four times. He had not
slept. In the waiting room a woman was peeling an orange, and the smell of it went through him like
a memory of somebody else's childhood. He thought of the letter and did not take it out. It would
say what it had said before. When the lamps came on along the track he counted them and began to
believe that she would come. She had said so, and she was not a woman who said things twice.""",
    ),
    "essay": (
        Kind.ESSAY,
        """On Reading Slowly

There is an argument that speed is a form of attention, and it deserves to be taken seriously
because so many readers live by it. However, it rests on an idea of language that no writer would
accept: the idea that meaning is something a sentence contains, as a jar contains plums. If this
were so, one could indeed pour it out quickly and be none the poorer.

A sentence is rather a thing that happens. It means by delaying what it means, and therefore the
reader who hurries does not receive the same meaning sooner; he receives another one. Perhaps this
is why the great examples of slow prose seem difficult. They are not difficult. They are merely
long in the way that a walk is long, and the question whether a walk could be shortened is not a
question about walking. It follows that slowness is not a virtue of the reader but a property of
what is read, although our culture, which counts, does not count it.""",
    ),
    "invoice": (
        Kind.INVOICE,
        """Halder & Sons Ltd
Invoice number: 2024-0187
Invoice date: 3 May 2024
Consulting, 4 days            2,400.00
VAT 20 %                        480.00
Total due: GBP 2,880.00
Payment terms: 30 days. IBAN GB33BUKB20201555555555""",
    ),
    "German invoice with salutation": (
        Kind.INVOICE,
        """Stadtwerke Musterheim
Rechnungsnummer: 88-1203
Rechnungsdatum: 02.04.2024

Sehr geehrte Frau Quist,

für die Lieferung von Strom berechnen wir Ihnen:
Nettobetrag 120,00 EUR
19 % MwSt. 22,80 EUR
Rechnungsbetrag 142,80 EUR
Bitte überweisen Sie den Betrag bis zum 20.04.2024 auf IBAN DE02120300000000202051.

Mit freundlichen Grüßen
Ihre Stadtwerke""",
    ),
    "till receipt": (
        Kind.RECEIPT,
        """CORNER SHOP
12 High Street
MILK 2L            1.90
BREAD              2.40
SUBTOTAL           4.30
TOTAL              4.30
CASH               5.00
CHANGE             0.70
THANK YOU FOR SHOPPING WITH US""",
    ),
    "German receipt": (
        Kind.RECEIPT,
        """Bäckerei Sommer
Kassenbon Nr. 4711
2 Brezeln          1,80
1 Kaffee           2,60
Summe EUR          4,40
Bar                5,00
Rückgeld           0,60
Es bediente Sie: Petra""",
    ),
    "contract": (
        Kind.CONTRACT,
        """SERVICES AGREEMENT

This Agreement is made by and between Larch Ltd ("Client") and Fern GmbH ("Supplier").
WHEREAS the Client wishes to obtain services, the parties hereby agree as follows:
1.1 The Supplier shall provide the services described in Annex A.
1.2 Either party may terminate this Agreement upon ninety days' written notice.
2.1 The Supplier shall indemnify the Client against all claims arising hereunder.
Governing law: England and Wales. IN WITNESS WHEREOF the parties have executed this Agreement.
The Supplier shall keep all information confidential. Termination shall not affect accrued rights.
The Client shall pay the fees within thirty days. No waiver shall be effective unless in writing.
Neither party shall assign this Agreement without the prior written consent of the other party.""",
    ),
    "German lease": (
        Kind.CONTRACT,
        """Mietvertrag

Zwischen Herrn Karl Ott, nachfolgend Vermieter genannt, und Frau Nora Quist, nachfolgend Mieterin
genannt, wird folgender Mietvertrag geschlossen:
§ 1 Mietsache: Vermietet wird die Wohnung im zweiten Stock, bestehend aus drei Zimmern.
§ 2 Mietzeit: Das Mietverhältnis beginnt am 1. Juni und läuft auf unbestimmte Zeit. Die
Kündigungsfrist beträgt drei Monate zum Monatsende. Die Kündigung bedarf der Schriftform.
§ 3 Miete: Die Miete beträgt monatlich 800 Euro und ist im Voraus zu entrichten.
§ 4 Gerichtsstand ist der Ort der Mietsache. Änderungen dieses Vertrages bedürfen der Schriftform.
Die Vertragsparteien bestätigen den Erhalt je einer Ausfertigung dieses Vertrages.""",
    ),
    "ticket": (
        Kind.TICKET,
        """Your e-ticket
Booking reference: QX7T2L
Passenger: NORA QUIST
Train 4471, Oslo S departure 08:12, Bergen arrival 15:03
Coach 5, seat 42, platform 9""",
    ),
    "invitation": (
        Kind.INVITATION,
        """Einladung

Wir laden Euch herzlich zu unserem Gartenfest ein.
Wann: Samstag, 14. Juni, ab 16 Uhr
Wo: Lindenweg 3
Um Antwort wird gebeten bis 1. Juni.""",
    ),
    "notes": (
        Kind.NOTES,
        """# Things to do
- [ ] call the roofer
- [x] send the proofs
- buy stamps
- idea: the lamp as a character?""",
    ),
    "log": (
        Kind.CODE,
        """2024-05-01 12:00:01 INFO started
2024-05-01 12:00:02 WARN slow disk
2024-05-01 12:00:09 ERROR gave up
2024-05-01 12:00:10 INFO stopped""",
    ),
    "code": (
        Kind.CODE,
        """import sys

def main(argv):
    total = 0
    for a in argv:
        total += int(a)
    print(total)
    return 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))""",
    ),
    "nothing to speak of": (Kind.OTHER, "hello"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_known_by_its_form(name: str) -> None:
    """Each kind is recognised without a model, from a file with a name that says nothing."""
    wanted, text = FILES[name]
    seen = analyze(document("/home/n/Documents/x7.txt", text), ME, UTC, None)
    assert seen.kind is wanted
    assert 0 < seen.kind_confidence <= 1


@pytest.mark.parametrize(
    ("line", "kind"),
    [("An essay by Anna Berg", Kind.ESSAY), ("by Anna Berg", Kind.STORY)],
)
def test_a_piece_is_what_it_calls_itself(line: str, kind: Kind) -> None:
    """Prose that tells like a story is an essay where the line below its title says so."""
    told = (
        "The ferry left at dusk. I kept the window open so that the salt came in. Nobody waved. "
        "I peeled an orange and thought about the blue coat that hung behind the door all winter. "
        "When the snow went, somebody took it, and we said very little and ate bread.\n\n"
    ) * 3
    seen = document("/home/n/Documents/x7.txt", f"Salt\n{line}\n\n{told}")
    assert analyze(seen, ME, UTC, None).kind is kind


def test_a_mail_stays_a_mail_however_it_begins() -> None:
    """A mail with all parts of a letter is personal mail, not a letter of a collection."""
    text = FILES["letter with all its parts"][1]
    assert analyze(mail(text), ME, UTC, None).kind is Kind.MAIL


def test_a_bill_in_a_mail_is_an_invoice() -> None:
    """What is in a mail decides, not that it is one."""
    seen = analyze(
        mail(FILES["invoice"][1], subject="Invoice 2024-0187", sender="x@halder.example"),
        ME,
        UTC,
        None,
    )
    assert seen.kind is Kind.INVOICE


def test_talk_on_a_list_is_no_newsletter() -> None:
    """A footer of a discussion list does not turn an answer into a newsletter."""
    text = "I think the patch is right.\n\nTo unsubscribe, write to the list."
    answer = mail(text, subject="Re: [dev] patch", in_reply_to="<1@x.example>")
    assert analyze(answer, ME, UTC, None).kind is Kind.MAIL
    issue = mail(
        "The Weekly Digest, issue 12. In this issue: tides. View in your browser. Unsubscribe.",
        subject="The Weekly Digest",
    )
    assert analyze(issue, ME, UTC, None).kind is Kind.NEWSLETTER


@pytest.mark.parametrize("word", ["poem", "story", "letter"])
def test_a_name_alone_makes_no_piece(word: str) -> None:
    """A list of words is no poem because its file is called one."""
    seen = analyze(document(f"/home/n/{word}.txt", "milk\neggs\nstamps"), ME, UTC, None)
    assert seen.kind not in (Kind.POEM, Kind.STORY, Kind.LETTER)


def test_wrapped_prose_is_no_verse() -> None:
    """Prose that was wrapped at a narrow margin is not taken for a poem."""
    text = (
        "The committee met on the second\nfloor and decided nothing at all.\n"
        "It will meet again on the first\nMonday of the month, unless the\n"
        "heating has failed by then. Those\nwho were not present are to\n"
        "read the papers, which are long,\nand to bring their own chairs too."
    )
    assert analyze(document("/home/n/x.txt", text), ME, UTC, None).kind is not Kind.POEM
