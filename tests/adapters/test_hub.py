"""The hub: resumed after a cut, checked byte by byte, and every failure told with what to type."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_hub import REVISION, Hub, local_hub

from samantha.adapters import hub
from samantha.adapters.hub_download import pull
from samantha.api.errors import UserError

DATA = os.urandom(900_000)
NAME = "anna/small-GGUF/small-Q4_K_M.gguf"
WANTED = hub.Reference("anna/small-GGUF", "small-Q4_K_M.gguf")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub on this machine that holds one file."""
    with local_hub() as one:
        one.files[NAME] = DATA
        monkeypatch.setenv("HF_ENDPOINT", one.address)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield one


class Pulled:
    """One pull into a folder, and what is there after it."""

    def __init__(self, folder: Path) -> None:
        self.target = folder / "models" / "small.gguf"
        self.part = folder / "models" / "parts" / "small.part"
        self.counted = 0

    def run(self, remote: hub.RemoteFile | None = None, waits_s: tuple[float, ...] = (0,)) -> None:
        """Pull the file."""
        self.counted = 0
        remote = remote or hub.ask(WANTED)
        pull(remote, self.part, self.target, self._count, again="AGAIN", waits_s=waits_s)

    def _count(self, count: int) -> None:
        self.counted += count

    @property
    def here(self) -> list[str]:
        """The names of all files that are there."""
        folder = self.target.parent
        return sorted(p.name for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def pulled(tmp_path: Path) -> Pulled:
    """A folder to pull into."""
    return Pulled(tmp_path)


def test_the_hub_says_what_a_file_must_be(served: Hub) -> None:
    """Size, revision and sha256 come from the hub; the licence from the repository's tags."""
    served.licences["anna/small-GGUF"] = "apache-2.0"
    found = hub.ask(WANTED)
    digest = hashlib.sha256(DATA).hexdigest()
    assert found == hub.RemoteFile(WANTED.repo, WANTED.file, REVISION, len(DATA), digest)
    assert hub.licence(WANTED.repo) == "apache-2.0"


def test_nothing_but_the_question_is_sent(served: Hub, pulled: Pulled, tmp_path: Path) -> None:
    """No token of the user, no description of the machine goes along with any request."""
    served.licences["anna/small-GGUF"] = "mit"
    (tmp_path / "token").write_text("hf_canarycanarycanary")
    code = (
        "from pathlib import Path\n"
        "from samantha.adapters import hub, hub_download as d\n"
        f"w = hub.Reference({WANTED.repo!r}, {WANTED.file!r})\n"
        "r = hub.ask(w); hub.licence(w.repo)\n"
        f"d.pull(r, Path({str(pulled.part)!r}), Path({str(pulled.target)!r}), int, again='')\n"
    )
    environment = {
        **os.environ,
        "HF_TOKEN": "hf_canarycanarycanary",
        "HF_TOKEN_PATH": str(tmp_path / "token"),
        "HF_HOME": str(tmp_path / "hf"),
    }
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert [method for method, _, _ in served.requests] == ["HEAD", "GET", "GET"]
    for _, path, headers in served.requests:
        assert "canary" not in path + str(headers) and "authorization" not in headers
        assert headers["user-agent"].startswith("samantha")
        assert "python" not in headers["user-agent"].lower()
    assert not (tmp_path / "hf").exists()


def test_a_pull_gives_the_file_its_name_at_the_end(served: Hub, pulled: Pulled) -> None:
    """The file is whole, private, and nothing lies beside it."""
    pulled.run()
    assert pulled.target.read_bytes() == DATA and pulled.here == ["small.gguf"]
    assert pulled.target.stat().st_mode & 0o777 == 0o600
    assert pulled.part.parent.stat().st_mode & 0o777 == 0o700
    assert pulled.counted == len(DATA)


def test_a_redirect_to_another_host_is_followed(served: Hub, pulled: Pulled) -> None:
    """Large files lie elsewhere than the hub; their sha256 is the hub's word all the same."""
    served.redirects = True
    pulled.run()
    assert pulled.target.read_bytes() == DATA
    assert [path.startswith("/cdn/") for _, path, _ in served.requests] == [False, False, True]


def test_a_cut_connection_is_resumed_at_the_very_byte(served: Hub, pulled: Pulled) -> None:
    """After two cuts the file is whole, and no byte was asked for twice."""
    served.cuts = [300_001, 200_002]
    pulled.run()
    assert pulled.target.read_bytes() == DATA and pulled.counted == len(DATA)
    assert served.ranges() == ["", "bytes=300001-", "bytes=500003-"]


def test_a_connection_that_stays_cut_keeps_what_is_here(served: Hub, pulled: Pulled) -> None:
    """When all tries fail the user is told how much is here, and the next pull goes on."""
    served.cuts = [400_000, 0, 0]
    with pytest.raises(UserError) as told:
        pulled.run(waits_s=(0, 0))
    assert "44 % is here" in told.value.what and told.value.type_this == "AGAIN"
    assert pulled.here == ["small.part"] and pulled.part.read_bytes() == DATA[:400_000]
    pulled.run()
    assert pulled.target.read_bytes() == DATA and pulled.counted == len(DATA)
    assert served.ranges()[-1] == "bytes=400000-"


def test_a_killed_pull_goes_on_where_it_was(served: Hub, pulled: Pulled) -> None:
    """`kill -9` in the middle costs nothing of what had arrived."""
    served.held_after = 500_000
    code = (
        "import sys; from pathlib import Path\n"
        "from samantha.adapters import hub, hub_download as d\n"
        "n = 0\n"
        "def count(k):\n"
        "    global n; n += k\n"
        "    if n == 500_000: print('half', flush=True)\n"
        f"r = hub.ask(hub.Reference({WANTED.repo!r}, {WANTED.file!r}))\n"
        f"d.pull(r, Path({str(pulled.part)!r}), Path({str(pulled.target)!r}), count, again='')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"half\n"
        with pytest.raises(UserError, match="being fetched already"):
            pulled.run()
        child.send_signal(signal.SIGKILL)
    assert pulled.here == ["small.part"] and pulled.part.stat().st_size == 500_000
    served.held_after = 0
    served.released.set()
    pulled.run()
    assert pulled.target.read_bytes() == DATA and served.ranges()[-1] == "bytes=500000-"


@pytest.mark.parametrize("fault", ["no_ranges", "shifted_range"])
def test_a_hub_that_cannot_resume_begins_again(served: Hub, pulled: Pulled, fault: str) -> None:
    """An answer that does not begin where it was asked to is never glued to what is here."""
    pulled.part.parent.mkdir(parents=True)
    pulled.part.write_bytes(DATA[:100_000])
    setattr(served, fault, True)
    pulled.run()
    assert pulled.target.read_bytes() == DATA and pulled.counted == len(DATA)


@pytest.mark.parametrize("at", [0, 450_000, len(DATA) - 1])
def test_one_flipped_byte_is_refused_and_removed(served: Hub, pulled: Pulled, at: int) -> None:
    """What was damaged on the way gets no name and does not stay."""
    damaged = bytearray(DATA)
    damaged[at] ^= 1
    served.payload = bytes(damaged)
    with pytest.raises(UserError, match="sha256 differs") as told:
        pulled.run()
    assert "deleted" in told.value.means and pulled.here == []


def test_a_damaged_part_is_noticed(served: Hub, pulled: Pulled) -> None:
    """What lay on the disk is hashed as well as what arrives; the next pull begins anew."""
    pulled.part.parent.mkdir(parents=True)
    pulled.part.write_bytes(b"\0" * 100_000)
    with pytest.raises(UserError, match="sha256 differs"):
        pulled.run()
    assert pulled.here == []
    pulled.run()
    assert pulled.target.read_bytes() == DATA


@pytest.mark.parametrize("payload", [DATA + b"more", DATA[:-1], b""])
def test_more_or_less_than_was_announced_gets_no_name(
    served: Hub, pulled: Pulled, payload: bytes
) -> None:
    """A longer answer is cut at the announced size; a shorter one is not taken for the file."""
    remote = hub.ask(WANTED)
    served.payload = payload
    if payload.startswith(DATA):
        pulled.run(remote)
        assert pulled.target.read_bytes() == DATA
        return
    with pytest.raises(UserError, match="cut"):
        pulled.run(remote, waits_s=())
    assert not pulled.target.exists()


def test_a_wrong_pin_is_refused(served: Hub, pulled: Pulled) -> None:
    """A file with another sha256 than the one asked for is refused, whatever the hub says of it."""
    remote = hub.RemoteFile(WANTED.repo, WANTED.file, REVISION, len(DATA), "0" * 64)
    pulled.target.parent.mkdir(parents=True)
    pulled.target.write_bytes(b"what was there before")
    with pytest.raises(UserError, match="sha256 differs"):
        pulled.run(remote)
    assert pulled.target.read_bytes() == b"what was there before"
    assert pulled.here == ["small.gguf"]


def test_a_busy_hub_is_asked_again(served: Hub, pulled: Pulled) -> None:
    """Errors 503 and 429 are passing ones; after the last try they are told."""
    served.statuses = [503, 429]
    pulled.run(waits_s=(0, 0))
    assert pulled.target.read_bytes() == DATA
    served.statuses = [503]
    other = Pulled(pulled.target.parent / "other")
    with pytest.raises(UserError, match="answers with error 503; 0 % is here"):
        other.run(waits_s=())


def test_a_file_withdrawn_meanwhile_is_told(served: Hub, pulled: Pulled) -> None:
    """What is gone between the question and the download is no reason to try for ever."""
    remote = hub.ask(WANTED)
    served.statuses = [404]
    with pytest.raises(UserError, match="any more"):
        pulled.run(remote, waits_s=(0, 0, 0))


def test_without_a_hub_the_user_is_told_what_to_do(
    pulled: Pulled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network: what it means, and the way without network."""
    with local_hub() as gone:
        address = gone.address
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(UserError) as told:
        hub.ask(WANTED)
    assert "cannot be reached" in told.value.what and "use PATH" in told.value.means
    remote = hub.RemoteFile(WANTED.repo, WANTED.file, REVISION, len(DATA), "0" * 64)
    with pytest.raises(UserError, match="cannot be reached"):
        pulled.run(remote, waits_s=(0,))


def test_a_file_that_is_not_there_is_told_with_those_that_are(served: Hub) -> None:
    """A slip in the name of a file costs one look at the choice, the usual one named first."""
    served.files["anna/small-GGUF/small-Q8_0.gguf"] = b"x"
    with pytest.raises(UserError) as told:
        hub.ask(hub.Reference("anna/small-GGUF", "smol.gguf"))
    assert "no file 'smol.gguf'" in told.value.what
    assert "small-Q4_K_M.gguf, small-Q8_0.gguf" in told.value.means
    assert told.value.type_this == "samantha model pull anna/small-GGUF/small-Q4_K_M.gguf"
    with pytest.raises(UserError, match="no repository nobody/none"):
        hub.ask(hub.Reference("nobody/none", "x.gguf"))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("gated", "agreed to its terms"),
        ("no_sha256", "does not say the sha256"),
        ("login_page", "not as a hub does"),
    ],
)
def test_a_hub_that_cannot_be_relied_on_is_refused(served: Hub, fault: str, told: str) -> None:
    """Without the hub's word for the sha256 nothing is fetched."""
    setattr(served, fault, True)
    with pytest.raises(UserError, match=told):
        hub.ask(WANTED)
    assert not served.ranges()


def test_a_full_disk_keeps_the_part(served: Hub, pulled: Pulled) -> None:
    """A limit of the disk in the middle of a download is told; with room it goes on."""
    code = (
        "import resource; from pathlib import Path\n"
        "from samantha.adapters import hub, hub_download as d\n"
        "from samantha.api.errors import UserError\n"
        f"r = hub.ask(hub.Reference({WANTED.repo!r}, {WANTED.file!r}))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))\n"
        "try:\n"
        f"    d.pull(r, Path({str(pulled.part)!r}), Path({str(pulled.target)!r}), int, again='A')\n"
        "except UserError as problem:\n"
        "    print(problem.what, problem.means)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert "The disk is full." in done and str(pulled.part) in done
    assert pulled.here == ["small.part"] and pulled.part.read_bytes() == DATA[:250_000]
    pulled.run()
    assert pulled.target.read_bytes() == DATA and served.ranges()[-1] == "bytes=250000-"


def test_a_file_too_large_for_the_disk_is_refused_before_it_is_fetched(
    served: Hub, pulled: Pulled
) -> None:
    """The room is compared with what is still to come, before the first byte."""
    remote = hub.RemoteFile(WANTED.repo, WANTED.file, REVISION, 1 << 60, "0" * 64)
    with pytest.raises(UserError, match="not enough room"):
        pulled.run(remote)
    assert not served.ranges()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a/b/c.gguf", ("a/b", "c.gguf", "main")),
        ("a/b/sub/c.gguf", ("a/b", "sub/c.gguf", "main")),
        ("a/b", ("a/b", "", "main")),
        ("https://huggingface.co/a/b", ("a/b", "", "main")),
        (
            "https://huggingface.co/a/b/resolve/main/c.gguf?download=true",
            ("a/b", "c.gguf", "main"),
        ),
        (f"https://huggingface.co/a/b/blob/{REVISION}/s/c.gguf", ("a/b", "s/c.gguf", REVISION)),
    ],
)
def test_a_file_is_named_as_people_copy_it(text: str, wanted: tuple[str, str, str]) -> None:
    """Owner, repository and file, or the address from a browser."""
    assert hub.reference(text) == hub.Reference(*wanted)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a/", "../b/c.gguf", "a/../c.gguf", "a/b/../../etc/x", "https://evil.example/a/b/c",
     "ftp://huggingface.co/a/b/c.gguf", "a b/c/d.gguf"],
)  # fmt: skip
def test_what_names_no_file_is_refused(text: str) -> None:
    """Neither a path out of a repository nor another host passes."""
    with pytest.raises(UserError):
        hub.reference(text)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("", True),
        ("https://hub.example", True),
        ("http://127.0.0.1:1", True),
        ("http://localhost:1/", True),
        ("http://hub.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("file:///etc", False),
        ("hub.example", False),
    ],
)
def test_a_hub_without_tls_is_refused_unless_it_is_here(
    address: str, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HF_ENDPOINT is respected, but what anyone on the way could exchange is not."""
    monkeypatch.setenv("HF_ENDPOINT", address)
    if allowed:
        assert hub.endpoint() == (address.rstrip("/") or hub.ENDPOINT)
    else:
        with pytest.raises(UserError, match="https"):
            hub.endpoint()
