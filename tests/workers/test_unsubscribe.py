"""List-Unsubscribe: the mail address and subject, or nothing at all."""

from __future__ import annotations

import pytest

from samantha.workers.reading.unsubscribe import unsubscription


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("<mailto:leave@list.example>", ("leave@list.example", "")),
        (
            "<mailto:leave@list.example?subject=unsubscribe%20me>",
            ("leave@list.example", "unsubscribe me"),
        ),
        ("<https://list.example/u?id=1>, <mailto:Off@List.example>", ("off@list.example", "")),
        ("<mailto:off@list.example?subject=x&body=y>", ("off@list.example", "x")),
        ("<https://list.example/u>", ("", "")),
        ("mailto:bare@list.example", ("", "")),
        ("<mailto:a@b.example,c@d.example>", ("", "")),
        ("<mailto:a@b.example?cc=c@d.example>", ("", "")),
        (
            "<mailto:a@b.example?subject=x%0d%0aBcc:%20c@d.example>",
            ("a@b.example", "x Bcc: c@d.example"),
        ),
        ("<mailto:a@b.example?to=c@d.example>, <mailto:e@f.example>", ("e@f.example", "")),
        ("<mailto:>", ("", "")),
        ("", ("", "")),
    ],
)
def test_only_a_plain_mailto_is_taken(header: str, found: tuple[str, str]) -> None:
    """No page, no second recipient, no line of its own comes out of the header."""
    assert unsubscription([header]) == found
