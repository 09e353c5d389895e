"""`samantha edit --mail`: a draft goes to a mail program and comes back as an offer of its own."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime

import pytest
from desktop import missing
from homes import CONFIG, Home
from terminals import Terminal

from samantha.adapters.clock import SystemClock

ASKED = """\
From: Anna Berg <anna@berg.example>
To: Tom Oak <tom@oak.example>
Subject: The boat
Date: {date}
Message-ID: <asked@berg.example>

Dear Tom,

Thank you for the walk by the sea. Could you please send me the figures for the boat? I need them
for the tax office, and they were not in what you gave me.

Cheers,
Anna
"""


def drafted(home: Home, mail_editor: str) -> str:
    """Return the number of an offer to write to Tom again, in a home with this mail program."""
    home.configure(CONFIG.replace("[output]", f"[output]\nmail_editor = '''{mail_editor}'''"))
    text = ASKED.replace("{date}", format_datetime(SystemClock().now() - timedelta(days=12)))
    home.write("1.asked:2,S", text, folder="Mail/.Sent/cur")
    (offer,) = [one for one in home.json("run", "--once") if one["plugin"] == "waiting"]
    return str(offer["id"])


def test_a_draft_comes_back_from_mutt_as_it_was_changed_there(home: Home) -> None:
    """A real mutt edits the file and gives it back: subject and text are those written in it, the
    rest is as it was; the old offer is void, and the new one must be seen before a yes."""
    if reason := missing("mutt"):
        pytest.skip(reason)
    change = "sed -i -e 's/^Subject: .*/Subject: The figures/' -e 's/^Cheers,/Fair winds,/'"
    options = (
        f'set editor="{change}" edit_headers autoedit confirmcreate=no record= abort_unmodified=no'
    )
    home.write("muttrc", f"{options}\nset folder={home.root}\nset sendmail=/bin/false\n")
    number = drafted(home, f"mutt -n -F {home.root}/Documents/muttrc -E -H")
    before = home.json("offers")[0]["action"]
    typed = Terminal(home, "edit", number, "--mail")
    typed.until("y:Send", "q")
    typed.until("ostpone", "n")
    assert typed.ended() == 0, typed.told
    (new,) = home.json("offers")
    action = new["action"]
    assert str(new["id"]) != number and action["subject"] == "The figures"
    assert action["body"].rstrip() == before["body"].replace("Cheers,", "Fair winds,").rstrip()
    assert (action["to"], action["in_reply_to"]) == (before["to"], before["in_reply_to"])
    assert "no longer open" in home.run("accept", number, code=1).stderr
    home.run("show", str(new["id"]))
    assert "Done." in home.run("accept", str(new["id"])).stdout
    (path,) = (home.root / "Mail/.Drafts/cur").iterdir()
    kept = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert "Fair winds," in kept.get_content() and kept.get_all("Subject") == ["The figures"]
    assert not [name for name in kept if name.startswith("X-Mutt")]


def test_what_a_mail_program_adds_on_its_own_reaches_nobody(home: Home) -> None:
    """Left as it was, or only with headers of the program's own, nothing changes; a stranger among
    the recipients and a file that was put in are refused; what was written is kept for the next."""
    number = drafted(home, "true")
    assert "Nothing was changed" in home.run("edit", number, "--mail").stdout

    def by(change: str, code: int = 0) -> str:
        text = home.config.read_text().splitlines()
        lines = [f"mail_editor = '''{change}'''" if "mail_editor" in one else one for one in text]
        home.config.write_text("\n".join(lines))
        done = home.run("edit", number, "--mail", code=code)
        return done.stdout + done.stderr

    assert "Nothing was changed" in by("sed -i '1i X-Mailer: x\\nBcc: eve@far.example'")
    told = by("sed -i 's/^To: .*/To: eve@far.example/'", code=1)
    assert "not somebody the user knows" in told and "is kept" in told
    assert [str(row["id"]) for row in home.json("offers")] == [number]
    told = by("sed -i -e 's/^To: .*/To: tom@oak.example/' -e 's/^Subject: .*/Subject: A map/'")
    assert "A map" in told and "eve@far.example" not in told


def test_where_there_is_no_program_it_is_said(home: Home) -> None:
    """Without a program the key is named; one that is not there, or is no command, says so."""
    number = drafted(home, "")
    told = home.run("edit", number, "--mail", code=1).stderr
    assert "No mail program is named" in told and "mail_editor" in told
    home.config.write_text(home.config.read_text().replace("''''''", "'/nowhere/mail'"))
    assert "cannot be started" in home.run("edit", number, "--mail", code=1).stderr
    home.config.write_text(home.config.read_text().replace("'/nowhere/mail'", "'mutt \"-E'"))
    assert "closing quotation" in home.run("edit", number, "--mail", code=1).stderr
