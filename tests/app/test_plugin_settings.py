"""A plugin's settings in config.toml: what is changed, and what stays."""

from __future__ import annotations

import tomllib

import pytest

from samantha.api.errors import UserError
from samantha.app.plugin_settings import assignments, settings_in, with_settings

TEXT = """\
# My own file.
[user]
names = ["Anna"]   # as I sign

[plugins.tides]
# Hours of notice.
hours = 3          # not too many
words = [
  "sea",  # the sea
  "tide",
]

# About bills.
[plugins.bills]
days_before = 3
"""


def test_one_setting_changes_and_every_comment_stays() -> None:
    """Only the line of the setting differs."""
    changed = with_settings(TEXT, "tides", {"hours": "5"})
    assert changed == TEXT.replace("hours = 3 ", "hours = 5 ")


def test_a_value_over_several_lines_is_replaced_whole() -> None:
    """No line of the old one stays behind."""
    changed = with_settings(TEXT, "tides", {"words": '["ebb"]'})
    assert tomllib.loads(changed)["plugins"]["tides"] == {"hours": 3, "words": ["ebb"]}
    assert "# About bills." in changed and "the sea" not in changed


def test_a_new_setting_stands_in_its_table() -> None:
    """Before the comment that is about the next table."""
    changed = with_settings(TEXT, "tides", {"place": '"Bregenz"'})
    assert changed.index('place = "Bregenz"') < changed.index("# About bills.")
    assert tomllib.loads(changed)["plugins"]["tides"]["place"] == "Bregenz"


def test_a_new_table_is_written_at_the_end_and_taken_out_line_by_line() -> None:
    """A plugin without a table gets one; what is unset is gone."""
    changed = with_settings(TEXT, "rsvp", {"days": "2"})
    assert changed == TEXT + "\n[plugins.rsvp]\ndays = 2\n"
    assert tomllib.loads(with_settings(changed, "rsvp", {"days": None}))["plugins"]["rsvp"] == {}
    assert with_settings("", "rsvp", {"days": None}) == ""


@pytest.mark.parametrize(
    "text",
    ["[plugins]\ntides = {hours = 3}\n", "plugins.tides.hours = 3\n", "[plugins]\ntides.a = 1\n"],
)
def test_what_is_written_in_another_way_is_left_to_its_writer(text: str) -> None:
    """A change that would do something else than was meant is refused."""
    with pytest.raises(UserError, match="only you can change"):
        with_settings(text, "tides", {"hours": "5"})


def test_bare_words_are_texts_and_the_rest_is_toml() -> None:
    """Nobody has to quote for two programs; what sets nothing is told."""
    assert assignments(["a=b c", "n = 3", 'l=["x"]', 'q="d"'], "t") == {
        "a": '"b c"',
        "n": "3",
        "l": '["x"]',
        "q": '"d"',
    }
    for wrong in ("a", "=3", "a b=3", "[x]=1"):
        with pytest.raises(UserError, match="sets nothing"):
            assignments([wrong], "t")
    # No value smuggles in another line.
    assert assignments(["a=1\nb=2"], "t") == {"a": '"1\\u000ab=2"'}


def test_settings_are_read_from_the_source_that_is_never_run() -> None:
    """Names, types, defaults and meanings, of the class that the plugin names."""
    source = (
        "raise SystemExit\nclass Other:\n    x: int = 1\nclass Mine:\n    hours: int = 3\n"
        '    """Hours of\n    notice."""\n    place: str = "sea"\nplugin = Plugin(Mine, suggest)\n'
    )
    first, second = settings_in(source)
    assert (first.name, first.type, first.default, first.means) == (
        "hours",
        "int",
        "3",
        "Hours of notice.",
    )
    assert second.name == "place" and second.means == ""
    assert settings_in("def (:\n") == []
