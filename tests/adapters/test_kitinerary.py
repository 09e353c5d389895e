"""KItinerary's extractor in its jail: hostile programs in its place, and the real one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samantha.adapters import kitinerary
from samantha.adapters.kitinerary import IN_A_ROW, KItinerary, installed
from samantha.adapters.reader_bookings import REGION, BookingReader
from samantha.api import Document
from samantha.signals import reservation_marked
from samantha.signals.facts import facts
from samantha.signals.reservations import worth_extracting
from samantha.workers.extractor_jail import NEEDED

DAY = datetime(2026, 4, 2, tzinfo=UTC)
PATIENT_S = 90.0

PROGRAM = r"""
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
static void *thread(void *x) { return x; }
static const char *told(int failed) { return failed ? strerror(errno) : "allowed"; }
#define TRY(name, call) errno = 0; printf(", \"%s\": \"%s\"", name, told((call) < 0))
int main(int argc, char **argv) {
    char word[4096] = "", path[2048] = "";
    int got = 0, n;
    while (got < 4095 && (n = read(0, word + got, 4095 - got)) > 0) got += n;
    char deed[16] = "", *told_to = strstr(word, "DEED ");
    if (told_to) sscanf(told_to + 5, "%15s %2000s", deed, path);
    signal(SIGTERM, SIG_IGN); signal(SIGALRM, SIG_IGN); signal(SIGXCPU, SIG_IGN);
    if (!strcmp(deed, "hang")) for (;;) pause();
    if (!strcmp(deed, "spin")) for (;;) { volatile int x = 1; (void)x; }
    if (!strcmp(deed, "flood")) for (;;) if (write(1, word, sizeof word) < 0) _exit(0);
    if (!strcmp(deed, "crash")) { int *volatile none = 0; *none = 1; }
    if (!strcmp(deed, "fail")) return 3;
    if (!strcmp(deed, "nonsense")) { puts("[{\"@type\":"); return 0; }
    if (!strcmp(deed, "shut")) { close(1); for (;;) pause(); }
    if (!strcmp(deed, "eat")) {
        size_t all = 0;
        for (char *p; (p = malloc(1 << 20)); all += 1) memset(p, 1, 1 << 20);
        printf("[%zu]", all);
        return 0;
    }
    char *none[] = {0}, *self[] = {argv[0], 0};
    pthread_t id;
    struct rlimit more = {4096, 4096};
    printf("{\"deed\": \"%s\", \"argv\": \"%s\"", deed, argc > 4 ? argv[4] : "");
    TRY("read the document's folder", open(path, O_RDONLY));
    TRY("read passwords", open("/etc/passwd", O_RDONLY));
    TRY("read processes", open("/proc/self/environ", O_RDONLY));
    TRY("write a file", open("/tmp/samantha-stand-in", O_WRONLY | O_CREAT, 0600));
    TRY("change the document", write(0, "x", 1));
    TRY("unlink", unlink(path));
    TRY("socket", socket(AF_INET, SOCK_STREAM, 0));
    TRY("unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
    TRY("fork", fork());
    TRY("vfork", (int)vfork());
    TRY("run a shell", execve("/bin/sh", none, none));
    TRY("run the loader", execve("/lib64/ld-linux-x86-64.so.2", none, none));
    TRY("run itself", execve(argv[0], self, none));
    TRY("run by descriptor", fexecve(open(argv[0], O_RDONLY), self, none));
    TRY("take its number", dup2(0, 1000));
    TRY("take a number so high", fcntl(0, F_DUPFD, 1000));
    TRY("raise a limit", setrlimit(RLIMIT_NOFILE, &more));
    TRY("kill its parent", kill(getppid(), SIGKILL));
    TRY("have a pipe kill it", fcntl(1, F_SETOWN, getppid()));
    TRY("outlive it", prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
    TRY("thread", -pthread_create(&id, 0, thread, 0));
    TRY("read a library", open("/usr/lib/os-release", O_RDONLY));
    puts("}");
    return 0;
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a program that does as the document says, in the place of the extractor."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (.ci/packages)")
    folder = tmp_path_factory.mktemp("program")
    (folder / "p.c").write_text(PROGRAM)
    # Static, so that it needs nothing of a folder that it may not look into.
    command = ["cc", "-static", "-w", "-O1", "-o", str(folder / "p"), str(folder / "p.c")]
    built = subprocess.run(command, capture_output=True, text=True, timeout=PATIENT_S)
    if built.returncode:
        pytest.skip("the C compiler builds no static program")
    return str(folder / "p")


@pytest.fixture
def extractor(program: str) -> Iterator[Callable[..., KItinerary]]:
    """Return a way to make extractors of the stand-in, each with short bounds; all are closed."""
    made: list[KItinerary] = []

    def make(**bounds: float) -> KItinerary:
        one = KItinerary(program, **{"wall_s": PATIENT_S, **bounds})  # type: ignore[arg-type]
        made.append(one)
        if not set(NEEDED) <= set(one.layers()):
            pytest.skip("this kernel cannot lock a program in")
        return one

    yield make
    for one in made:
        one.close()


def test_a_program_in_the_jail_can_do_nothing_but_answer(
    extractor: Callable[..., KItinerary], tmp_path: Path
) -> None:
    """No file of the user's, no writing, no socket, no process, thread, signal or other program."""
    kept = tmp_path / "kept"
    kept.write_text("mine")
    said = json.loads(extractor().extract(f"DEED probe {kept}".encode(), DAY))
    assert (said.pop("deed"), said.pop("argv")) == ("probe", DAY.isoformat())
    assert said.pop("read a library") == "allowed"
    assert said.pop("take a number so high") == os.strerror(errno.EINVAL)
    refused = {os.strerror(errno.EPERM), os.strerror(errno.EACCES)}
    assert said.pop("change the document") in (*refused, os.strerror(errno.EFBIG))
    assert {deed: why for deed, why in said.items() if why not in refused} == {}
    assert len(said) == 19
    assert kept.read_text() == "mine"


@pytest.mark.parametrize(
    ("deed", "bounds", "reason"),
    [
        ("hang", {"wall_s": 0.5}, "it took too long"),
        ("shut", {"wall_s": 0.5}, "it took too long"),
        ("spin", {"cpu_s": 1}, "it took too long"),
        ("flood", {"most_bytes": 100_000}, "it said too much"),
        ("crash", {}, "it died"),
        ("fail", {}, "it failed (3)"),
    ],
)
def test_what_goes_wrong_costs_its_own_answer_alone(
    extractor: Callable[..., KItinerary], deed: str, bounds: dict[str, float], reason: str
) -> None:
    """It is ended, whatever signals it ignores; the reason is told, and the next one is asked."""
    one = extractor(**bounds)
    assert one.extract(f"DEED {deed}".encode(), DAY) == b""
    assert one.state() == ("failing", reason)
    assert b'"deed": "well"' in one.extract(b"DEED well /none", DAY)
    assert one.state()[0] == "ready"


def test_memory_is_bounded(extractor: Callable[..., KItinerary]) -> None:
    """A program gets as much as its bound says, in MiB."""
    said = json.loads(extractor(memory_bytes=200 * 2**20).extract(b"DEED eat", DAY))
    assert 50 < said[0] < 200


def test_one_that_always_fails_is_left_alone(
    extractor: Callable[..., KItinerary], caplog: pytest.LogCaptureFixture
) -> None:
    """After some failures in a row nothing is started for a while; the reason is logged once."""
    one = extractor()
    for _ in range(IN_A_ROW):
        assert one.extract(b"DEED crash", DAY) == b""
    assert one.extract(b"DEED well /none", DAY) == b""
    assert one.state() == ("failing", "it died; it is left alone for a while")
    assert len(caplog.records) == 1


def running(program: str) -> bool:
    """Tell whether a process runs this program."""
    for entry in Path("/proc").glob("[0-9]*/exe"):
        with contextlib.suppress(OSError):
            if str(entry.readlink()) == program:
                return True
    return False


def test_the_program_dies_with_the_daemon_s_end(
    extractor: Callable[..., KItinerary], program: str
) -> None:
    """Closing does not wait for a program that hangs, and leaves none behind."""
    one = extractor(wall_s=10 * PATIENT_S)
    asking = threading.Thread(target=one.extract, args=(b"DEED hang", DAY), daemon=True)
    asking.start()
    tick, until = threading.Event(), time.monotonic() + PATIENT_S
    while not running(program) and time.monotonic() < until:
        tick.wait(0.01)
    assert running(program)
    one.close()
    asking.join(PATIENT_S)
    assert not asking.is_alive()
    while running(program) and time.monotonic() < until:
        tick.wait(0.01)
    assert not running(program)


def test_without_the_program_nothing_is_started() -> None:
    """Where it is not installed, no process is either."""
    one = KItinerary("")
    assert one.extract(b"x", DAY) == b""
    assert one.state() == ("absent", "KItinerary's extractor is not installed; own rules read them")


# --- through the reader ------------------------------------------------------------------------

BODY = "Your booking QX7RT2 is confirmed. Flight from Vienna to Lisbon at 07:10, gate closes 06:40."


def read(extractor: KItinerary, *paths: Path) -> list[Document]:
    """Return mails as the daemon reads them, with what is seen in them."""
    reader = BookingReader(extractor, worth_extracting)
    try:
        found = [reader.read(str(path), "test", "mail") for path in paths]
    finally:
        reader.close()
    return [replace(d, analysis=replace(d.analysis, signals=facts(d, UTC, "en"))) for d in found]


def a_mail(folder: Path, body: str, markup: bytes = b"") -> Path:
    """Write a mail, with markup as a file."""
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"] = "Air <noreply@air.example>", "ada@moor.example"
    message["Subject"], message["Date"] = "Your trip", "Thu, 02 Apr 2026 10:00:00 +0000"
    message["Message-ID"] = "<1@air.example>"
    message.set_content(body)
    if markup:
        message.add_attachment(
            markup, maintype="application", subtype="ld+json", filename="booking.json"
        )
    folder.mkdir(exist_ok=True)
    path = folder / "mail.eml"
    path.write_bytes(message.as_bytes())
    return path


def test_a_mail_is_read_as_without_it(extractor: Callable[..., KItinerary], tmp_path: Path) -> None:
    """A program that fails, floods, or says what is no JSON, changes nothing of a document."""
    deeds = ("crash", "flood", "nonsense")
    paths = [a_mail(tmp_path / deed, f"DEED {deed}\n{BODY}") for deed in deeds]
    without = read(KItinerary(""), *paths)
    assert all(map(worth_extracting, without))
    assert read(extractor(most_bytes=100_000), *paths) == without


def test_reader_and_signals_name_the_region_alike() -> None:
    """What the one writes the other finds."""
    assert reservation_marked.EXTRACTED == REGION
    assert set(NEEDED) == kitinerary.NEEDED


FLIGHT = {
    "@context": "http://schema.org",
    "@type": "FlightReservation",
    "reservationNumber": "QX7RT2",
    "reservationFor": {
        "@type": "Flight",
        "flightNumber": "451",
        "airline": {"@type": "Airline", "name": "Some Air", "iataCode": "OS"},
        "departureAirport": {"@type": "Airport", "name": "Vienna", "iataCode": "VIE"},
        "arrivalAirport": {"@type": "Airport", "name": "Lisbon", "iataCode": "LIS"},
        "departureTime": "2026-05-03T07:10:00",
        "arrivalTime": "2026-05-03T10:05:00",
    },
}


@pytest.fixture
def real() -> Iterator[KItinerary]:
    """Return the extractor that is installed here."""
    if not installed():
        pytest.skip("libkpimitinerary-bin not installed (.ci/packages)")
    one = KItinerary(installed(), wall_s=PATIENT_S)
    if not set(NEEDED) <= set(one.layers()):
        pytest.skip("this kernel cannot lock a program in")
    yield one
    one.close()


def test_the_real_extractor_reads_in_its_jail(real: KItinerary, tmp_path: Path) -> None:
    """What it reads in an attachment that we do not, with the zones of the airports it knows."""
    path = a_mail(tmp_path, "Your booking QX7RT2 is confirmed.", json.dumps(FLIGHT).encode())
    assert read(KItinerary(""), path)[0].signals("reservation") == ()
    (found,) = read(real, path)
    assert real.state()[0] == "ready"
    (signal,) = found.signals("reservation")
    value = dict(signal.value)  # type: ignore[call-overload]
    assert value["start"] == "2026-05-03T07:10:00+02:00"
    assert value["end"] == "2026-05-03T10:05:00+01:00"
    # No text says it: its own lines are the evidence.
    assert found.regions[-1].name == REGION
    assert found.regions[-1].start <= signal.start
    assert found.text[signal.start : signal.end] == signal.quote


@pytest.mark.parametrize("size", [0, 1, 20_000])
def test_the_real_extractor_survives_what_is_no_ticket(real: KItinerary, size: int) -> None:
    """Bytes that are nothing give nothing, and leave it ready."""
    assert json.loads(real.extract(bytes(range(256)) * size, DAY) or b"[]") == []
    assert real.state()[0] == "ready"
