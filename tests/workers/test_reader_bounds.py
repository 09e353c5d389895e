from __future__ import annotations

import hashlib
import io
import os
import select
import signal
import subprocess
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from samantha.adapters.reader import JailedReader
from samantha.api.types import Document
from samantha.core.ports import Unreadable

Read = Callable[..., Document]
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def docx(xml: bytes, **more: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", xml)
        for name, data in more.items():
            archive.writestr(name, data)
    return stream.getvalue()


def heavy_page() -> bytes:
    """Return a page whose tree is many times its own size."""
    return b"<i></i>" * (6 * 2**20)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(read: Read) -> None:
    """By ratio, by sum and by number of entries."""
    with pytest.raises(Unreadable, match="bomb"):
        read("a.docx", docx(b"<a/>", bomb=b"\0" * (50 * 2**20)))
    with pytest.raises(Unreadable, match="200 MiB"):
        read("b.docx", docx(b"<a/>", **{f"b{n}": b"\0" * (70 * 2**20) for n in range(3)}))
    with pytest.raises(Unreadable, match="10,000 files"):
        read("c.docx", docx(b"<a/>", **{f"b{n}": b"" for n in range(10_001)}))


def test_entities_are_not_expanded(read: Read) -> None:
    """A billion laughs stay one."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = (
        f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]><w:document xmlns:w="{space}"><w:p><w:r>'
        "<w:t>dry &l9;</w:t></w:r></w:p></w:document>"
    )
    assert "haha" not in read("a.docx", docx(xml.encode())).text


def test_a_memory_bomb_ends_the_worker_and_the_next_document_is_read(
    read: Read, reader: JailedReader
) -> None:
    """The cap holds; the queue goes on."""
    with pytest.raises(Unreadable):
        read("bomb.html", heavy_page())
    assert read("a.txt", "still here").text == "still here"


def test_a_document_has_ten_seconds_of_the_processor_and_no_more(tmp_path: Path) -> None:
    """The kernel ends the worker; the reader says so and starts another."""
    path = tmp_path / "page.html"
    path.write_bytes(b"<p>a</p>" * 500_000)
    reader = JailedReader(cpu_s=0.1)
    try:
        with pytest.raises(Unreadable, match="too long") as caught:
            reader.read(str(path), "test", "file")
        assert caught.value.again
        path.write_bytes(b"<p>a</p>")
        assert reader.read(str(path), "test", "file").text == "a"
    finally:
        reader.close()


def test_a_worker_that_hangs_is_killed_at_the_deadline(tmp_path: Path) -> None:
    """Stopped in its tracks, as by a driver or debugger, it costs the wall time and no more."""
    path = tmp_path / "a.txt"
    path.write_text("text")
    reader = JailedReader(wall_s=0.5)
    try:
        reader.layers()
        first = reader.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        with pytest.raises(Unreadable, match="too long") as caught:
            reader.read(str(path), "test", "file")
        assert caught.value.again
        assert reader.read(str(path), "test", "file").text == "text"
        assert reader.pid != first
    finally:
        reader.close()


def test_a_killed_worker_is_started_anew(tmp_path: Path) -> None:
    """Nobody need notice."""
    path = tmp_path / "a.txt"
    path.write_text("text")
    reader = JailedReader()
    try:
        reader.layers()
        assert reader.pid is not None
        os.kill(reader.pid, signal.SIGKILL)
        assert _second_try(reader, str(path)).text == "text"
    finally:
        reader.close()


def test_closing_does_not_wait_for_a_document_that_hangs(tmp_path: Path) -> None:
    """A stop in the middle of a read takes two seconds at most, and the read ends in words."""
    path = tmp_path / "a.txt"
    path.write_text("text")
    reader = JailedReader()
    reader.layers()
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGSTOP)
    reasons: list[str] = []
    begun = threading.Event()

    def work() -> None:
        begun.set()
        try:
            reader.read(str(path), "test", "file")
        except Unreadable as error:
            reasons.append(error.reason)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(5)
    reader.close()
    thread.join(5)
    assert len(reasons) == 1


def _second_try(reader: JailedReader, path: str) -> Document:
    try:
        return reader.read(path, "test", "file")
    except Unreadable as error:
        assert error.again
        return reader.read(path, "test", "file")


def test_the_worker_dies_with_its_parent() -> None:
    """A killed daemon leaves no process behind, even one that is busy."""
    code = (
        "import os, signal\nfrom samantha.adapters.reader import JailedReader\n"
        "r = JailedReader(); r.layers(); print(r.pid, flush=True)\n"
        "os.kill(r.pid, signal.SIGSTOP); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    try:
        fd = os.pidfd_open(int(run.stdout))
    except ProcessLookupError:
        return
    try:
        poller = select.poll()
        poller.register(fd, select.POLLIN)
        assert poller.poll(5000), "the worker outlived its parent"
    finally:
        os.close(fd)


def test_only_ordinary_files_are_opened(reader: JailedReader, tmp_path: Path) -> None:
    """Links, pipes, folders and what is gone are refused at once, without waiting."""
    (tmp_path / "real.txt").write_text("text")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    reasons = {}
    for name in ("link.txt", "pipe.txt", "folder.txt", "gone.txt"):
        with pytest.raises(Unreadable) as caught:
            reader.read(str(tmp_path / name), "test", "file")
        reasons[name] = caught.value.reason
    assert "link" in reasons["link.txt"]
    assert "ordinary" in reasons["pipe.txt"]
    assert "ordinary" in reasons["folder.txt"]
    assert "no longer" in reasons["gone.txt"]


def test_a_file_over_fifty_mib_is_not_even_read(reader: JailedReader, tmp_path: Path) -> None:
    """The size is asked before the first byte."""
    path = tmp_path / "big.txt"
    with path.open("wb") as stream:
        stream.truncate(50 * 2**20 + 1)
    with pytest.raises(Unreadable, match="50 MiB"):
        reader.read(str(path), "test", "file")


def test_fingerprint_size_and_an_undecodable_name_are_kept(
    reader: JailedReader, tmp_path: Path
) -> None:
    """The path stays byte for byte what the disk calls it."""
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "wb") as stream:
        stream.write(b"hello there")
    document = reader.read(os.fsdecode(path), "test", "file")
    assert os.fsencode(document.path) == path
    assert document.id == document.path
    assert document.fingerprint == hashlib.sha256(b"hello there").hexdigest()
    assert document.size_bytes == 11
    document.title.encode("utf-8")


def test_many_threads_share_one_worker(reader: JailedReader, tmp_path: Path) -> None:
    """Answers never get mixed up."""
    for n in range(40):
        (tmp_path / f"{n}.txt").write_text(f"text {n}")
    wrong: list[int] = []

    def work(numbers: range) -> None:
        for n in numbers:
            if reader.read(str(tmp_path / f"{n}.txt"), "test", "file").text != f"text {n}":
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(range(k, 40, 4),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["doc_torture", "mime_torture", "ics_vcf"])
def test_torture_sets_are_read_or_refused_with_a_reason(reader: JailedReader, folder: str) -> None:
    """No crash, no hang: a document or a reason for each, and never the same worker lost twice."""
    if not (SHARED / folder).is_dir():
        pytest.skip(f"{folder} is not there")
    media = "mail" if folder == "mime_torture" else "file"
    outcomes: Counter[str] = Counter()
    reader.layers()
    first = reader.pid
    for path in sorted(p for p in (SHARED / folder).rglob("*") if p.is_file()):
        try:
            document = reader.read(str(path), "test", media)
        except Unreadable as error:
            assert error.reason and not error.again, path
            outcomes["refused"] += 1
            continue
        outcomes["read"] += 1
        assert all(0 <= r.start <= r.end <= len(document.text) for r in document.regions)
    assert reader.pid == first
    assert outcomes["read"] > outcomes["refused"]
