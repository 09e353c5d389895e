"""Finding servers without the network: the table, autoconfig files, Thunderbird's profile."""

from __future__ import annotations

import socket
import threading
import tomllib
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest
from homes import Home

from samantha.adapters.autoconfig import found_for, from_file, from_xml, server_of
from samantha.adapters.autoconfig_dns import found_by_dns
from samantha.adapters.imap_account import Server
from samantha.adapters.thunderbird import accounts, profiles
from samantha.app.mail_section import AccountSection
from samantha.app.mail_setup import add_table, remove_table
from samantha.app.places import Places

PREFS = r"""// Mozilla User Preferences
user_pref("mail.accountmanager.accounts", "account1,account2,account3");
user_pref("mail.account.account1.identities", "id1,id2");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.account.account3.identities", "id3");
user_pref("mail.account.account3.server", "server3");
user_pref("mail.identity.id1.fullName", "Anna \"A\" Berg");
user_pref("mail.identity.id1.useremail", "Anna@Berg.example");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id2.useremail", "news@berg.example");
user_pref("mail.identity.id3.useremail", "old@berg.example");
user_pref("mail.server.server1.type", "imap");
user_pref("mail.server.server1.hostname", "imap.berg.example");
user_pref("mail.server.server1.userName", "anna");
user_pref("mail.server.server1.port", 993);
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.password", "canary");
user_pref("mail.server.server1.directory", "/home/anna/.thunderbird/p/ImapMail/imap.berg.example");
user_pref("mail.server.server1.directory-rel", "[ProfD]ImapMail/imap.berg.example");
user_pref("mail.server.server2.type", "none");
user_pref("mail.server.server2.name", "Local Folders");
user_pref("mail.server.server2.directory-rel", "[ProfD]Mail/Local Folders");
user_pref("mail.server.server3.type", "imap");
user_pref("mail.server.server3.hostname", "plain.berg.example");
user_pref("mail.server.server3.socketType", 0);
user_pref("mail.smtpserver.smtp1.hostname", "smtp.berg.example");
user_pref("mail.smtpserver.smtp1.port", 587);
user_pref("mail.smtpserver.smtp1.try_ssl", 2);
user_pref("broken", eval("1"));
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    root = tmp_path / ".thunderbird"
    (root / "p.default").mkdir(parents=True)
    (root / "profiles.ini").write_text(
        "[General]\nVersion=2\n[Profile0]\nName=default\nIsRelative=1\nPath=p.default\n"
        "[Profile1]\nIsRelative=1\nPath=gone\n"
    )
    (root / "p.default" / "prefs.js").write_text(PREFS)
    for secret in ("logins.json", "key4.db"):
        (root / "p.default" / secret).write_text("canary")
        (root / "p.default" / secret).chmod(0)
    return root


def test_thunderbirds_identities_and_servers_are_read(profile: Path) -> None:
    """Each identity with its servers; a server without TLS is none; passwords are not looked at."""
    (folder,) = profiles((str(profile),))
    first, second, third = accounts(folder)
    assert (first.name, first.address, first.user) == ('Anna "A" Berg', "anna@berg.example", "anna")
    assert first.imap == Server("imap.berg.example", 993, "tls")
    assert first.smtp == Server("smtp.berg.example", 587, "starttls")
    assert first.folder.endswith("ImapMail/imap.berg.example")
    assert second.address == "news@berg.example" and second.imap == first.imap
    assert third.imap is None
    assert "canary" not in repr([first, second, third])


def test_thunderbirds_accounts_are_told_and_taken_over(profile: Path, home: Home) -> None:
    """The user gets lines to type; with a yes, stores and addresses are written, once."""
    profile.rename(home.root / ".thunderbird")
    told = home.run("mail", "thunderbird").stdout
    assert (
        "samantha mail add anna@berg.example --imap imap.berg.example:993 "
        "--smtp smtp.berg.example:587 --user anna" in told
    )
    assert len(home.json("mail", "thunderbird")) == 3
    assert "[[sources]]" not in told
    assert "Written" not in home.run("mail", "thunderbird", "--add").stdout
    local = home.root / ".thunderbird/p.default/Mail/Local Folders"
    local.mkdir(parents=True)
    (local / "Inbox").write_text(
        "From - Mon Mar  2 10:00:00 2026\nFrom: ada@example.org\nTo: anna@berg.example\n"
        "Subject: The lighthouse\nDate: Mon, 02 Mar 2026 10:00:00 +0000\n"
        "Message-ID: <1@example.org>\n\nHello.\n\n"
    )
    home.configure(
        "# mine\n[user] # me\naddresses = [  # all\n]\n[model]\nenabled = false # slow\n"
    )
    told = home.run("mail", "thunderbird").stdout
    assert "[[sources]]" in told and "thunderbird --add" in told
    before = home.config.read_text()
    assert "Nothing was changed" in home.run("mail", "thunderbird", "--add").stdout
    assert home.config.read_text() == before
    home.run("mail", "thunderbird", "--add", "--yes")
    text = home.config.read_text()
    assert all(kept in text for kept in ("# mine", "[user] # me", "enabled = false # slow"))
    user = tomllib.loads(text)["user"]
    assert {"anna@berg.example", "news@berg.example"} <= set(user["addresses"])
    assert 'Anna "A" Berg' in user["names"]
    home.run("run", "--once")
    (hit,) = home.json("search", "lighthouse")
    assert hit["document"] == "<1@example.org>"
    assert "Nothing was changed" in home.run("mail", "thunderbird", "--add", "--yes").stdout
    assert home.config.read_text() == text


@pytest.mark.parametrize("text", ["", "[Profile0]\nPath=x", "no ini at all", "[General"])
def test_a_damaged_profile_list_is_no_profile(tmp_path: Path, text: str) -> None:
    """Whatever lies there, there is an answer."""
    (tmp_path / "profiles.ini").write_text(text)
    assert list(profiles((str(tmp_path),))) == []
    assert list(accounts(tmp_path)) == []


def test_well_known_providers_are_in_the_table() -> None:
    """By the part after the @, whatever its case; others are unknown."""
    found = found_for("Anna@GMAIL.com", ())
    assert found is not None and found.imap == Server("imap.gmail.com", 993, "tls")
    assert found.smtp == Server("smtp.gmail.com", 465, "tls") and "app password" in found.hint
    found = found_for("anna@web.de", ())
    assert found is not None and found.smtp == Server("smtp.web.de", 587, "starttls")
    for address in ("anna@berg.example", "anna", "anna@", "x@../../etc/passwd"):
        assert found_for(address, ()) is None


def test_a_local_copy_goes_before_the_table(tmp_path: Path) -> None:
    """What a company put on the machine counts more."""
    (tmp_path / "gmail.com.xml").write_text(
        '<clientConfig><emailProvider id="x"><incomingServer type="imap">'
        "<hostname>imap.%EMAILDOMAIN%</hostname><port>143</port><socketType>STARTTLS</socketType>"
        "<username>%EMAILLOCALPART%</username></incomingServer></emailProvider></clientConfig>"
    )
    found = found_for("anna@gmail.com", (str(tmp_path),))
    assert found is not None and found.imap == Server("imap.gmail.com", 143, "starttls")
    assert found.user == "anna" and found.smtp is None and found.origin.endswith("gmail.com.xml")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<a",
        b"<clientConfig/>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><clientConfig><incomingServer '
        b'type="imap"><hostname>&e;</hostname><port>993</port><socketType>SSL</socketType>'
        b"</incomingServer></clientConfig>",
        b'<clientConfig><incomingServer type="imap"><hostname>h</hostname><port>143</port>'
        b"<socketType>plain</socketType></incomingServer></clientConfig>",
    ],
)
def test_a_file_that_says_nothing_safe_is_none(text: bytes, tmp_path: Path) -> None:
    """Damaged, empty, without TLS, or with entities from elsewhere."""
    assert from_xml(text, "anna@berg.example") is None
    assert from_file(tmp_path / "absent.xml", "anna@berg.example") is None


def test_a_port_tells_how_a_connection_begins() -> None:
    """993 and 465 are TLS from the start, 143 and 587 begin with STARTTLS."""
    assert server_of("a.example", 993) == Server("a.example", 993, "tls")
    assert server_of("a.example:143", 993) == Server("a.example", 143, "starttls")
    assert server_of("a.example:587", 465) == Server("a.example", 587, "starttls")


def test_a_table_is_added_and_taken_out_and_nothing_else(tmp_path: Path) -> None:
    """Comments, order and other accounts stay as they were."""
    places = Places(*(tmp_path / name for name in ("c", "d", "s", "k", "r")))
    places.config.mkdir()
    before = '# mine\n[user]\nnames = ["Anna"]  # yes\n'
    places.config_file.write_text(before)
    for name in ("one", "two"):
        section = AccountSection(
            name=name, address="a@b.example", imap="i.example", user='x"\\y', days=0
        )
        add_table(places, section)
    text = places.config_file.read_text()
    assert text.startswith(before) and text.count("[[accounts]]") == 2 and "days = 0" in text
    places.config_file.write_text(text + "# a note\n[attention]\nbudget = 2\n")
    remove_table(places, "two")
    text = places.config_file.read_text()
    assert 'name = "one"' in text and 'name = "two"' not in text
    assert "# a note" in text and "budget = 2" in text
    remove_table(places, "one")
    assert places.config_file.read_text().startswith(before)
    assert "[[accounts]]" not in places.config_file.read_text()
    assert places.config_file.stat().st_mode & 0o077 == 0


class Names(threading.Thread):
    """A DNS server for a few SRV records."""

    def __init__(self, records: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.records = records
        self.asked: list[str] = []
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def run(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            query = dns.message.from_wire(data)
            name = str(query.question[0].name)
            self.asked.append(name)
            answer = dns.message.make_response(query)
            if name in self.records:
                answer.answer.append(
                    dns.rrset.from_text(name, 60, "IN", "SRV", *self.records[name].split("|"))
                )
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), peer)


def test_a_domain_may_name_its_servers() -> None:
    """The best record with TLS; what is not offered, or is no name of a host, is none."""
    names = Names(
        {
            "_imaps._tcp.berg.example.": "10 5 993 second.berg.example.|0 5 993 imap.berg.example.",
            "_submissions._tcp.berg.example.": "0 0 0 .",
            "_submission._tcp.berg.example.": "0 1 587 smtp.berg.example.",
            "_imap._tcp.plain.example.": "0 1 143 mail.plain.example.",
            "_imaps._tcp.evil.example.": "0 1 993 a_b.example.",
        }
    )
    names.start()
    ask = [("127.0.0.1", names.port)]
    found = found_by_dns("anna@berg.example", ask)
    assert found is not None and found.imap == Server("imap.berg.example", 993, "tls")
    assert found.smtp == Server("smtp.berg.example", 587, "starttls")
    found = found_by_dns("anna@plain.example", ask)
    assert found is not None and found.imap == Server("mail.plain.example", 143, "starttls")
    for domain in ("none.example", "evil.example"):
        assert found_by_dns(f"anna@{domain}", ask) is None
    assert all(name.startswith("_") for name in names.asked)
