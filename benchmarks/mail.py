"""What a mail account costs: first copy, second start, a new mail, five accounts that idle.

Run with a dovecot of its own: `python benchmarks/mail.py [MAILS]`. Prints one JSON object a line.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import mail_servers
from homes import Home, Running

from samantha.adapters.imap import ImapSource, MailLink
from samantha.adapters.imap_account import Account, Server
from samantha.workers.secrets import credential_name


def said(**values: object) -> None:
    print(json.dumps(values), flush=True)


def mails(count: int) -> dict[str, bytes]:
    """Return mails of 1 to 8 kB, as many people write them."""
    chance = random.Random(1)
    words = "the harbour a letter rain on Friday we meet garden children train later".split()  # noqa: SIM905
    found = {}
    for n in range(count):
        text = " ".join(chance.choices(words, k=chance.randrange(150, 1_200)))
        body = "\n".join(text[i : i + 72] for i in range(0, len(text), 72))
        found[f"{1_700_000_000 + n}.{n}.bench"] = mail_servers.mail(n, body=body)
    return found


def account(dove: mail_servers.Dovecot, name: str) -> Account:
    return Account(
        name=name,
        address=f"{name}@berg.example",
        user=name,
        imap=Server("localhost", dove.tls_port),
        ca=str(dove.trust.ca),
        days=0,
    )


def source_of(root: Path, accounts: list[Account]) -> list[ImapSource]:
    link = MailLink(accounts, root, {})
    return [ImapSource(a, link, root / a.name) for a in accounts]


def copying(dove: mail_servers.Dovecot, root: Path, count: int) -> None:
    """The first copy, broken off by a kill in the middle; then the rest; then again."""
    given = mails(count)
    dove.fill("anna", given)
    (source,) = source_of(root, [account(dove, "anna")])
    started = time.monotonic()
    source.start(lambda change: None, lambda: None)
    while sum(1 for _ in source.scan()) < count // 2:
        time.sleep(0.2)
    source.stop()
    half, before = sum(1 for _ in source.scan()), time.monotonic() - started
    said(what="killed in the middle", mails=half, seconds=round(before, 1))
    started = time.monotonic()
    source.fetch()
    now = source.status()
    said(
        what="first copy, the rest after the kill",
        mails=sum(1 for _ in source.scan()) - half,
        seconds=round(time.monotonic() - started, 1),
        megabytes=round(now.fetched_now / 1e6, 1),
        complete=sorted(given.values()) == sorted(Path(p).read_bytes() for p, _ in source.scan()),
    )
    started = time.monotonic()
    source.fetch()
    said(
        what="second start",
        bytes=source.status().fetched_now,
        seconds=round(time.monotonic() - started, 2),
    )


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idling(dove: mail_servers.Dovecot, root: Path, seconds: float) -> None:
    """Five accounts, nothing happens."""
    accounts = []
    for n in range(5):
        dove.user(f"idle{n}")
        accounts.append(account(dove, f"idle{n}"))
    sources = source_of(root, accounts)
    for one in sources:
        one.start(lambda change: None, lambda: None)
    while any(one.status().state != "watching" for one in sources):
        time.sleep(0.2)
    time.sleep(5)
    pid = sources[0]._link.pid
    assert pid is not None
    before = cpu_s(pid)
    time.sleep(seconds)
    used = cpu_s(pid) - before
    rss = Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]
    said(
        what="five accounts idle",
        seconds=seconds,
        worker_cpu_s=round(used, 3),
        percent=round(100 * used / seconds, 3),
        worker_mb=round(int(rss) / 1024, 1),
    )
    for one in sources:
        one.stop()


CONFIG = """\
[user]
names = ["Anna"]
[[accounts]]
name = "anna"
address = "anna@berg.example"
user = "quick"
imap = "localhost"
imap_port = {port}
ca = "{ca}"
[model]
enabled = false
"""


def arriving(dove: mail_servers.Dovecot, folder: Path, times: int = 50, starts: int = 5) -> None:
    """From delivery to the index, through IDLE, with the whole daemon.

    First after ``starts`` starts, as soon as the daemon is ready; then ``times`` times, with pauses
    of up to some seconds, the last third while one core is busy with something else.
    """
    dove.user("quick")
    home = Home(folder / "home")
    home.root.mkdir()
    text = CONFIG.replace("{port}", str(dove.tls_port)).replace("{ca}", str(dove.trust.ca))
    home.configure(text)
    home.more["CREDENTIALS_DIRECTORY"] = os.environ["CREDENTIALS_DIRECTORY"]
    first = []
    for n in range(starts):
        running = Running(home, folder)
        running.wait_ready()
        first.append(until_indexed(dove, home, 1_000 + n))
        if n + 1 < starts:
            running.stop()
    took, loaded = [], []
    pids = [running.process.pid, *children(running.process.pid)]
    before, began = sum(map(cpu_s, pids)), time.monotonic()
    chance = random.Random(2)
    for n in range(times):
        if n == times * 2 // 3:
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        (took if n < times * 2 // 3 else loaded).append(until_indexed(dove, home, n))
        time.sleep(chance.uniform(0, 3))
    busy.kill()
    busy.wait()
    for what, found in (
        ("at once after a start", first),
        ("while running", took),
        ("beside a busy core", loaded),
    ):
        ordered = sorted(found)
        said(
            what=f"a new mail in the index, s after its delivery, {what}",
            mails=len(ordered),
            p50=round(ordered[len(ordered) // 2], 2),
            p95=round(ordered[int(len(ordered) * 0.95)], 2),
            max=round(ordered[-1], 2),
        )
    pids = [running.process.pid, *children(running.process.pid)]
    said(
        what="processor for these mails, daemon and workers",
        cpu_s=round(sum(map(cpu_s, pids)) - before, 2),
        seconds=round(time.monotonic() - began),
        load=round(os.getloadavg()[0], 1),
    )
    time.sleep(5)
    before = sum(map(cpu_s, pids))
    time.sleep(30)
    said(what="daemon and workers idle", cpu_s_in_30_s=round(sum(map(cpu_s, pids)) - before, 3))
    running.stop()


def until_indexed(dove: mail_servers.Dovecot, home: Home, number: int) -> float:
    """Deliver a mail and return how long it takes until the index holds it."""
    dove.deliver("quick", mail_servers.mail(number))
    started, name = time.monotonic(), f"<m{number}@example.org>"
    with closing(sqlite3.connect(home.root / ".state/samantha/index.db")) as index:
        index.isolation_level = None
        asked = "SELECT 1 FROM documents WHERE id = ?"
        while not index.execute(asked, (name,)).fetchone():
            time.sleep(0.01)
    return time.monotonic() - started


def children(pid: int) -> list[int]:
    told = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in told.stdout.split()]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trust = mail_servers.authority(folder / "ca")
        os.environ["CREDENTIALS_DIRECTORY"] = name
        for user in ("anna", *(f"idle{n}" for n in range(5))):
            (folder / credential_name(f"mail/{user}")).write_text(mail_servers.PASSWORD)
        with mail_servers.dovecot(trust) as dove:
            copying(dove, folder / "one", count)
            arriving(dove, folder)
            idling(dove, folder / "five", 60.0)


if __name__ == "__main__":
    main()
