"""Real mail servers on loopback, private to a test: dovecot, and a sink for what is sent.

They run as an ordinary user and as root alike, on free ports, with a certificate of an authority
that is made for the test.
"""

from __future__ import annotations

import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "open sesame"
WAIT_S = 20.0


def missing() -> str:
    """Return why no mail server can be started here, or ''."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    absent = [p for p in ("dovecot", "openssl") if shutil.which(p, path=path) is None]
    return f"{', '.join(absent)} not installed (.ci/packages)" if absent else ""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and a certificate for localhost that it signed."""

    ca: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return the context of a server with that certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return the context of a client that trusts the authority."""
        return ssl.create_default_context(cafile=str(self.ca))


def authority(folder: Path, name: str = "DNS:localhost,IP:127.0.0.1") -> Authority:
    """Make an authority and a certificate; ``name`` is whom it is for."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)

    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *ec, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA")
    openssl("req", *ec, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "ext").write_text(f"subjectAltName={name}\n")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "ext")
    openssl("x509", "-req", "-in", "server.csr", *signed, "-out", "server.pem")
    return made


_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{root}/mail/%u:LAYOUT=fs
first_valid_uid = 1
first_valid_gid = 1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
auth_mechanisms = plain login{more_mechanisms}
mail_max_userip_connections = 100
auth_failure_delay = 0
maildir_very_dirty_syncs = no
{extra}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 200
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {root}/users/%u
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Entwürfe {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
"""


class Dovecot:
    """A running dovecot; users are made with ``user``."""

    def __init__(self, root: Path, trust: Authority, extra: str = "", mechanisms: str = "") -> None:
        self.root, self.trust = root, trust
        self.port, self.tls_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        me = pwd.getpwuid(os.getuid())
        root_here = me.pw_uid == 0
        owner = pwd.getpwnam("nobody") if root_here else me
        self._uid, self._gid = owner.pw_uid, owner.pw_gid
        (root / "mail").mkdir()
        (root / "state").mkdir()
        if root_here:
            root.chmod(0o755)
            os.chown(root / "mail", self._uid, self._gid)
        (root / "users").mkdir()
        (root / "dovecot.conf").write_text(
            _CONFIG.format(
                root=root,
                internal="dovecot" if root_here else me.pw_name,
                internal_group="dovecot" if root_here else grp.getgrgid(me.pw_gid).gr_name,
                login="dovenull" if root_here else me.pw_name,
                certificate=trust.certificate,
                key=trust.key,
                port=self.port,
                tls_port=self.tls_port,
                uid=self._uid,
                gid=self._gid,
                extra=extra,
                more_mechanisms=mechanisms,
            )
        )

    def user(self, name: str, password: str = PASSWORD, fields: str = "") -> None:
        """Add a user, or give one another password."""
        # A file a user: dovecot notices a change of one file once a second at most.
        (self.root / "users" / name).write_text(f"{name}:{password}::::::{fields}\n")

    def start(self) -> None:
        """Start it; return when it answers."""
        dovecot = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert dovecot is not None
        self._process = subprocess.Popen(
            [dovecot, "-F", "-c", str(self.root / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=(self.root / "stderr").open("wb"),
            env={"PATH": os.environ.get("PATH", "")},
            start_new_session=True,
        )
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.told()
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
                return
            except OSError:
                # Waits for its end, which would be the news here, and not only for time to pass.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.02)
        raise AssertionError(f"dovecot did not come up: {self.told()}")

    def told(self) -> str:
        """Return what dovecot logged."""
        return "".join(
            (self.root / name).read_text(errors="replace")
            for name in ("stderr", "log")
            if (self.root / name).exists()
        )

    def stop(self) -> None:
        """End it and all its connections."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(WAIT_S)
            # Its children go on with the connections they have.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    @contextlib.contextmanager
    def client(self, user: str, password: str = PASSWORD) -> Iterator[imaplib.IMAP4]:
        """Log in with another client than ours."""
        context = self.trust.client_context()
        with imaplib.IMAP4_SSL("localhost", self.tls_port, ssl_context=context) as client:
            client.login(user, password)
            yield client

    def deliver(self, user: str, data: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Put a mail into a folder, as another client would."""
        with self.client(user) as client:
            kind, said = client.append(f'"{folder}"', flags, "", data)
            assert kind == "OK", said

    def fill(self, user: str, mails: Mapping[str, bytes]) -> None:
        """Put many mails into the inbox at once, by file name, before anybody logs in."""
        place = self.root / "mail" / user
        made = [place, *(place / name for name in ("cur", "new", "tmp"))]
        for folder in made:
            folder.mkdir(exist_ok=True)
        for name, data in mails.items():
            path = place / "cur" / f"{name}:2,"
            path.write_bytes(data)
            made.append(path)
        if os.getuid() == 0:
            for path in made:
                os.chown(path, self._uid, self._gid)


@contextlib.contextmanager
def dovecot(trust: Authority, extra: str = "", mechanisms: str = "") -> Iterator[Dovecot]:
    """A dovecot with a user ``anna``."""
    with tempfile.TemporaryDirectory(prefix="dove") as folder:
        one = Dovecot(Path(folder), trust, extra, mechanisms)
        one.user("anna")
        one.start()
        try:
            yield one
        finally:
            one.stop()


def mail(number: int = 0, subject: str = "", body: str = "Hello.", **headers: str) -> bytes:
    """Return a small mail with a Message-ID of its own."""
    head = {
        "From": "Ada <ada@example.org>",
        "To": "anna@berg.example",
        "Subject": subject or f"Mail {number}",
        "Date": "Mon, 02 Mar 2026 10:00:00 +0000",
        "Message-ID": f"<m{number}@example.org>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{name}: {value}" for name, value in head.items()]
    return ("\r\n".join([*lines, "", *body.splitlines()]) + "\r\n").encode()
