"""A plugin is exchanged whole: a kill in the middle leaves the old one or the new one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from homes import Typist
from installed import ROOT
from killing import killer

from samantha.adapters.exchange import exchanged
from samantha.app import plugin_installing
from samantha.app.places import Places

PACKAGE = ROOT / "docs" / "sample-plugin" / "src" / "samantha_parcels"


@pytest.fixture
def home(tmp_path: Path) -> Typist:
    """A user who has agreed to the sample plugin, installed from a folder of theirs."""
    one = Typist(tmp_path / "anna")
    one.root.mkdir()
    source = one.root / "theirs"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    one.run("plugins", "install", str(source))
    one.run("plugins", "enable", "parcels", "--yes")
    return one


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def state(home: Typist) -> tuple[str, str]:
    (row,) = [row for row in home.json("plugins", "list") if row["name"] == "parcels"]
    return row["state"], row["reason"]


def newer(source: Path, version: int) -> None:
    """Change the manifest and the code, add a file and take one away, as a new version does."""
    manifest = source / "plugin.toml"
    before = manifest.read_text().partition('version = "')
    manifest.write_text(f'{before[0]}version = "{version}.0.0"{before[2].partition(chr(34))[2]}')
    (source / f"more{version}.py").write_text("")
    (source / f"more{version - 1}.py").unlink(missing_ok=True)


@pytest.mark.slow
def test_an_update_killed_at_every_step_leaves_a_whole_plugin(home: Typist) -> None:
    """It is the old one or the new one, byte by byte, and runs only if that is what was agreed to.

    The same command typed again brings it to its end, and leaves nothing beside it.
    """
    source, data = home.root / "theirs", home.root / ".data/samantha"
    place = data / "plugins" / "parcels"
    step, seen = 0, set()
    with killer(home.environment, data) as one:
        killed = True
        while killed:
            old = contents(place)
            newer(source, step + 2)
            new = contents(source)
            killed = one.killed_at(step, "plugins", "update", "parcels", "--yes")
            now, (kept, reason) = contents(place), state(home)
            assert now in (old, new), f"step {step}: {sorted(now)}"
            if kept == "needs_consent":
                assert now == new and "changed since you agreed" in reason
            seen.add((now == new, kept))
            home.run("plugins", "update", "parcels", "--yes")
            assert contents(place) == new
            assert list((data / "plugins-incoming").iterdir()) == []
            step += 1
    assert state(home) == ("enabled", "")
    assert {(False, "enabled"), (True, "needs_consent"), (True, "enabled")} <= seen
    assert step > 10


def test_what_lies_there_without_a_yes_is_told_again(home: Typist) -> None:
    """An update after one that was exchanged and never agreed to names all that is new since the
    last yes, not only what is new since the exchange."""
    source, place = home.root / "theirs", home.root / ".data/samantha/plugins/parcels"
    manifest = source / "plugin.toml"
    newer(source, 2)
    manifest.write_text(manifest.read_text().replace('["remind"]', '["remind", "draft_mail"]'))
    shutil.copytree(source, place, dirs_exist_ok=True)
    newer(source, 3)
    asked = home.run("plugins", "update", "parcels", code=1).stdout
    assert "version 1.0.0 is now 3.0.0" in asked and "now proposes draft_mail" in asked


def test_two_folders_change_places_and_neither_is_missing(tmp_path: Path) -> None:
    """By one call of the system, whatever lies in them."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    if not exchanged(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot exchange")
    assert (tmp_path / "one" / "file").read_text() == "other"
    with pytest.raises(FileNotFoundError):
        exchanged(tmp_path / "one", tmp_path / "absent")


def test_where_names_cannot_be_exchanged_the_old_one_is_brought_back(home: Typist) -> None:
    """Killed between the two renames of such a system, the next command finds the old plugin.

    A file that a file manager put there stops nothing.
    """
    places = Places(
        *(home.root / one / "samantha" for one in (".config", ".data", ".state")), *"xy"
    )
    aside = places.incoming / "aside"
    aside.mkdir(parents=True, exist_ok=True)
    (places.incoming / ".directory").write_text("[Dolphin]")
    before = contents(places.plugins / "parcels")
    (places.plugins / "parcels").rename(aside / "parcels")
    plugin_installing.recover(places)
    assert contents(places.plugins / "parcels") == before
    assert list(places.incoming.iterdir()) == []
