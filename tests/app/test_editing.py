"""What is told to type for a slip in config.toml opens it where it is."""

from __future__ import annotations

import pytest

from samantha.app.editing import edit_this


@pytest.mark.parametrize(
    ("editor", "told"),
    [
        ("vim", "vim +7 '/a b/config.toml'"),
        ("/usr/bin/nano -w", "/usr/bin/nano -w +7 '/a b/config.toml'"),
        ("code --wait", "code --wait '/a b/config.toml'"),
        ("  ", "   '/a b/config.toml'"),
    ],
)
def test_the_users_editor_opens_at_the_line(
    monkeypatch: pytest.MonkeyPatch, editor: str, told: str
) -> None:
    """Where the editor is known to take a line it gets it; else the file alone."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    assert edit_this("/a b/config.toml", 7) == told
