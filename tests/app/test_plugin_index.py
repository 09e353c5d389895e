"""A plugin index is believed by its signature alone, from a folder and over https."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from local_ca import Authority

from samantha.adapters.plugin_index_fetch import Unreachable, fetch
from samantha.adapters.plugin_index_signature import new_key, public_key
from samantha.api.errors import UserError
from samantha.app.places import Places
from samantha.app.plugin_index import (
    INDEX_BYTES,
    LASTS,
    Entry,
    KnownIndex,
    index_text,
    look_up,
    matching,
    read_index,
)

WHEEL = b"the bytes of a wheel"
KEY = new_key()
ISSUED = datetime(2026, 5, 1, tzinfo=UTC)
NOW = ISSUED + timedelta(days=9)


def entry(name: str = "tides", summary: str = "Tells when the tide is out.") -> Entry:
    """Return a plugin of an index."""
    return Entry(
        name=name,
        version="1.0",
        api=1,
        summary=summary,
        reads=("mail",),
        proposes=("remind",),
        wheel=f"{name}-1.0-py3-none-any.whl",
        sha256=hashlib.sha256(WHEEL).hexdigest(),
        size_bytes=len(WHEEL),
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    names = ("config", "data", "state", "cache", "run")
    return Places(*(tmp_path / name for name in names)).make()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an index and its wheel, as its keeper publishes it."""
    place = tmp_path / "published"
    place.mkdir()
    issue(place, 1)
    (place / "tides-1.0-py3-none-any.whl").write_bytes(WHEEL)
    return place


def issue(place: Path, serial: int, *entries: Entry, key: str = KEY) -> None:
    text = index_text(entries or (entry(), entry("rsvp", "Answers.")), serial, ISSUED, key)
    (place / "plugins.index").write_bytes(text)


def known(folder: Path | str, key: str = KEY) -> KnownIndex:
    return KnownIndex("friends", f"{folder}/plugins.index", public_key(key))


def test_an_index_in_a_folder_is_searched_and_its_wheel_had(folder: Path, places: Places) -> None:
    """All words must be in name or summary; the wheel is the one whose sha256 is named."""
    found, notes = look_up([known(folder)], places, NOW)
    assert notes == [] and [one.entry.name for one in found] == ["tides", "rsvp"]
    assert [one.entry.name for one in matching(found, ["TIDE", "out"])] == ["tides"]
    assert matching(found, ["tide", "rsvp"]) == []
    assert found[0].wheel() == WHEEL


def test_each_changed_byte_is_seen(folder: Path) -> None:
    """Of the signed text and of the signature, whatever is changed, nothing is believed."""
    data = (folder / "plugins.index").read_bytes()
    assert len(read_index(data, known(folder)).plugins) == 2
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(UserError):
            read_index(changed, known(folder))


def test_another_key_and_another_text_are_refused(folder: Path) -> None:
    """A well-formed index of a stranger's, a page of HTML, an empty file."""
    for wrong, words in (
        (known(folder, new_key()), "signature"),
        (replace(known(folder), key="short"), "public key"),
    ):
        with pytest.raises(UserError, match=words):
            read_index((folder / "plugins.index").read_bytes(), wrong)
    for data in (b"", b"<html>Log in</html>", b"samantha-plugins 1 \n{}", b"\xff\xfe\n"):
        with pytest.raises(UserError):
            read_index(data, known(folder))


def test_an_exchanged_wheel_is_refused(folder: Path, places: Places) -> None:
    """The index is right and the file beside it is not: nothing is handed on."""
    (found, _), _ = look_up([known(folder)], places, NOW)
    (folder / found.entry.wheel).write_bytes(b"other bytes")
    with pytest.raises(UserError, match="is not the file"):
        found.wheel()


def test_an_older_issue_is_refused(folder: Path, places: Places) -> None:
    """Whoever shows an old list, to hide what was taken out of it, is found out."""
    issue(folder, 7)
    look_up([known(folder)], places, NOW)
    issue(folder, 6)
    with pytest.raises(UserError, match="older"):
        look_up([known(folder)], places, NOW)


def test_another_list_of_the_same_number_is_refused(folder: Path, places: Places) -> None:
    """Whoever shows each user a list of their own is found out by whoever saw another one."""
    look_up([known(folder)], places, NOW)
    issue(folder, 1, entry("tides", "Another summary."))
    with pytest.raises(UserError, match="another list"):
        look_up([known(folder)], places, NOW)
    issue(folder, 2, entry("tides", "Another summary."))
    (found,), _ = look_up([known(folder)], places, NOW)
    assert found.entry.summary == "Another summary."


def test_nothing_is_installed_from_an_index_that_is_out_of_date(
    folder: Path, places: Places
) -> None:
    """Who holds back newer issues is believed for half a year at most; a search says so."""
    last = ISSUED + LASTS
    for now, late in ((last - timedelta(seconds=1), False), (last, True)):
        (found, _), notes = look_up([known(folder)], places, now)
        assert found.expired == late and bool(notes) == late
    assert "out of date since 2026-10-28" in notes[0]
    with pytest.raises(UserError, match="is out of date"):
        found.wheel()
    issue(folder, 2)
    (folder / "plugins.index").rename(folder / "kept")
    (found, _), notes = look_up([known(folder)], places, last)
    assert found.expired and len(notes) == 2, "a copy without a network grows old as well"


def test_after_a_change_of_keys_the_old_key_vouches_for_nothing(
    folder: Path, places: Places
) -> None:
    """The keeper signs with a new key and counts anew; who has it in config.toml goes on."""
    issue(folder, 7)
    look_up([known(folder)], places, NOW)
    fresh = new_key()
    issue(folder, 1, key=fresh)
    with pytest.raises(UserError, match="signature"):
        look_up([known(folder)], places, NOW)
    found, notes = look_up([known(folder, fresh)], places, NOW)
    assert len(found) == 2 and notes == []
    issue(folder, 8)
    with pytest.raises(UserError, match="signature"):
        look_up([known(folder, fresh)], places, NOW)


def test_without_the_place_the_last_copy_answers(folder: Path, places: Places) -> None:
    """And says that it is a copy, and of when; without one the trouble itself is told."""
    with pytest.raises(Unreachable):
        look_up([known(folder / "elsewhere")], places, NOW)
    look_up([known(folder)], places, NOW)
    (folder / "plugins.index").unlink()
    found, (note,) = look_up([known(folder)], places, NOW)
    assert len(found) == 2 and "2026-05-01" in note
    elsewhere = replace(known(folder / "elsewhere"), name="others")
    found, (note, left_out) = look_up([known(folder), elsewhere], places, NOW)
    assert len(found) == 2 and "'others' is left out" in left_out


def test_a_copy_of_another_key_vouches_for_nothing(folder: Path, places: Places) -> None:
    """After the key in config.toml was changed the old copy is as if it were not there."""
    look_up([known(folder)], places, NOW)
    other = new_key()
    (folder / "plugins.index").unlink()
    with pytest.raises(Unreachable):
        look_up([known(folder, other)], places, NOW)


# --- over https ------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    folder: Path
    asked: list[tuple[str, dict[str, str]]]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/plugins.index")
            self.end_headers()
            return
        data = b"x" * (INDEX_BYTES + 1) if self.path == "/endless" else b""
        path = self.server.folder / self.path.lstrip("/")
        if not data and not path.is_file():
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data or path.read_bytes())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[tuple[_Server, str, str]]:
    """The folder, served over https by a name of a test's own authority."""
    authority = Authority(tmp_path)
    one = _Server(("127.0.0.1", 0), _Handler)
    one.folder, one.asked = folder, []
    one.socket = authority.server("localhost").wrap_socket(one.socket, server_side=True)
    thread = threading.Thread(target=one.serve_forever)
    thread.start()
    try:
        yield one, f"https://localhost:{one.server_port}", str(authority.file)
    finally:
        one.shutdown()
        thread.join()
        one.server_close()


def test_an_index_and_its_wheel_come_over_https(
    server: tuple[_Server, str, str], places: Places
) -> None:
    """Two requests, to the one host, with nothing sent along that tells of the user."""
    at, address, ca = server
    (found, _), _ = look_up([replace(known(address), ca=ca)], places, NOW)
    assert found.wheel() == WHEEL
    assert [path for path, _ in at.asked] == ["/plugins.index", f"/{found.entry.wheel}"]
    sent = {name.lower() for _, headers in at.asked for name in headers}
    assert sent <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_a_server_that_is_not_trusted_is_told_nothing(server: tuple[_Server, str, str]) -> None:
    """Its certificate is of no authority that is known here: no request is made."""
    at, address, _ = server
    with pytest.raises(Unreachable):
        fetch(f"{address}/plugins.index", INDEX_BYTES)
    assert at.asked == []


def test_no_redirect_no_flood_and_no_plain_http(server: tuple[_Server, str, str]) -> None:
    """It goes nowhere but to the address, and takes no more than it asked for."""
    at, address, ca = server
    for path, words in (("/moved", "302"), ("/endless", "larger"), ("/absent", "404")):
        with pytest.raises(UserError, match=words):
            fetch(address + path, INDEX_BYTES, ca=ca)
    assert [path for path, _ in at.asked] == ["/moved", "/endless", "/absent"]
    for place in (address.replace("https", "http"), "ftp://localhost/x", "https://"):
        with pytest.raises(UserError):
            fetch(place, INDEX_BYTES, ca=ca)
    assert len(at.asked) == 3
