"""config.toml is typed, and its problems are told all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from samantha.api import UserError
from samantha.app.config import Config, load, parse
from samantha.app.first_config import TEMPLATE, write_first_config


def problems(text: str) -> list[str]:
    with pytest.raises(UserError) as caught:
        parse(text)
    assert "config.toml" in caught.value.type_this and "check" not in caught.value.type_this
    return caught.value.what.splitlines()


def test_a_missing_file_is_an_empty_configuration(tmp_path: Path) -> None:
    """Nothing is watched before somebody says what."""
    assert load(tmp_path / "config.toml") == Config()


def test_every_problem_is_told_with_its_line() -> None:
    """One run of `config check` is enough to mend a file."""
    told = problems(
        '[user]\nnmaes = ["Anna"]\naddresses = ["not an address"]\n\n'
        '[[sources]]\nname = "docs"\nkind = "fils"\npath = "~/Documents"\n\n'
        '[attention]\nbudget = -1\nquiet_hours = "late"\n'
    )
    assert len(told) == 5
    assert told[0].startswith("config.toml:3:") or any(t.startswith("config.toml:3:") for t in told)
    assert any(
        "config.toml:2: nothing is called 'user.nmaes'; did you mean 'names'?" in t for t in told
    )
    assert any(t.startswith("config.toml:7: sources.1.kind") for t in told)
    assert any(t.startswith("config.toml:11: attention.budget") for t in told)
    assert any("22:00-07:00" in t for t in told)


def test_the_second_of_two_sources_is_told_by_its_own_line() -> None:
    """Lines are those of the table that is wrong, not of the first of its name."""
    told = problems('[[sources]]\nname = "a"\npath = "/a"\n\n[[sources]]\nname = "b"\npath = "b"\n')
    assert told == ["config.toml:7: sources.2.path: 'b' must begin with / or ~"]


def test_broken_toml_names_the_place() -> None:
    """A slip of the keyboard is found by line and column."""
    assert "line 2" in problems("[user]\nnames = [1 2]\n")[0]


def test_an_unknown_zone_is_met_with_a_guess() -> None:
    """Zone names are long; a near one is offered."""
    told = problems('[user]\nzone = "Europe/Viena"\n')
    assert "did you mean 'Europe/Vienna'?" in told[0]


def test_two_sources_of_one_name_are_refused() -> None:
    """A source is told by its name."""
    told = problems('[[sources]]\nname="a"\npath="/a"\n[[sources]]\nname="a"\npath="/b"\n')
    assert "two sources are called 'a'" in told[0]


@pytest.mark.parametrize("other", ["/a", "/a/", "/a/./", "/b/../a"])
def test_two_sources_of_one_path_are_refused(other: str) -> None:
    """However it is written, the line of the second one and the name of the first are told."""
    told = problems(
        f'[[sources]]\nname="one"\npath="/a"\n[[sources]]\nname="two"\npath="{other}"\n'
    )
    assert told == ["config.toml:6: 'two' has the same path as 'one': /a"]


def test_what_is_typed_opens_the_first_line_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is the editor at that line, also where the text is no TOML at all."""
    monkeypatch.setenv("VISUAL", "vim")
    for text in ('[user]\nzone = "Nowhere"\n', "[user]\nnames = [1 2]\n"):
        with pytest.raises(UserError) as caught:
            parse(text, "/home/a/config.toml")
        assert caught.value.type_this == "vim +2 /home/a/config.toml"


def test_the_first_configuration_is_valid_and_private(tmp_path: Path) -> None:
    """What `config init` writes is in order, 0600, and never overwrites."""
    path = tmp_path / "config.toml"
    write_first_config(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load(path).attention.budget == 3
    with pytest.raises(UserError):
        write_first_config(path)


def test_every_commented_key_of_the_template_is_a_real_one() -> None:
    """Taking the comment signs away leaves a configuration that is in order."""
    lines = []
    for row in TEMPLATE.replace("{documents}", "~/Documents").splitlines():
        bare = row.removeprefix("# ")
        is_code = bare.startswith("[") or (" = " in bare and not bare[0].isupper())
        lines.append(bare if row.startswith("# ") and is_code else row)
    config = parse("\n".join(lines))
    assert len(config.sources) == 2
    assert config.outlets[0].max_words == 8000
    assert config.user.zone == "Europe/Vienna"


def test_an_unreadable_file_is_an_error_that_says_what_to_type(tmp_path: Path) -> None:
    """A configuration that is there but cannot be read is not taken for none."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(UserError) as caught:
        load(path)
    assert caught.value.type_this


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[sources]]\nname = "a"\npath = "~no-such-user-here/x"\n', ":3: sources.1.path: "),
        ('[[sources]]\nname = "a"\npath = "/a"\nexclude = ["!"]\n', ":4: sources.1.exclude: '!'"),
        ('exclude = ["~/private"]\n', ":1: exclude: '~/private' is a path"),
        ('[output]\nfolder = "Documents/out"\n', ":2: output.folder: 'Documents/out' must begin"),
        ('[[outlets]]\nname = "The Press"\naddress = "by post"\n', ":3: outlets.1.address: "),
    ],
)
def test_what_cannot_work_is_told_and_never_a_defect(text: str, told: str) -> None:
    """A pattern, a place or an address that cannot work is one line with its place."""
    (line,) = problems(text)
    assert line.startswith("config.toml" + told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[user]\nnames = "Anna"\n', 'must be a list in brackets, as in ["one", "two"]'),
        ('[sources]\nname = "a"\n', "write [[sources]], with two brackets"),
        ('[attention]\nbudget = "three"\n', "must be a whole number"),
        ("[attention]\nbudget = -1\n", "be greater than or equal to 0"),
        ('[[sources]]\nname = "a b"\npath = "/a"\n', "may hold letters, digits"),
        ('[[outlets]]\nname = "a"\ndeadline = "soon"\n', "must be a time such as"),
        ("[plugins]\nbills = 3\n", "must be a table of its own"),
    ],
)
def test_problems_are_told_without_words_of_python(text: str, told: str) -> None:
    """Nobody has to know what a tuple is to mend the file."""
    (line,) = problems(text)
    assert told in line and "tuple" not in line and "dictionary" not in line


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """A file saved by an editor that marks UTF-8 is read like any other."""
    path = tmp_path / "config.toml"
    path.write_bytes(b'\xef\xbb\xbf[user]\nnames = ["Anna"]\n')
    assert load(path).user.names == ("Anna",)


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ('endpoint = "http://192.168.1.5:8080/v1"', True),
        ('endpoint = "http://localhost:11434/v1"', True),
        ('endpoint = "https://api.example.com/v1"\nendpoint_public = true', True),
        ('endpoint = "http://8.8.8.8/v1"', False),
        ('endpoint = "ftp://192.168.1.5/"', False),
    ],
)
def test_a_model_server_outside_must_be_told_twice(lines: str, right: bool) -> None:
    """One word is enough on the user's own network, two beyond it; names are judged later."""
    if right:
        assert parse(f"[model]\n{lines}\n").model.endpoint
    else:
        assert "model.endpoint" in problems(f"[model]\n{lines}\n")[0]


def test_the_folder_of_finished_things_is_in_the_home_even_unsaid() -> None:
    """A default place is a real one, too: nothing is ever written below a folder called "~"."""
    config = parse("")
    assert config.output.folder == Path("~/Documents/samantha").expanduser()
    assert config.calendar_folder() == config.output.folder / "Calendar"
