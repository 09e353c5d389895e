"""The mail worker: the process that talks to mail servers and keeps copies of the accounts.

It is told the accounts once. ``once`` brings all up to date and answers; ``parts`` only fetches
what is asked for; ``keep`` goes on until the parent ends it, which is safe at any moment, and is
told to ``look`` when something is asked for. How an account is stands in a file beside its mails.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from samantha.adapters.imap_account import Account, account_of
from samantha.adapters.oauth import Credentials
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.mail_keeper import Keeper, Pace
from samantha.workers.network import only
from samantha.workers.process import begin_worker

_CLOCK_LOOK_S = 30.0
_SLEPT_S = 20.0


def hosts_of(accounts: Sequence[Account]) -> list[tuple[str, int]]:
    """Return the hosts and ports that the accounts stand for, with where tokens come from."""
    from samantha.adapters.oauth import token_place

    places = [(a.imap.host, a.imap.port) for a in accounts]
    places += [(a.smtp.host, a.smtp.port) for a in accounts if a.smtp]
    return places + [token_place(a.oauth) for a in accounts if a.oauth]


def keepers(header: Mapping[str, Any]) -> list[Keeper]:
    """Return a keeper for each account that a request names, below its own folder."""
    accounts = [account_of(one) for one in header["accounts"]]
    only(hosts_of(accounts))
    credentials, pace = Credentials(), Pace(**header.get("pace", {}))
    root = Path(header["root"])
    return [Keeper(a, root / a.name, credentials.word, pace) for a in accounts]


def in_parallel(works: Sequence[Callable[[], None]]) -> None:
    """Do this for all accounts; a slow server holds up its own account alone."""
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def keep(mine: Sequence[Keeper]) -> None:
    """Keep all accounts up to date, and notice when the computer slept."""
    threads = [threading.Thread(target=one.keep, daemon=True) for one in mine]
    for thread in threads:
        thread.start()
    before = asleep_s()
    # A keeper ends only by a defect of ours; then all begin anew.
    while all(thread.is_alive() for thread in threads):
        time.sleep(_CLOCK_LOOK_S)
        slept = asleep_s()
        if slept - before > _SLEPT_S:
            for one in mine:
                one.reconnect()
        before = slept


def asleep_s() -> float:
    """Return how long the computer slept since it was started."""
    if not sys.platform.startswith("linux"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def main() -> None:
    """Serve until the parent closes the pipe, or for ever when told to keep."""
    source, sink = begin_worker()
    os.umask(0o077)
    while True:
        try:
            header, _ = read_frame(source)
        except FrameClosed:
            return
        except FrameError:
            raise SystemExit(2) from None
        if header["op"] == "look":
            continue  # it came before there was anything to keep
        mine = keepers(header)
        if header["op"] == "keep":
            threading.Thread(target=_listen, args=(source, mine), daemon=True).start()
            keep(mine)
            os._exit(1)
        in_parallel([one.parts if header["op"] == "parts" else one.once for one in mine])
        write_frame(sink, {"ok": True})


def _listen(source: int, mine: Sequence[Keeper]) -> None:
    """Have asked parts looked up when told so; end the process when the parent closes its end."""
    try:
        while True:
            read_frame(source)
            for one in mine:
                one.want_parts()
    except FrameError:
        os._exit(0)


if __name__ == "__main__":
    main()
