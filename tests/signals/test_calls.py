"""Open calls: what an outlet asks for, until when and where to; and what only looks like one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document, Region, Signal
from samantha.api.testing import mail
from samantha.signals.facts import facts

BERLIN = ZoneInfo("Europe/Berlin")


def call_in(
    text: str, sender_name: str = "", subject: str = "News", language: str = "en", **more: Any
) -> Signal | None:
    seen = mail(
        text,
        sender="desk@outlet.example",
        sender_name=sender_name,
        subject=subject,
        date=more.pop("date", datetime(2026, 4, 20, 12, tzinfo=UTC)),
        **more,
    )
    return first_call(seen, language)


def first_call(document: Document, language: str = "en") -> Signal | None:
    found = [s for s in facts(document, BERLIN, language) if s.kind == "open_call"]
    assert len(found) <= 1
    for signal in found:
        assert document.text[signal.start : signal.end] == signal.quote
        assert 0 < len(signal.quote) <= 600
    return found[0] if found else None


CALLS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    (
        "en",
        "The Tidewrack Review",
        "Submissions open",
        "Hello all,\n\nSubmissions are now open for issue nine of The Tidewrack Review. We want "
        "unsent letters, three to five of them, no more than 4,000 words altogether. Please send a "
        "single .docx to letters@tidewrack.example by 30 June 2026.\n\nThe editors",
        {
            "name": "The Tidewrack Review",
            "address": "letters@tidewrack.example",
            "deadline": "2026-06-30",
            "genres": ["letter"],
            "max_words": 4000,
            "min_pieces": 3,
            "max_pieces": 5,
            "formats": ["docx"],
        },
    ),
    (
        "en",
        "Marrow Lane Press",
        "Call for submissions: Kitchen Letters",
        "Call for submissions\n\nMarrow Lane Press is putting together an anthology of letters "
        "written at kitchen tables. Theme: “What we did not say at supper”. Length: up to 2500 "
        "words. Closing date: 15 July 2026. Email your work to kitchen@marrowlane.example with "
        "the subject line “Kitchen Letters”. Submissions are read blind, so please remove your "
        "name from the document.",
        {
            "name": "Marrow Lane Press",
            "deadline": "2026-07-15",
            "genres": ["letter"],
            "max_words": 2500,
            "subject": "Kitchen Letters",
            "anonymous": True,
            "themes": "What we did not say at supper",
        },
    ),
    (
        "en",
        "Copperfield Poetry Prize",
        "Copperfield Poetry Prize 2026",
        "The Copperfield Poetry Prize is open for entries. Enter up to six poems of no more than "
        "40 lines each. Entries must reach us by 1 September 2026 at entries@copperfield.example. "
        "Entries are judged anonymously; your name should not appear on the poems.",
        {
            "name": "The Copperfield Poetry Prize",
            "genres": ["poem"],
            "max_pieces": 6,
            "deadline": "2026-09-01",
            "anonymous": True,
            "address": "entries@copperfield.example",
        },
    ),
    (
        "en",
        "Lantern & Oak",
        "We're reading!",
        "Dear writers, Lantern & Oak is currently accepting short stories between 1,500 and 5,000 "
        "words for its autumn issue. The reading period closes on May 31, 2026. Send one story per "
        "author as an RTF or Word attachment to fiction@lanternoak.example.",
        {
            "genres": ["story"],
            "min_words": 1500,
            "max_words": 5000,
            "deadline": "2026-05-31",
            "formats": ["rtf", "docx"],
            "name": "Lantern & Oak",
        },
    ),
    (
        "en",
        "Ines Hallow",
        "essays wanted",
        "We are looking for personal essays about leaving a house. Send us your essay (800-2,000 "
        "words) before 10 May 2026: essays@threshold.example. No academic writing, please.\n\n"
        "Ines Hallow\nEditor, Threshold Quarterly",
        {
            "name": "Threshold Quarterly",
            "genres": ["essay"],
            "min_words": 800,
            "max_words": 2000,
            "deadline": "2026-05-10",
            "address": "essays@threshold.example",
        },
    ),
    (
        "en",
        "Small Hours Books",
        "Open call for novels",
        "Open call! Small Hours Books invites unpublished novel manuscripts in English. Please "
        "submit the first 50 pages, double spaced, as a PDF to manuscripts@smallhours.example. "
        "Deadline: Friday, 12 June 2026. Maximum 50 pages.",
        {
            "genres": ["manuscript"],
            "max_pages": 50,
            "deadline": "2026-06-12",
            "formats": ["pdf"],
            "language": "en",
        },
    ),
    (
        "en",
        "",
        "Letters from the north",
        "The Northern Post reads letters until 30 May. Send at most four letters of up to 1,200 "
        "words each to post@northern.example.",
        {
            "name": "The Northern Post",
            "deadline": "2026-05-30",
            "max_pieces": 4,
            "max_words_each": 1200,
        },
    ),
    (
        "en",
        "Fernhollow",
        "Flash fiction contest",
        "Our yearly flash fiction contest is back. Stories must not exceed 500 words. Send your "
        "entry to contest@fernhollow.example no later than 14 August 2026, pasted into the mail "
        "or as .odt. Two stories per person.",
        {"genres": ["story"], "max_words": 500, "deadline": "2026-08-14", "formats": ["odt"]},
    ),
    (
        "en",
        "Ragwort Magazine",
        "Deadline extended",
        "Good news: the deadline for our call for poems and short stories has been extended to "
        "5 June 2026. Up to five poems or one story of at most 3,000 words, in a .doc file, to "
        "submit@ragwort.example. The theme is salt.",
        {
            "name": "Ragwort Magazine",
            "genres": ["poem", "story"],
            "deadline": "2026-06-05",
            "max_words": 3000,
            "themes": "salt",
        },
    ),
    (
        "en",
        "The Glasshouse",
        "Submissions",
        "Submissions are open until midnight on 3 May 2026. The Glasshouse publishes poetry "
        "about plants and weather. Three poems at most, please, to poems@glasshouse.example. "
        "We do not publish fiction.",
        {"genres": ["poem"], "deadline": "2026-05-03", "max_pieces": 3, "name": "The Glasshouse"},
    ),
    (
        "en",
        "Harriet Vale",
        "For your letters",
        "Dear Anna, we spoke at the fair. The Packet Boat Journal is seeking letters between "
        "strangers, 10 pages at most, for a special issue. You would have to send them by "
        "Monday, 4 May to harriet@packetboat.example. Warmly, Harriet",
        {
            "name": "The Packet Boat Journal",
            "genres": ["letter"],
            "max_pages": 10,
            "deadline": "2026-05-04",
            "address": "harriet@packetboat.example",
        },
    ),
    (
        "en",
        "Quill & Anchor",
        "Open call: Letters to a future reader",
        "OPEN CALL\nLetters to a Future Reader\n\nWhat: letters, sent or unsent\nHow many: three "
        "to six letters\nLength: max. 6000 words\nFormat: PDF\nDeadline: 2026-06-21\nSend to: "
        "call@quillanchor.example\nQuestions: help@quillanchor.example",
        {
            "address": "call@quillanchor.example",
            "deadline": "2026-06-21",
            "max_words": 6000,
            "min_pieces": 3,
            "max_pieces": 6,
            "formats": ["pdf"],
        },
    ),
    (
        "en",
        "Windfall Chapbooks",
        "Chapbook reading period",
        "Our reading period for poetry chapbooks runs from 1 May to 30 June 2026. We read "
        "manuscripts of 20 to 32 pages. Send them to editors@windfall.example.",
        {"deadline": "2026-06-30", "max_pages": 32, "address": "editors@windfall.example"},
    ),
    (
        "en",
        "Bittern",
        "call for memoir",
        "Bittern, a magazine of the marshes, invites memoir and creative nonfiction of under "
        "3,500 words. Deadline 1 August 2026. Submissions to bittern@reed.example, subject: "
        "Marsh memoir.",
        {"genres": ["essay"], "max_words": 3499, "deadline": "2026-08-01"},
    ),
    (
        "en",
        "The Long Way Home",
        "anthology",
        "We are now reading for The Long Way Home, an anthology of stories about return. We would "
        "love to read your short stories, at least 1,000 words and up to 7,000. Entries close "
        "30 September 2026. Please email them as .docx (no PDFs) to home@longway.example.",
        {"genres": ["story"], "deadline": "2026-09-30", "formats": ["docx"], "min_words": 1000},
    ),
    (
        "de",
        "Edition Seitenwind",
        "Ausschreibung: Briefe",
        "Liebe Schreibende,\n\ndie Edition Seitenwind sucht Briefe, die nie abgeschickt wurden. "
        "Bitte senden Sie drei bis fünf Briefe, zusammen höchstens 20 Normseiten, als Word-Datei "
        "an briefe@seitenwind.example. Einsendeschluss ist der 30. Juni 2026.",
        {
            "name": "Edition Seitenwind",
            "genres": ["letter"],
            "min_pieces": 3,
            "max_pieces": 5,
            "max_pages": 20,
            "formats": ["docx"],
            "deadline": "2026-06-30",
            "address": "briefe@seitenwind.example",
        },
    ),
    (
        "de",
        "Literaturzeitschrift Moorlicht",
        "Texte gesucht",
        "Für unser Herbstheft zum Thema „Grenzen“ suchen wir Gedichte und Kurzprosa. Höchstens "
        "fünf Gedichte oder maximal 10 Seiten Prosa. Einsendungen bis 15. August 2026 an "
        "redaktion@moorlicht.example, Betreff: Grenzen.",
        {
            "genres": ["poem", "story"],
            "max_pieces": 5,
            "max_pages": 10,
            "deadline": "2026-08-15",
            "subject": "Grenzen",
            "themes": "Grenzen",
            "address": "redaktion@moorlicht.example",
        },
    ),
    (
        "de",
        "Kulturverein Am Wehr",
        "Kurzgeschichtenwettbewerb 2026",
        "Der Kulturverein Am Wehr lädt zum Kurzgeschichtenwettbewerb ein. Gesucht werden "
        "unveröffentlichte Kurzgeschichten mit maximal 12.000 Zeichen. Die Texte werden anonym "
        "gelesen, bitte ohne Namen einreichen. Einsendeschluss: 01.09.2026. Einsendungen an "
        "wettbewerb@amwehr.example",
        {
            "genres": ["story"],
            "max_words": 1714,
            "deadline": "2026-09-01",
            "anonymous": True,
            "address": "wettbewerb@amwehr.example",
        },
    ),
    (
        "de",
        "Nordlicht Verlag",
        "Anthologie „Post von gestern“",
        "Für die Anthologie „Post von gestern“ nimmt der Nordlicht Verlag Briefe in deutscher "
        "Sprache an. Umfang: bis zu 1.500 Wörter. Abgabeschluss ist Freitag, der 29. Mai 2026. "
        "Bitte als PDF an post@nordlicht.example schicken.",
        {
            "genres": ["letter"],
            "max_words": 1500,
            "deadline": "2026-05-29",
            "language": "de",
            "formats": ["pdf"],
        },
    ),
    (
        "de",
        "Lyrikpreis Achterdeck",
        "Lyrikpreis Achterdeck",
        "Der Lyrikpreis Achterdeck wird wieder ausgeschrieben. Reichen Sie bis zu sieben "
        "unveröffentlichte Gedichte ein, spätestens am 10.7.2026, an lyrik@achterdeck.example. "
        "Der Name darf auf den Gedichten nicht erscheinen.",
        {"genres": ["poem"], "max_pieces": 7, "deadline": "2026-07-10", "anonymous": True},
    ),
    (
        "de",
        "Zeitschrift Kranich",
        "Aufruf",
        "Aufruf zur Einsendung\n\nDie Zeitschrift Kranich sucht Essays über das Warten, "
        "mindestens 800 und höchstens 2.000 Wörter. Frist: 31. Mai 2026. Senden Sie Ihren Essay "
        "an essay@kranich.example. Rückfragen an buero@kranich.example.",
        {
            "genres": ["essay"],
            "min_words": 800,
            "max_words": 2000,
            "deadline": "2026-05-31",
            "address": "essay@kranich.example",
        },
    ),
    (
        "de",
        "Hafen & Hof",
        "Romanmanuskripte willkommen",
        "Wir suchen Romane von neuen Stimmen. Bitte schicken Sie Exposé und die ersten 30 Seiten "
        "(maximal 30 Seiten) als ODT an roman@hafenundhof.example. Einsendefrist: 30.06.2026",
        {"genres": ["manuscript"], "max_pages": 30, "deadline": "2026-06-30", "formats": ["odt"]},
    ),
    (
        "de",
        "Schreibwerkstatt Birkenau",
        "Briefwettbewerb",
        "Unser Briefwettbewerb geht in die vierte Runde: ein Brief, höchstens drei Seiten, an "
        "einen Menschen, den Sie nie getroffen haben. Einsenden bis zum 24.05.2026 an "
        "brief@birkenau.example.",
        {"genres": ["letter"], "max_pages": 3, "deadline": "2026-05-24"},
    ),
    (
        "de",
        "Sabine Roth",
        "etwas für Dich?",
        "Liebe Anna, das Magazin Wortwechsel sucht noch bis 4. Mai Briefe für sein Sommerheft, "
        "nicht länger als 900 Wörter, zu schicken an texte@wortwechsel.example. Wäre das nicht "
        "etwas für Dich? Sabine",
        {
            "name": "Magazin Wortwechsel",
            "genres": ["letter"],
            "max_words": 900,
            "deadline": "2026-05-04",
        },
    ),
    (
        "de",
        "Die Kurzstrecke",
        "Geschichten gesucht",
        "Die Kurzstrecke sucht Geschichten für unterwegs: zwei bis vier Seiten, Thema: Bahnhöfe. "
        "Einsendeschluss 18. Juni 2026, per Mail an geschichten@kurzstrecke.example.",
        {"genres": ["story"], "max_pages": 4, "deadline": "2026-06-18", "themes": "Bahnhöfe"},
    ),
    (
        "en",
        "Ada Lund",
        "Fwd: call",
        "Thought of you.\n\nThe Heron Gazette invites submissions of prose and poetry for its "
        "tenth birthday. Please send up to 3 pieces to heron@gazette.example before May 17th, "
        "2026. Word limit: 1,800.",
        {"name": "The Heron Gazette", "max_words": 1800, "max_pieces": 3, "deadline": "2026-05-17"},
    ),
    (
        "en",
        "Pinecone Review",
        "Pinecone Review writes",
        "We want your work! Pinecone Review will consider short fiction (2,000 words "
        "maximum) and poetry (max 3 poems) for Issue 12. Please submit through "
        "pinecone.submit@review.example no later than August 20, 2026.",
        {"genres": ["poem", "story"], "deadline": "2026-08-20", "max_words": 2000},
    ),
    (
        "en",
        "Letters Home Project",
        "Letters Home Project writes",
        "The Letters Home Project is collecting letters written to or from soldiers' "
        "families for a book. Share up to 5 letters (no more than 10 pages in total) with "
        "us by 1 October 2026: archive@lettershome.example.",
        {"genres": ["letter"], "deadline": "2026-10-01", "max_pieces": 5, "max_pages": 10},
    ),
    (
        "en",
        "Mira Holt",
        "Mira Holt writes",
        "Hi Anna! A friend edits The Ferry Almanac and they need epistolary pieces, i.e. "
        "letters, under 1000 words. They close on 12 May. Address: ferry@almanac.example. "
        "You should send something.",
        {
            "name": "The Ferry Almanac",
            "genres": ["letter"],
            "deadline": "2026-05-12",
            "max_words": 999,
        },
    ),
    (
        "en",
        "Harrow Hill Writers",
        "Harrow Hill Writers writes",
        "ANNUAL SHORT STORY COMPETITION. First prize £500. Stories up to 2,200 words on "
        "any theme. Entry fee £6. Closing date 31 August 2026. Entries by email to "
        "comp@harrowhill.example. Your name must not appear on the story.",
        {"genres": ["story"], "anonymous": True, "max_words": 2200},
    ),
    (
        "en",
        "Dusk",
        "Dusk writes",
        "Dusk magazine is open for submissions of creative nonfiction until 15 June 2026. "
        "1,000-3,000 words. Word documents only. dusk.editors@magazine.example",
        {"genres": ["essay"], "min_words": 1000, "max_words": 3000, "formats": ["docx"]},
    ),
    (
        "de",
        "Haus der Literatur",
        "Haus der Literatur writes",
        "Schreibwettbewerb „Heimwege“: Bis zum 31. Juli 2026 können Kurzgeschichten von "
        "maximal 8 Normseiten eingereicht werden. Bitte per E-Mail an "
        "heimwege@hausderliteratur.example.",
        {"genres": ["story"], "max_pages": 8, "deadline": "2026-07-31"},
    ),
    (
        "de",
        "Verlag Gezeiten",
        "Verlag Gezeiten writes",
        "Wir lesen wieder! Vom 1. Mai bis 30. Juni 2026 nehmen wir Gedichtmanuskripte "
        "entgegen (30 bis 60 Seiten, PDF). Adresse: lyrik@gezeiten.example",
        {"genres": ["poem"], "deadline": "2026-06-30", "max_pages": 60, "formats": ["pdf"]},
    ),
    (
        "de",
        "Briefkultur e.V.",
        "Briefkultur e.V. writes",
        "Liebe Briefschreiberinnen und Briefschreiber, für unser Lesebuch sammeln wir "
        "Liebesbriefe. Schicken Sie uns bis 10. Mai 2026 höchstens drei Briefe mit je "
        "maximal 500 Wörtern an lesebuch@briefkultur.example.",
        {"genres": ["letter"], "deadline": "2026-05-10", "max_pieces": 3, "max_words_each": 500},
    ),
)


@pytest.mark.parametrize(
    ("language", "sender", "subject", "text", "wanted"), CALLS, ids=[f"{c[2]}" for c in CALLS]
)
def test_an_open_call_is_read_with_its_limits(
    language: str, sender: str, subject: str, text: str, wanted: dict[str, Any]
) -> None:
    """Name, address, deadline, genres and limits come out as the call states them."""
    found = call_in(text, sender, subject, language)
    assert found is not None
    assert isinstance(found.value, dict)
    assert {k: found.value.get(k) for k in wanted} == wanted


@pytest.mark.parametrize(
    ("language", "sender", "subject", "text", "wanted"), CALLS, ids=[f"{c[2]}" for c in CALLS]
)
def test_every_limit_is_quoted(
    language: str, sender: str, subject: str, text: str, wanted: dict[str, Any]
) -> None:
    """Whatever the call says stands in the text where its quote says it does."""
    found = call_in(text, sender, subject, language)
    assert found is not None and isinstance(found.value, dict)
    quotes = found.value["quotes"]
    for field in set(wanted) - {"name"}:
        start, end = quotes[field]
        assert 0 <= start < end <= len(text) and end - start <= 600
    for field in ("address", "subject", "themes"):
        if found.value.get(field):
            start, end = quotes[field]
            assert str(found.value[field]).lower() in text[start:end].lower()


NEAR_MISSES = (
    (
        "conference",
        "Call for papers: Workshop on Letters in Early Modern Europe. Submit abstracts of 300 "
        "words by 30 June 2026 to cfp@history.example. Papers will appear in the proceedings "
        "after peer review. Programme committee: see the web.",
    ),
    (
        "software",
        "Call for submissions: the spring conference on open-source databases invites talks and "
        "papers. Submit a two-page abstract in LaTeX by 1 June 2026 to chair@dbconf.example.",
    ),
    (
        "closed",
        "Submissions are closed. Thank you to the 300 writers who sent us letters by 1 April. We "
        "will answer by 30 June 2026. Write to letters@tidewrack.example if you hear nothing.",
    ),
    (
        "closed in German",
        "Die Ausschreibung ist abgeschlossen, wir nehmen derzeit keine Gedichte an. Das nächste "
        "Heft erscheint am 30. Juni 2026. Redaktion: redaktion@moorlicht.example",
    ),
    (
        "newsletter",
        "This month: our submissions editor Jo Pell talks about the letters she loved. Read the "
        "interview, and come to the launch on 12 May 2026. Write to news@tidewrack.example to "
        "unsubscribe.",
    ),
    (
        "job",
        "Vacancy: we are looking for a fiction editor (part-time, salary 30,000). Send your CV and "
        "a cover letter of one page by 15 May 2026 to jobs@press.example.",
    ),
    (
        "cover letter",
        "Please send us your signed contract and a letter of recommendation by 4 May 2026, no more "
        "than 2 pages, as a PDF, to hr@firm.example.",
    ),
    (
        "answer",
        "Thank you for your submission of three poems. We will answer by 30 June 2026. Please do "
        "not reply to this mail.",
    ),
    (
        "winners",
        "The winners have been announced! Congratulations to our winner of the short story "
        "contest, up to 3,000 words, who will read on 12 June 2026. contest@fern.example",
    ),
    (
        "photographs",
        "Open call: we invite photographs of harbours. Send up to ten pictures by 30 June 2026 to "
        "photo@harbour.example.",
    ),
    (
        "tender",
        "Öffentliche Ausschreibung von Bauleistungen: Angebote sind bis 30. Juni 2026 "
        "einzureichen, höchstens 20 Seiten, an vergabe@stadt.example. Bewerber legen Nachweise "
        "bei. Briefe werden nicht angenommen.",
    ),
    (
        "chat",
        "Did you see the call for letters? The deadline is in June, I think. I will send mine "
        "next week. See you on 3 May 2026!",
    ),
    (
        "shop",
        "Our anthology of letters is out. Order it until 30 May 2026 for 20 % less: write to "
        "shop@marrowlane.example. 240 pages, hardcover.",
    ),
    (
        "user story",
        "Please submit your user stories for the sprint by Friday and keep each story under 8 "
        "points. Send blockers to scrum@firm.example.",
    ),
    (
        "spam",
        "We invite you to publish your book with us! Send your manuscript today and pay only 499 "
        "dollars. Limited offer!!! Click here.",
    ),
    (
        "letter to the editor",
        "We welcome letters to the editor. They appear on Saturdays. The next issue is due on "
        "9 May 2026.",
    ),
    (
        "story of the day",
        "In today's paper: a story about the harbour by our reporter, who was reading poems to "
        "fishermen until 4 May.",
    ),
)


@pytest.mark.parametrize("text", [t for _, t in NEAR_MISSES], ids=[n for n, _ in NEAR_MISSES])
def test_what_only_looks_like_a_call_is_none(text: str) -> None:
    """Conferences, jobs, closed calls, answers, shops and chat raise no open call."""
    language = "de" if "wir " in text or "sind bis" in text else "en"
    assert call_in(text, "Somebody", "News", language) is None


OPEN = CALLS[0][3]


@pytest.mark.parametrize("folder", ["sent", "drafts", "spam", "trash"])
def test_a_call_in_the_wrong_folder_is_none(folder: str) -> None:
    """What the user wrote, and what was thrown away, asks the user for nothing."""
    assert call_in(OPEN, folder=folder) is None


def test_a_call_that_has_closed_before_the_mail_is_none() -> None:
    """A deadline before the day of the mail is no deadline for anybody."""
    assert call_in(OPEN, date=datetime(2026, 7, 2, tzinfo=UTC)) is None


def test_a_quoted_call_is_none() -> None:
    """The call stands in the earlier mail that is repeated; the answer itself asks for nothing."""
    whole = mail(f"Nice, I will think about it.\n\n{OPEN}", sender_name="Jonas")
    start = whole.text.index("Hello all")
    regions = (Region("body", 0, start), Region("quote", start, len(whole.text)))
    assert first_call(replace(whole, regions=regions)) is None


def test_a_file_is_no_call() -> None:
    """Open calls come by mail: a file with the same words is somebody's notes."""
    whole = replace(mail(OPEN), media="file", mail=None)
    assert first_call(whole) is None
