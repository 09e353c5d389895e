"""What the parcels plugin claims."""

from datetime import UTC, datetime

import pytest
from samantha_parcels import Config, plugin

from samantha.api import Remind, Silence, Suggestion
from samantha.api.testing import PluginContract, context, mail, moment

TEXT = "Your parcel is ready for collection until 6 May 2026. Code: 4F7K2"
DAY = [("date", "2026-05-06", "6 May 2026")]


class TestContract(PluginContract):
    """It keeps what every plugin promises."""

    plugin = plugin


def test_a_parcel_that_waits_is_a_reminder_on_the_day_before() -> None:
    """At nine of the day before, with the code to show."""
    waiting = mail(TEXT, signals=DAY)
    (answer,) = plugin.suggest(moment([waiting]), context([waiting], Config()))
    assert isinstance(answer, Suggestion) and isinstance(answer.action, Remind)
    assert answer.action.at == datetime(2026, 5, 5, 9, tzinfo=UTC)
    assert answer.action.copy_text == "4F7K2"


@pytest.mark.parametrize("text", ["See you on 6 May 2026.", "Your parcel is ready for collection."])
def test_without_a_parcel_or_a_day_it_is_silent(text: str) -> None:
    """A mail that says only one of the two is left alone."""
    other = mail(text, signals=DAY if "6 May" in text else ())
    (answer,) = plugin.suggest(moment([other]), context([other], Config()))
    assert isinstance(answer, Silence)
