"""Plugin renewals: one offer for one contract, the last safe day, three reminders, then silence."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import (
    FORWARDED,
    Document,
    DraftMail,
    Identity,
    Kind,
    Person,
    Region,
    Remind,
    Silence,
    Suggestion,
    Wake,
)
from samantha.api.testing import ME, context, document, mail, moment
from samantha.signals.analyze import analyze

FOLDER = Path(__file__).parents[2] / "plugins" / "renewals"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def load() -> Any:
    name = "renewals_under_test"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


PLUGIN = load().plugin
ENDS = "The contract runs until {}."
RENEWS = "It renews automatically for one year."
NOTICE = "Notice of three months before the end."


def said(
    expiry: str, *, what: str, renews: bool, renewal: str, notice: str, cancel_by: str
) -> tuple[str, list[Any]]:
    """Return the words of a contract with Anna Berg, and what is seen in them."""
    text = "Contract with Anna Berg\nContract number: V-4711\n"
    seen: list[Any] = []
    if expiry:
        text += ENDS.format(expiry) + "\n"
        seen.append(("expiry", expiry, ENDS.format(expiry)))
    if renews or renewal:
        text += RENEWS + "\n"
        seen.append(("renewal_term", renewal, RENEWS) if renewal else ("amount", "", RENEWS))
    if notice:
        text += NOTICE + "\n"
        seen.append(("notice_period", notice, NOTICE))
    term = {"what": what, "renews": renews, "cancel_by": cancel_by}
    seen.append(("term", term, "Contract with Anna Berg"))
    return text, seen


def parts(fields: dict[str, Any]) -> tuple[str, list[Any]]:
    return said(
        fields.pop("expiry", "2027-06-01"),
        what=fields.pop("what", "contract"),
        renews=fields.pop("renews", True),
        renewal=fields.pop("renewal", "P1Y"),
        notice=fields.pop("notice", "P3M"),
        cancel_by=fields.pop("cancel_by", ""),
    )


def contract(path: str = "/home/a/Contracts/otter.pdf", **fields: Any) -> Document:
    """Return a contract as a file."""
    text, seen = parts(fields)
    fields.setdefault("kind", Kind.CONTRACT)
    fields.setdefault("modified", NOW - timedelta(days=1))
    text = fields.pop("text", text)
    return document(path, text, author="other", signals=seen, **fields)


def letter_with(days_ago: int = 30, **fields: Any) -> Document:
    """Return a mail that brings a contract, or speaks of a subscription."""
    text, seen = parts(fields)
    fields.setdefault("sender", "office@otter.example")
    fields.setdefault("sender_name", "Otter Cloud")
    fields.setdefault("date", NOW - timedelta(days=days_ago))
    fields.setdefault("message_id", "<contract@otter.example>")
    return mail(text, signals=seen, **fields)


def from_me(text: str = "Thank you.", to: str = "office@otter.example", days_ago: int = 20) -> Any:
    return mail(
        text,
        sender=ME.addresses[0],
        to=[to],
        folder="sent",
        date=NOW - timedelta(days=days_ago),
    )


def ask(
    about: list[Document],
    others: Iterable[Document] = (),
    *,
    now: datetime = NOW,
    kind: str = "documents",
    config: Any = None,
    identity: Identity = ME,
) -> tuple[list[Suggestion], list[Silence]]:
    where = context([*about, *others], config or PLUGIN.config(), zone=BERLIN, identity=identity)
    given = about if kind == "documents" else []
    answers = list(PLUGIN.suggest(moment(given, now=now, kind=kind), where))
    return (
        [a for a in answers if isinstance(a, Suggestion)],
        [a for a in answers if isinstance(a, Silence)],
    )


def one(about: list[Document], others: Iterable[Document] = (), **more: Any) -> Suggestion:
    offers, silent = ask(about, others, **more)
    assert len(offers) == 1, silent
    return offers[0]


def times(offer: Suggestion) -> list[str]:
    assert isinstance(offer.action, Remind)
    return [t.astimezone(BERLIN).isoformat()[:16] for t in (offer.action.at, *offer.action.again)]


LAST_DAYS = (
    # what the contract says, the last safe day
    ({"expiry": "2027-06-01", "notice": "P3M"}, "2027-02-26"),  # 28 February is a Sunday
    ({"expiry": "2027-06-01", "notice": "P60D"}, "2027-04-01"),
    ({"expiry": "2027-05-31", "notice": "P3M"}, "2027-02-26"),
    ({"expiry": "2027-06-01", "notice": "P2W"}, "2027-05-17"),
    ({"expiry": "2027-06-01", "notice": "", "renews": True}, "2027-05-31"),
    ({"expiry": "2027-06-01", "notice": "", "renews": False, "renewal": ""}, "2027-06-01"),
    ({"expiry": "2027-06-01", "notice": "P3M", "cancel_by": "2027-04-15"}, "2027-04-15"),
    ({"what": "return", "expiry": "2027-01-10", "notice": "", "renews": False}, "2027-01-10"),
    ({"what": "trial", "expiry": "2026-12-04", "notice": "", "renews": True}, "2026-12-03"),
)


@pytest.mark.parametrize(("fields", "last"), LAST_DAYS)
def test_the_last_safe_day_is_reckoned_back_with_a_day_to_spare(
    fields: dict[str, Any], last: str
) -> None:
    """End minus notice minus a day, never on a weekend; an end without notice is itself."""
    offer = one([contract(**fields)])
    assert offer.expires == datetime.combine(
        date.fromisoformat(last), datetime.max.time().replace(microsecond=0), BERLIN
    )


def test_the_reminder_comes_thirty_seven_and_no_days_before() -> None:
    """Three times at nine in the user's morning, over the change of the clocks; then silence."""
    offer = one([contract(notice="P60D")])
    assert times(offer) == ["2027-03-02T09:00", "2027-03-25T09:00", "2027-04-01T09:00"]
    assert offer.title == "otter: last safe day to cancel is Thursday 1 April 2027"
    late = one([contract(notice="P60D")], now=datetime(2027, 3, 20, 10, tzinfo=UTC))
    assert times(late) == ["2027-03-25T09:00", "2027-04-01T09:00"]
    last = one([contract(notice="P60D")], now=datetime(2027, 4, 1, 10, 30, tzinfo=UTC))
    assert times(last) == ["2027-04-01T14:00"] and last.urgent


def test_short_windows_have_short_notice() -> None:
    """A trial and a return window are spoken of three days before and on the day."""
    offer = one([contract(what="return", expiry="2027-01-10", notice="", renews=False, renewal="")])
    assert times(offer) == ["2027-01-07T09:00", "2027-01-10T09:00"]
    assert "last day to return it is Sunday 10 January 2027" in offer.title


def test_the_clauses_are_quoted_exactly() -> None:
    """End, notice and renewal stand as evidence, each an exact span of the document."""
    seen = contract()
    offer = one([seen])
    quotes = [e.quote for e in offer.evidence]
    assert quotes[:3] == [ENDS.format("2027-06-01"), NOTICE, RENEWS]
    assert all(seen.text[e.start : e.end] == e.quote for e in offer.evidence)
    assert "3 months of notice and a day to spare" in offer.why
    assert "It renews by itself for 1 year." in offer.why


def test_the_reminder_has_the_letter_to_paste() -> None:
    """The cancellation is ready to be copied, with the contract's number and the user's name."""
    action = one([contract()]).action
    assert isinstance(action, Remind)
    assert "the contract V-4711" in action.copy_text
    assert action.copy_text.endswith("Kind regards,\nAnna Berg\n")


@pytest.mark.parametrize(
    ("what", "pasted"), [("membership", True), ("insurance", True), ("warranty", False)]
)
def test_what_renews_has_a_letter_to_paste(what: str, pasted: bool) -> None:
    """A club and an insurer are written to as well; a warranty ends by itself."""
    near = {} if pasted else {"expiry": "2026-12-20", "renews": False, "notice": "", "renewal": ""}
    (offer,), _ = ask([contract(what=what, **near)])
    assert isinstance(offer.action, Remind) and bool(offer.action.copy_text) is pasted


def test_a_cancellation_goes_to_a_known_correspondent_when_its_time_has_come() -> None:
    """Thirty days before the last safe day a draft to whom the user has written before."""
    soon = letter_with(expiry="2027-03-15")
    offer = one([soon], [from_me()])
    assert offer.kind == "cancellation"
    assert isinstance(offer.action, DraftMail)
    assert offer.action.to == ("office@otter.example",)
    assert offer.action.in_reply_to == "<contract@otter.example>"
    assert "end it on 15 March 2027" in offer.action.body
    assert one([letter_with(expiry="2027-09-15")], [from_me()]).kind == "renewal"


def test_reminder_and_letter_are_about_one_thing() -> None:
    """Whoever decided about the reminder is not asked again when the letter's time comes."""
    seen = letter_with(expiry="2027-03-15")
    letter, reminder = one([seen], [from_me()]), one([seen])
    assert (letter.kind, reminder.kind) == ("cancellation", "renewal")
    assert letter.thing == reminder.thing


def test_mails_that_name_an_end_a_little_differently_are_one_thing() -> None:
    """A second notice of a trial's end is the first one's; another year is another thing."""
    first = letter_with(what="trial", expiry="2026-12-04", message_id="<1@otter.example>")
    again = letter_with(
        what="trial", expiry="2026-12-05", message_id="<2@otter.example>", days_ago=1
    )
    assert one([again], [first]).thing == one([first]).thing == "trial otter.example 2026-12-04"
    later = letter_with(
        what="trial", expiry="2026-12-24", message_id="<3@otter.example>", days_ago=1
    )
    assert one([later], [first]).thing == "trial otter.example 2026-12-24"


def test_the_letter_is_in_the_language_of_the_contract() -> None:
    """A German contract is cancelled in German."""
    offer = one([letter_with(expiry="2027-03-15", language="de")], [from_me()])
    assert isinstance(offer.action, DraftMail)
    assert offer.action.subject == "Kündigung des Vertrags V-4711"
    assert "zum 15. März 2027" in offer.action.body


@pytest.mark.parametrize("stranger", [[], [from_me(to="somebody@else.example")]])
def test_nobody_unknown_is_written_to(stranger: list[Document]) -> None:
    """Where the user never wrote to the sender, the offer is a reminder."""
    assert one([letter_with(expiry="2027-03-15")], stranger).kind == "renewal"


def test_mail_from_a_machine_is_not_answered() -> None:
    """An automatic mail has no person behind its address."""
    seen = letter_with(expiry="2027-03-15")
    assert seen.mail is not None
    seen = replace(seen, mail=replace(seen.mail, automatic=True))
    assert one([seen], [from_me()]).kind == "renewal"


def test_mail_and_file_are_one_contract() -> None:
    """A contract and the mail that brought it are offered once, under the sender's name."""
    brought = letter_with(attachments=["otter.pdf"])
    offers, silent = ask([contract(), brought])
    assert [o.thing for o in offers] == ["contract otter.example 2027-06-01"]
    assert offers[0].title.startswith("Otter Cloud: ")
    assert silent[-1].reason == "the same as in another document"


def test_a_term_that_has_renewed_itself_ends_again() -> None:
    """After the written end the next one counts, for some years."""
    offer = one([contract(expiry="2025-06-01", modified=NOW - timedelta(days=700))])
    assert "runs until Tuesday 1 June 2027" in offer.why
    assert "The first term is over" in offer.why
    offers, silent = ask([contract(expiry="2015-06-01")])
    assert offers == [] and silent[0].reason == "it ended on 2015-06-01"


def passed_on(seen: Document) -> Document:
    place = (Region("attachment", 0, len(seen.text), FORWARDED),)
    return replace(seen, regions=place)


def in_mail(seen: Document, **changes: Any) -> Document:
    assert seen.mail is not None
    return replace(seen, mail=replace(seen.mail, **changes))


def off(words: str) -> Document:
    """Return a mail with an ending that says that it was called off."""
    seen = letter_with(what="membership")
    return replace(seen, text=f"{seen.text}\n{words}", regions=())


SILENT = (
    ("over", contract(expiry="2026-11-01", renews=False, notice=""), "it ended on 2026-11-01"),
    ("too late", contract(expiry="2026-12-31", renewal=""), "the last day to cancel was"),
    ("spam", letter_with(folder="spam"), "spam"),
    ("sent", letter_with(folder="sent"), "you sent it"),
    ("own", letter_with(sender=ME.addresses[0]), "you sent it"),
    ("a story", contract(kind=Kind.STORY), "no contract"),
    ("forwarded", passed_on(letter_with()), "somebody passed it on"),
    ("list", in_mail(letter_with(what="subscription"), list_id="x.example"), "a list"),
    ("bulk", in_mail(letter_with(what="return"), list_unsubscribe=True), "a list"),
    ("called off", off("We confirm your cancellation."), "it was called off"),
    ("no end", contract(expiry=""), "it does not say when it ends"),
    (
        "warranty",
        contract(what="warranty", expiry="2028-11-20", renews=False, notice="", renewal=""),
        "there is time",
    ),
)


@pytest.mark.parametrize(("seen", "reason"), [s[1:] for s in SILENT], ids=[s[0] for s in SILENT])
def test_it_stays_silent_and_says_why(seen: Document, reason: str) -> None:
    """Over, too late, not the user's, not a contract, mass mail."""
    offers, silent = ask([seen])
    assert offers == []
    assert reason in silent[0].reason


def test_how_to_call_off_is_no_calling_off() -> None:
    """What will be said once somebody has called it off leaves the reminder in place."""
    offers, _ = ask([off("Once we confirm your cancellation, nothing more is charged.")])
    assert len(offers) == 1


def test_a_contract_of_other_people_is_theirs() -> None:
    """A contract that names neither the user nor an address of theirs says nothing to them."""
    seen = contract()
    text = seen.text.replace("Anna Berg", "Tom Brandt")
    signals = tuple(
        replace(s, quote=text[s.start : s.end]) for s in seen.analysis.signals if s.kind != "term"
    )
    theirs = replace(seen, text=text, analysis=replace(seen.analysis, signals=signals))
    offers, silent = ask([theirs])
    assert offers == [] and "does not name you" in silent[0].reason
    assert ask([theirs], identity=Identity(("Tom Brandt",), ()))[0]


NEWS = (
    ("We confirm the cancellation of your contract.", "office@otter.example", "it was called off"),
    ("Ihre Kündigung ist eingegangen.", "office@otter.example", "it was called off"),
    ("Your contract has been renewed.", "office@otter.example", "it was renewed already"),
    ("I hereby cancel my contract V-4711.", ME.addresses[0], "you have called it off"),
    ("Hiermit kündige ich den Vertrag.", ME.addresses[0], "you have called it off"),
)


@pytest.mark.parametrize(("text", "sender", "reason"), NEWS)
def test_a_later_mail_settles_it(text: str, sender: str, reason: str) -> None:
    """Called off by either side, or renewed: silence, and an open offer is taken back."""
    own = sender == ME.addresses[0]
    news = mail(
        text,
        sender=sender,
        to=["office@otter.example"] if own else ME.addresses,
        folder="sent" if own else "inbox",
        date=NOW - timedelta(days=1),
    )
    offers, silent = ask([letter_with()], [news])
    assert offers == [] and silent[0].reason == reason
    assert silent[0].thing == "contract otter.example 2027-06-01"
    _, silent = ask([news], [letter_with()])
    assert [(s.reason, s.thing) for s in silent] == [(reason, "contract otter.example 2027-06-01")]


def test_other_talk_settles_nothing() -> None:
    """A cancelled meeting and a reply of somebody else leave the contract alone."""
    for news in (
        mail("The meeting has been cancelled.", sender="x@else.example", date=NOW),
        mail("Thank you for the contract.", sender="office@otter.example", date=NOW),
    ):
        assert len(ask([letter_with()], [news])[0]) == 1


def test_a_later_contract_takes_the_place_of_the_earlier() -> None:
    """Where a newer document of the same side gives a later end, the old one is silent."""
    old = letter_with(expiry="2027-03-01", message_id="<old@otter.example>", days_ago=90)
    new = letter_with(expiry="2028-03-01", message_id="<new@otter.example>", days_ago=3)
    offers, silent = ask([old, new])
    assert [o.evidence[0].document for o in offers] == [new.id]
    assert silent[0].reason == "a later document says 2028-03-01"


def looks(seen: Document, count: int, now: datetime = NOW) -> list[tuple[str, int]]:
    """Return the days for which wakes are left, one after the other, with the offers on each."""
    days, where = [], context([seen], PLUGIN.config(), zone=BERLIN)
    occasion = moment([seen], now=now)
    for _ in range(count):
        wakes = [a for a in PLUGIN.suggest(occasion, where) if isinstance(a, Wake)]
        if not wakes:
            break
        (wake,) = wakes
        occasion = moment([seen], now=wake.at, kind="time_reached", thing=wake.thing)
        offers = [a for a in PLUGIN.suggest(occasion, where) if isinstance(a, Suggestion)]
        days.append((wake.at.astimezone(BERLIN).isoformat()[:16], len(offers)))
    return days


def test_it_looks_again_on_each_step_and_in_the_next_term() -> None:
    """Thirty days, a week, the last day itself; a year later it begins anew."""
    assert looks(contract(notice="P60D"), 4) == [
        ("2027-03-02T04:00", 1),
        ("2027-03-25T04:00", 1),
        ("2027-04-01T04:00", 1),
        ("2028-03-01T04:00", 1),
    ]


def test_what_ends_for_good_is_not_looked_at_again() -> None:
    """After the last day of a warranty, and where somebody else's contract is, nothing follows."""
    warranty = contract(what="warranty", expiry="2027-03-01", renews=False, notice="", renewal="")
    assert [day for day, _ in looks(warranty, 9)] == [
        "2027-01-30T04:00",
        "2027-02-22T04:00",
        "2027-03-01T04:00",
    ]
    assert looks(letter_with(folder="spam"), 9) == []


def test_small_print_is_not_worth_an_offer() -> None:
    """A return window that only counts from the order is read, and left at that."""
    text = "Thank you for your order of a lamp. You have 30 days to return it."
    order = mail(text, sender="shop@lamps.example", date=NOW)
    seen = replace(order, analysis=analyze(order, ME, BERLIN, None))
    assert seen.signals("expiry")[0].value == "2026-12-23"
    offers, silent = ask([seen])
    assert offers == [] and silent[0].reason == "not sure enough of the day"


def test_a_contract_without_an_end_says_so() -> None:
    """A document of the kind in which nothing was read is answered; others are passed over."""
    bare = document("/home/a/c.pdf", "Contract", kind=Kind.CONTRACT)
    offers, silent = ask([bare, mail("Hello")])
    assert offers == [] and [s.document for s in silent] == [bare.id]


def test_no_day_no_cancellations_by_configuration() -> None:
    """The days, the hour and the letters can be set."""
    config = PLUGIN.config(days_before=(10,), hour=8, cancellations=False)
    offer = one([letter_with(expiry="2027-07-15")], [from_me()], config=config)
    assert times(offer) == ["2027-04-04T08:00"]
    near = one([letter_with(expiry="2027-03-15")], [from_me()], config=config)
    assert near.kind == "renewal"


@pytest.mark.parametrize("hostile", ["‮" * 200, "a" * 5_000, "\n\n", "{}%s\x1b[31m", "🧾"])
def test_hostile_names_do_no_harm(hostile: str) -> None:
    """Whatever a stranger calls himself, the offer keeps its form."""
    seen = in_mail(letter_with(), sender=Person("X " + hostile, "office@otter.example"))
    for offer in ask([seen])[0]:
        assert len(offer.title) <= 80
        assert 0 < len(offer.thing) <= 400


@pytest.mark.parametrize(
    "between",
    [
        "zwischen der Kranich Netz GmbH, Am Wehr 4,\nund Frau Anna Berg, Hafenstraße 4\n",
        'by and between Kranich Netz GmbH ("Supplier") and Anna Berg ("Customer").\n',
        "between Anna Berg and Kranich Netz GmbH.\n",
    ],
)
def test_a_file_is_shown_under_the_other_side(between: str) -> None:
    """Where a contract names two sides and one is the user, the other one is the party."""
    seen = contract()
    titled = replace(seen, text=seen.text + between)
    assert one([titled]).title.startswith("Kranich Netz GmbH: ")
