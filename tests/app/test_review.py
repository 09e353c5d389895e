"""The page of a whole offer: strangers' words lie on it, and do nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from homes import Home, bill, in_days

from samantha.app.assembly import Assembly
from samantha.app.config import load
from samantha.app.places import Places
from samantha.app.review import open_review
from samantha.app.session import joined

HOSTILE = '<img src="http://canary.example/x" onerror=alert(1)> `id` $(id) \u202eevil'


def page_of(home: Home, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the page of the first offer, as the daemon writes it."""
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", "/nowhere")  # so that no browser is opened
    places = Places.of_user()

    def written(a: Assembly) -> Path:
        return open_review(a, a.state.offers()[0].id)

    with joined(places, load(places.config_file)) as a:
        path = written(a)
    assert path.stat().st_mode & 0o077 == 0
    return path.read_text(encoding="utf-8")


def test_a_hostile_mail_is_text_on_the_page(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markup, scripts and direction marks of a mail are shown as what they are."""
    home.configure()
    text = bill(in_days(20)).replace("Total amount due: ", f"{HOSTILE}\nTotal amount due: ")
    text = text.replace("Stadtwerke Bach <", 'Stadtwerke "<b>Bach</b>" <')
    home.write("1.bill:2,S", text, folder="Mail/cur")
    assert home.json("run", "--once")
    page = page_of(home, monkeypatch)
    assert "default-src 'none'" in page
    tags = set(re.findall(r"<\s*([a-z0-9]+)", page))
    assert tags <= {"meta", "style", "title", "h1", "h2", "p", "blockquote", "br", "small", "ul",
                    "li", "code", "a", "pre"}  # fmt: skip
    assert "\u202e" not in page
    assert not re.search(r"(src|href)=.?https?:", page)
    assert "EUR 42.50" in page and "samantha accept 1" in page
