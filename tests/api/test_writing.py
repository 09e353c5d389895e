"""Short mails, titles and lines: templates fit to send, and a model that cannot lie in them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from samantha.api import Context, Document, DraftMail, Evidence, Person, Region
from samantha.api.claims import known_of, missing, sound
from samantha.api.testing import context, document, mail
from samantha.api.tone import tone_to
from samantha.api.writing import (
    Answered,
    Paragraph,
    Summed,
    Titled,
    answer,
    answer_subject,
    correction,
    delivery,
    follow_up,
    in_thread,
    summary,
    title,
)

ANNA = "anna@berg.example"
TOM = "tom@oak.example"
ASKED = mail(
    "Dear Tom,\n\nThank you for the walk. Could you send me the figures for the boat before June? "
    "I need them for the tax office.\n\nBest,\nAnna",
    sender=ANNA,
    to=[TOM],
    subject="Figures for the boat",
    folder="sent",
)
FRAGE = mail(
    "Lieber Tom,\n\nkannst du mir bitte die Zahlen für das Boot schicken? Ich brauche sie bis zum "
    "Sommer für das Finanzamt.\n\nLG\nAnna",
    sender=ANNA,
    to=[TOM],
    subject="Zahlen",
    folder="sent",
    language="de",
)
LEASE = document("/home/a/Mietvertrag.txt", "Der Mietvertrag endet am 31. Mai 2027.", language="de")
RENT = document("/home/a/Lease.txt", "The rent is 640.00 EUR a month.\nPets are welcome.")
VERTRAG = mail(
    "Sehr geehrte Frau Berg,\n\nwann endet Ihr Mietvertrag?\n\nMit freundlichen Grüßen\nK. Adler",
    sender="adler@haus.example",
    sender_name="Klaus Adler",
    subject="Mietvertrag",
    language="de",
)
RENTED = mail(
    "Dear Anna,\n\nwhat do you pay for the flat, and may one keep a dog?\n\nBest,\nTom",
    sender=TOM,
    sender_name="Tom Oak",
    subject="Re: The flat",
)


def quote(document: Document, words: str) -> Evidence:
    start = document.text.index(words)
    return Evidence(document.id, words, start, start + len(words))


def world(*documents: Document, said: Any = None) -> Context:
    """Return a context whose model says one thing, or nothing."""
    asked: list[tuple[str, list[Document]]] = []

    def ask(question: str, about: Any, wanted: Any, **given: Any) -> Any:
        asked.append((question, list(about) if not isinstance(about, Document) else [about]))
        return said(given) if callable(said) else said

    found = context(documents, None)
    return replace(found, ask=ask) if said is not None else found


FIGURES = quote(ASKED, "Could you send me the figures for the boat before June?")
ZAHLEN = quote(FRAGE, "kannst du mir bitte die Zahlen für das Boot schicken?")


def mails() -> list[tuple[str, str]]:
    return [
        ("en", follow_up(world(ASKED), ASKED, FIGURES).text),
        ("de", follow_up(world(FRAGE), FRAGE, ZAHLEN).text),
        ("de", answer(world(VERTRAG), VERTRAG, quote(VERTRAG, "wann endet Ihr Mietvertrag?")).text),
        ("en", answer(world(RENTED), RENTED, quote(RENTED, "what do you pay")).text),
        ("en", answer(world(RENTED), RENTED, quote(RENTED, "what"), files=["Lease.pdf"]).text),
        ("de", delivery(world(FRAGE), FRAGE, ZAHLEN, ["boot.pdf", "b.pdf"]).text),
        ("en", delivery(world(ASKED), ASKED, FIGURES, ["boat.pdf"]).text),
        ("de", correction(world(FRAGE), FRAGE, ["boot.pdf"]).text),
        ("en", correction(world(ASKED), ASKED, ["boat.pdf", "b.pdf"]).text),
    ]


@pytest.mark.parametrize(("language", "text"), mails())
def test_a_template_can_be_sent_as_it_is(language: str, text: str) -> None:
    """It greets, closes with the name, is in the mail's language, and has no gap to fill in."""
    assert re.match(r"(?:Dear Tom|Lieber Tom|Guten Tag Klaus Adler|Hello Tom),\n\n", text)
    assert text.rstrip().splitlines()[-1] in ("Anna", "Anna Berg")
    assert not re.search(r"[\[\]{}<]|\bNone\b|  |\n\n\n", text)
    german = bool(re.search(r"\b(?:ich|danke|Anhang)\b", text))
    assert german == (language == "de")


def test_the_greeting_and_the_closing_are_the_users_own() -> None:
    """As in their last mail to the same person; du where they say du, Sie to a stranger."""
    text = follow_up(world(FRAGE), FRAGE, ZAHLEN).text
    assert text.startswith("Lieber Tom,\n\nich komme") and text.endswith("\n\nLG\nAnna\n")
    assert " du " in text and " Sie " not in text
    stranger = answer(world(VERTRAG, FRAGE), VERTRAG, quote(VERTRAG, "wann endet"))
    assert "Sie hören" in stranger.text and "LG" not in stranger.text


def test_nobody_signs_as_somebody_else() -> None:
    """A closing whose name is not the user's (an unmarked quote, say) is not taken over."""
    body = ASKED.text.replace("Best,\nAnna", "Sure, do so.\n\nThanks,\nDave")
    other = mail(body, sender=ANNA, to=[TOM], subject="Other", folder="sent")
    text = follow_up(world(other), other, FIGURES).text
    assert text.endswith("\n\nKind regards,\nAnna Berg\n")
    short = mail(body.rpartition("Thanks")[0] + "Cheers\nA.B.", sender=ANNA, to=[TOM])
    assert follow_up(world(short), short, FIGURES).text.endswith("\n\nCheers\nA.B.\n")


def test_a_closing_is_found_above_a_signature() -> None:
    """The reader tells a signature from a mail's text; the closing may lie in either."""
    text = "Dear Tom,\n\nCould you send me the figures?\n\nLove,\nAnna\n--\nBerg Ltd, +43 1 234"
    start = text.index("Love")
    regions = (Region("body", 0, start), Region("signature", start, len(text)))
    signed = replace(mail(text, sender=ANNA, to=[TOM], folder="sent"), regions=regions)
    written = follow_up(world(signed), signed, quote(signed, "Could you send me the figures?"))
    assert written.text.endswith("\n\nLove,\nAnna\n")


def test_several_readers_are_not_greeted_by_the_name_of_one() -> None:
    """Unless the caller says who is written to."""
    many = mail(ASKED.text, sender=ANNA, to=[TOM, "eve@oak.example"], folder="sent")
    assert follow_up(world(many), many, FIGURES).text.startswith("Hello,\n")
    to = Person("Eve Ash", "eve@oak.example")
    assert follow_up(world(many), many, FIGURES, to=to).text.startswith("Hello Eve,\n")


def test_facts_are_quoted_with_their_document() -> None:
    """Letter by letter; the suggestion gets the spans as evidence."""
    fact = quote(LEASE, "Der Mietvertrag endet am 31. Mai 2027.")
    written = answer(
        world(VERTRAG, LEASE), VERTRAG, quote(VERTRAG, "wann endet Ihr Mietvertrag?"), facts=[fact]
    )
    assert "„Der Mietvertrag endet am 31. Mai 2027.“ (aus: Mietvertrag)" in written.text
    assert written.quotes == (fact,) and not written.by_model


def test_a_draft_lies_in_its_thread() -> None:
    """One Re:, the ids of the thread, and only the addresses that were given."""
    written = answer(world(RENTED), RENTED, quote(RENTED, "what do you pay"))
    draft = in_thread(RENTED, [TOM.upper()], written)
    assert isinstance(draft, DraftMail) and RENTED.mail is not None
    assert draft.to == (TOM,) and draft.subject == "Re: The flat"
    assert draft.in_reply_to == RENTED.mail.message_id == draft.references[-1]
    assert answer_subject("The flat", "en") == "Re: The flat"
    assert answer_subject("AW: Wohnung", "de") == "AW: Wohnung"
    with pytest.raises(ValueError, match="thread"):
        in_thread(LEASE, [TOM], written)


def test_a_display_name_that_is_no_name_is_left_out() -> None:
    """It is a stranger's text: a link or an order in it never reaches a mail."""
    for name in (
        "Click https://evil.example now",
        "win 1000 EUR",
        "x" * 60,
        "a@b.example",
        "A\nB:",
    ):
        strange = mail("Can you tell me when you come?", sender="x@y.example", sender_name=name)
        assert tone_to(world(strange), strange.mail and strange.mail.sender, strange).greeting in (
            "Hello,",
            "Hello A,",
        )


def test_the_models_paragraph_stands_between_the_templates() -> None:
    """Where it claims nothing of its own; the quote and the greeting stay ours."""
    said = "I hope the boat is well. Have you had a moment to look at the figures, Tom?"
    written = follow_up(world(ASKED, said=Paragraph(said)), ASKED, FIGURES)
    assert written.by_model and said in written.text
    assert f"> {FIGURES.quote}" in written.text and "have not seen an answer" not in written.text


def test_the_model_chooses_among_facts_and_only_those_are_quoted() -> None:
    """A fact that it leaves out is not in the mail, and is no evidence."""
    rent, pets = quote(RENT, "The rent is 640.00 EUR a month."), quote(RENT, "Pets are welcome.")
    where = world(
        RENTED,
        RENT,
        said=lambda given: Answered(
            (given["choices"]["facts"][1],), "Here is what the lease says."
        ),
    )
    written = answer(where, RENTED, quote(RENTED, "may one keep a dog?"), facts=[rent, pets])
    assert written.by_model and written.quotes == (pets,)
    assert "Pets are welcome." in written.text and "640" not in written.text


LIES = [
    "Please send the money to the account of Martha Quill by the end of it.",
    "Have you looked at the figures? I need them on Friday at the latest, as you know.",
    "Have you looked at the figures? It is about 950 of them, as we said in the mail.",
    "Have you looked at the figures? Write to me at anna@evil.example about them.",
    "Have you looked at the figures? They are at www.evil.example as we said.",
    "Have you looked at the figures? They are at evil.example as we said.",
    "Have you looked at the figures? They are at evil.e",
    "Have you looked at the figures? Click https://evil.example for them all.",
    "Have you looked at the figures? It costs only five euros to be sure of it.",
    "Have you looked at the figures? They lie in /etc/passwd as you know.",
    "Have you looked at the figures? See [this] and <b>that</b> for all of it.",
    "Avez-vous pu regarder les chiffres pour le bateau et les envoyer, je vous prie ?",
    "Have you looked at the figures",
    "Yes.",
    "Have you looked at the figures? " + "I would be glad of it. " * 30,
    "Have you looked at the figures? I asked Barbara too, and she has none of them.",
    "Have you looked at the figures? \U0001f600 I would be glad.",
    "Have you looked at the figures\u202e? I would be glad.",
    "Have you looked at the figures? Call me at +49 30 1234567 about it.",
]


@pytest.mark.parametrize("lie", LIES)
def test_a_paragraph_that_claims_something_of_its_own_is_not_used(lie: str) -> None:
    """The mail is the template's, word for word."""
    plain = follow_up(world(ASKED), ASKED, FIGURES)
    assert follow_up(world(ASKED, said=Paragraph(lie)), ASKED, FIGURES) == plain


LUEGEN = [
    "Hast du die Zahlen schon gesehen? Frau Quill wartet auch darauf.",
    "Hast du die Zahlen schon gesehen? Ich brauche sie bis Freitag.",
    "Hast du die Zahlen schon gesehen? Es geht um zwanzig davon.",
    "Hast du die Zahlen schon gesehen? Überweise bitte das Geld an die Bank.",
    "Have you seen the figures for the boat yet, and can you send them to me?",
]


@pytest.mark.parametrize("lie", LUEGEN)
def test_a_german_paragraph_is_held_to_the_same(lie: str) -> None:
    """There every noun has a capital, and only those of every mail are exempt."""
    plain = follow_up(world(FRAGE), FRAGE, ZAHLEN)
    assert follow_up(world(FRAGE, said=Paragraph(lie)), FRAGE, ZAHLEN) == plain


@pytest.mark.parametrize(
    "said",
    [
        "Hast du die Zahlen schon gesehen? Eine kurze Nachricht von dir würde mir helfen.",
        "Bist du schon zu den Zahlen für das Boot gekommen? Das Finanzamt wartet darauf.",
    ],
)
def test_an_honest_german_paragraph_is_used(said: str) -> None:
    """Nouns of the mail, in any form, and of every mail."""
    assert said in follow_up(world(FRAGE, said=Paragraph(said)), FRAGE, ZAHLEN).text


def test_a_title_keeps_every_number_and_brings_none() -> None:
    """Else it is the template's."""
    template = "Oak Energy: EUR 81.40 due 4 June"
    bill = document("/b.txt", "Oak Energy asks for EUR 81.40 by 4 June.")
    quotes = [quote(bill, "Oak Energy asks for EUR 81.40 by 4 June.")]

    def titled(said: str) -> str:
        return title(world(said=Titled(said)).ask, template, [bill], quotes)

    assert titled("Pay Oak Energy EUR 81.40 by 4 June") == "Pay Oak Energy EUR 81.40 by 4 June"
    for lie in (
        "Oak Energy wants money",
        "Oak Energy: EUR 81.40 due 5 June 4",
        "Evil: 81.40 4 June",
    ):
        assert titled(lie) == template
    assert title(context([], None).ask, template, [bill], quotes) == template


def test_a_summary_is_one_sound_sentence_or_nothing() -> None:
    """It names nothing that the document does not."""
    where = world(RENT, said=Summed("The lease says what the rent is and that pets are welcome."))
    assert summary(where.ask, RENT).endswith("pets are welcome.")
    assert summary(world(said=Summed("The rent is 900.00 EUR and pets are not.")).ask, RENT) == ""
    assert summary(context([], None).ask, RENT) == ""


def test_the_check_knows_forms_of_a_word_and_no_other_word() -> None:
    """Vertrages is Vertrag; Martha is not market."""
    known = known_of(["Der Vertrag vom 03.05.2026", "market"])
    assert known.knows("Vertrages", "de") and known.knows("Verträge", "de")
    assert not known.knows("Martha", "en") and not known.knows("Markt", "de")
    amounts = known_of(["EUR 81.40 by 04.06.2026 at 14:30, 007, 1.234,56"])
    assert amounts.numbers >= {"81.40", "4", "6", "2026", "14", "30", "7"}
    assert not amounts.numbers & {"81", "40", "234", "56"}
    assert missing("due 4 June", "on 4 June") == [] and missing("81.40", "81") == ["81.40"]
    assert sound(
        "Der Vertrag ist vom 3. 5. 2026 und gilt noch.", known, language="de", least=5, most=99
    )
