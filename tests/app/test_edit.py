"""`samantha edit`: the user's editor between a suggestion and the yes to it."""

from __future__ import annotations

from homes import Home, bill, in_days


def test_an_offer_is_changed_in_the_editor_and_taken_as_changed(home: Home) -> None:
    """What is saved is shown whole under a new number, a yes does that, and the trace tells it."""
    home.configure()
    home.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    (made,) = home.json("run", "--once")
    change = "s/^At: .*/At: 2099-05-04 09:30/; /^#/!s/^.*42.50.*/Ask Eve first/"
    home.more["EDITOR"] = f"sed -i '{change}'"
    shown = home.run("edit", str(made["id"])).stdout
    assert "4 May 2099 09:30: Ask Eve first" in shown
    assert "no longer open: you edited it" in home.run("accept", str(made["id"]), code=1).stderr
    (new,) = home.json("offers")
    assert new["id"] != made["id"] and new["action"]["text"] == "Ask Eve first"
    assert new["action"]["copy_text"] == made["action"]["copy_text"]
    assert "Done." in home.run("accept", str(new["id"])).stdout


def test_nothing_typed_is_lost_and_nothing_unsaved_is_done(home: Home) -> None:
    """Left as it was nothing changes; what cannot be taken is kept for the next try; an editor
    that fails or is not there says so."""
    home.configure()
    home.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    (made,) = home.json("run", "--once")
    number = str(made["id"])
    home.more["EDITOR"] = "true"
    assert "Nothing was changed" in home.run("edit", number).stdout
    home.more["EDITOR"] = "false"
    assert "editor ended with 1" in home.run("edit", number, code=1).stderr
    home.more["VISUAL"] = "/nowhere/editor -x"
    assert "cannot be started" in home.run("edit", number, code=1).stderr
    home.more["VISUAL"] = "sed -i 's/^At: .*/At: tomorrow/; /^#/!s/^.*42.50.*/My words/'"
    told = home.run("edit", number, code=1).stderr
    assert "'tomorrow' is no time" in told and "is kept" in told
    assert [row["id"] for row in home.json("offers")] == [made["id"]]
    home.more["VISUAL"] = "sed -i 's/^At: .*/At: 2099-05-04 09:30/'"
    assert "My words" in home.run("edit", number).stdout


def test_why_tells_in_words_what_was_from_the_change_to_the_end(home: Home) -> None:
    """Read, suggested, shown, seen, edited, taken, done, undone: each a sentence, in order; and
    what can be typed now."""
    home.configure()
    home.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    (made,) = home.json("run", "--once")
    home.more["EDITOR"] = "sed -i 's/^At: .*/At: 2099-05-04 09:30/'"
    home.run("edit", str(made["id"]))
    (new,) = home.json("offers")
    number = str(new["id"])
    assert f"edit {number}" in home.run("why", number).stdout
    home.run("accept", number)
    told = home.run("why", number).stdout
    steps = ["came or changed", "The plugin bills suggested it", "among your offers", "You edited",
             "You looked at the whole", "You said yes on the command line", "The work began",
             "It was done"]  # fmt: skip
    places = [told.index(step) for step in steps]
    assert places == sorted(places)
    assert "EUR 42.50" in told and "Your invoice A-1001 (mail from Stadtwerke Bach)" in told
    assert f"samantha undo {number}" in told
    home.run("undo", number)
    assert "Now: undone" in home.run("why", number).stdout
    arrows = [row["arrow"] for row in home.json("why", number)]
    assert arrows.index("edited") < arrows.index("accepted") < arrows.index("done")
