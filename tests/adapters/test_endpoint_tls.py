"""A model server over TLS: its certificate is verified, or nothing is sent to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from local_ca import Authority
from local_endpoint import model_server

from samantha.adapters.endpoint import EndpointChat

PARTS = (("Dear Anna, canary", False),)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """An authority that this machine trusts, as one installed by its user."""
    folder = tmp_path / "own"
    folder.mkdir()
    made = Authority(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    yield made


def asked(url: str) -> tuple[str | None, str]:
    """Return (what the server said, the reason why not) of a chat with it."""
    chat = EndpointChat(url, key=lambda _: "secret-canary", first_wait_s=0.0)
    try:
        return chat.complete(PARTS, deadline_s=20.0), chat.state()[1]
    finally:
        chat.close()


def test_a_certificate_of_a_trusted_authority_serves(authority: Authority) -> None:
    """For its address, and the answer comes over TLS."""
    with model_server(tls=authority.server("127.0.0.1")) as served:
        assert served.url.startswith("https://")
        assert asked(served.url) == (served.says, "")


def test_a_certificate_of_a_stranger_is_refused(authority: Authority, tmp_path: Path) -> None:
    """Neither text nor key goes there; the reason says what to do if it is the user's own."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    with model_server(tls=Authority(folder).server("127.0.0.1")) as served:
        said, reason = asked(served.url)
        assert said is None and served.seen == []
    assert f"certificate of {served.address} is none that this machine trusts" in reason
    assert "nothing was sent" in reason and "SSL_CERT_FILE" in reason


@pytest.mark.parametrize("host", ["localhost", "other.example", "10.0.0.1"])
def test_a_certificate_for_another_host_is_refused(authority: Authority, host: str) -> None:
    """Of a trusted authority, but for another name or address."""
    with model_server(tls=authority.server(host)) as served:
        said, reason = asked(served.url)
        assert said is None and served.seen == []
    assert f"the certificate at {served.address} is another host's; nothing was sent" in reason


def test_a_certificate_that_is_over_is_refused(authority: Authority) -> None:
    """Its day has passed; that is what the reason says."""
    with model_server(tls=authority.server("127.0.0.1", lasts=-timedelta(days=1))) as served:
        said, reason = asked(served.url)
        assert said is None and served.seen == []
    assert f"the certificate of {served.address} is not valid at this date" in reason


def test_plain_text_where_tls_was_agreed_is_refused(authority: Authority) -> None:
    """A server that speaks http at an https address gets nothing."""
    with model_server() as served:
        said, reason = asked(served.url.replace("http:", "https:"))
        assert said is None and served.seen == []
    assert reason
