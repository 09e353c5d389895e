from __future__ import annotations

import os

import pytest

from samantha.core.exclusions import OWN, SECRET, Exclusions, pattern_problem

SECRETS = [
    (".ssh", True),
    ("home/.ssh/config", False),
    (".gnupg/pubring.kbx", False),
    ("share/keyrings/login.keyring", False),
    ("server.pem", False),
    ("SERVER.PEM", False),
    ("tls/private.key", False),
    ("id_rsa", False),
    ("id_ed25519.pub", False),
    (".env", False),
    ("project/.env.local", False),
    ("safe.kdbx", False),
    (".password-store", True),
    ("credentials.json", False),
]


@pytest.mark.parametrize(("path", "is_dir"), SECRETS)
def test_secrets_are_excluded_without_configuration(path: str, is_dir: bool) -> None:
    """Keys, keyrings and password stores are left alone before anything was configured."""
    assert Exclusions().excluded(path, is_dir) == SECRET


@pytest.mark.parametrize(("path", "is_dir"), SECRETS)
def test_no_pattern_lifts_a_secret(path: str, is_dir: bool) -> None:
    """A negated pattern never brings a secret back."""
    assert Exclusions(["!*", "!**/*", f"!{path}", "!.ssh/"]).excluded(path, is_dir) == SECRET


@pytest.mark.parametrize(
    ("path", "is_dir", "reason"),
    [
        (".hidden.txt", False, "hidden"),
        (".config/notes.txt", False, "hidden"),
        (".git/config", False, "version control"),
        ("a/CVS", True, "version control"),
        ("x/__pycache__/m.pyc", False, "a cache"),
        ("web/node_modules/p/readme.md", False, "installed packages"),
        ("venv/lib/readme.txt", False, "installed packages"),
        ("build/out.txt", False, "build output"),
        ("draft.txt~", False, "a temporary or backup file"),
        (".#draft.txt", False, "a temporary or backup file"),
        ("#draft.txt#", False, "a temporary or backup file"),
        (".draft.txt.swp", False, "a temporary or backup file"),
        ("save.tmp", False, "a temporary or backup file"),
        ("book.pdf.part", False, "a temporary or backup file"),
        ("book.pdf.crdownload", False, "a temporary or backup file"),
        ("~$letter.docx", False, "a temporary or backup file"),
        (".~lock.letter.odt#", False, "a temporary or backup file"),
    ],
)
def test_what_nobody_wrote_is_excluded(path: str, is_dir: bool, reason: str) -> None:
    """Hidden, generated, cached and half-made things are left alone, with the reason."""
    assert Exclusions().excluded(path, is_dir) == reason


@pytest.mark.parametrize(
    "path", ["letter.txt", "Poems/spring.md", "keys.txt", "build", "a b/ü.odt", "monkey.key.txt"]
)
def test_ordinary_files_are_kept(path: str) -> None:
    """A writer's files are looked at, also with names that resemble excluded folders."""
    assert Exclusions().excluded(path, False) == ""


def test_patterns_are_those_of_gitignore() -> None:
    """Anchors, folders, stars and negation mean what they mean to git; the last match wins."""
    chosen = Exclusions(["*.log", "/private/", "old/**", "!old/keep.txt", "# a comment", ""])
    assert chosen.excluded("deep/x.log", False) == "excluded by '*.log'"
    assert chosen.excluded("private/diary.txt", False) == "excluded by '/private/'"
    assert chosen.excluded("sub/private/diary.txt", False) == ""
    assert chosen.excluded("old/a.txt", False) == "excluded by 'old/**'"
    assert chosen.excluded("old/keep.txt", False) == ""


def test_what_is_built_in_can_be_lifted_but_for_secrets() -> None:
    """Somebody whose poems lie in `build` or a dot folder may say so."""
    chosen = Exclusions(["!build/", "!.poems/"])
    assert chosen.excluded("build/poem.txt", False) == ""
    assert chosen.excluded(".poems", True) == ""
    assert chosen.excluded(".poems/a.txt", False) == ""
    assert chosen.excluded(".poems/.ssh/a.txt", False) == SECRET


def test_own_folders_are_excluded_below_any_name_of_the_root() -> None:
    """What samantha writes is never read back as something new, whatever the root is called."""
    own = Exclusions(["!samantha/"], own_folders=["/home/u/Documents/samantha", "/var/state"])
    bound = own.bound("/home/u/Documents", "/data/Documents")
    assert bound.excluded("samantha", True) == OWN
    assert bound.excluded("samantha/offers/a.docx", False) == OWN
    assert bound.excluded("samantha-notes.txt", False) == ""
    assert own.bound("/home/u/Documents/samantha").excluded("a.txt", False) == ""


def test_names_that_are_not_utf8_are_judged() -> None:
    """Undecodable bytes neither raise nor slip through."""
    name = os.fsdecode(b"br\xefef.txt")
    chosen = Exclusions(["*.log"])
    assert chosen.excluded(name, False) == ""
    assert chosen.excluded(os.fsdecode(b"\xff/\xfe.log"), False) == "excluded by '*.log'"
    assert chosen.excluded(os.fsdecode(b"\xff/id_rsa\xfe"), False) == SECRET


@pytest.mark.timeout(60)
def test_many_paths_are_judged() -> None:
    """Each path is judged by its own, however many there are."""
    chosen = Exclusions(["*.log", "/private/", "old/**"])
    paths = [f"folder{n % 200}/letter{n}.{'log' if n % 2 else 'txt'}" for n in range(20_000)]
    assert sum(bool(chosen.excluded(path, False)) for path in paths) == 10_000


@pytest.mark.parametrize("pattern", ["*.log", "/private/", "!build/", "old/**", "a b"])
def test_good_patterns_have_no_problem(pattern: str) -> None:
    """What git takes, the configuration takes."""
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize("pattern", ["", "# note", "!", "/", "~/private", "/home/u/private"])
def test_patterns_that_would_do_nothing_are_named(pattern: str) -> None:
    """A pattern that could never match is reported, not silently ignored."""
    assert pattern in pattern_problem(pattern) != ""
