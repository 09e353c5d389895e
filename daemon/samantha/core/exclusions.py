"""What is never looked at: secrets first, then hidden, generated and half-made things.

Everything is judged by name alone, so that nothing has to be opened to be left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate

import pathspec

SECRET_FOLDERS = frozenset(
    [
        ".ssh",
        ".gnupg",
        ".password-store",
        "password-store",
        ".aws",
        ".azure",
        ".kube",
        ".docker",
        ".pki",
        ".gnome-keyring",
        "keyrings",
        ".mozilla",
        ".electrum",
        ".bitcoin",
        ".1password",
        ".vault-token",
    ]
)
SECRET_FILES = [
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.pkcs12",
    "*.jks",
    "*.keystore",
    "*.keytab",
    "*.ppk",
    "*.gpg",
    "*.agekey",
    "*.kdb",
    "*.kdbx",
    "*.kdbx.*",
    "*.psafe3",
    "*.1pux",
    "*.opvault",
    "*.agilekeychain",
    "*.keyring",
    "*.keychain*",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".env*",
    "*.env",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".htpasswd",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    "credentials",
    "credentials.json",
    "wallet.dat",
    "logins.json",
    "key3.db",
    "key4.db",
    "passwords.csv",
]
VERSION_CONTROL = frozenset([".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "cvs"])
CACHES = frozenset(
    [
        "__pycache__",
        "cache",
        "caches",
        ".cache",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".nox",
        "lost+found",
        "$recycle.bin",
    ]
)
PACKAGES = frozenset(
    ["node_modules", "bower_components", "site-packages", "venv", "virtualenv", ".venv"]
)
BUILDS = frozenset(["build", "_build", "dist", "target"])
BUILD_PATTERNS = ("cmake-build-*", "*.egg-info")
PASSING_FILES = [
    "*~",
    ".#*",
    "#*#",
    "*.swp",
    "*.swo",
    "*.swx",
    "*.tmp",
    "*.temp",
    "*.part",
    "*.partial",
    "*.crdownload",
    "*.download",
    "*.opdownload",
    "*.bak",
    "~$*",
    ".~lock*",
    "*.lock",
    "4913",
    "thumbs.db",
    "desktop.ini",
]

SECRET = "a secret"  # noqa: S105 (a reason, not a password)
OWN = "samantha's own folder"
_REMEMBERED = 20_000


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{translate(p)})" for p in patterns))


_SECRET_FILE = _any_of(SECRET_FILES)
_BUILD = _any_of(BUILD_PATTERNS)
_PASSING = _any_of(PASSING_FILES)


def is_secret(name: str) -> bool:
    """Tell whether a file or folder of this name holds secrets, whatever the configuration."""
    lowered = name.lower()
    return lowered in SECRET_FOLDERS or _SECRET_FILE.match(lowered) is not None


def pattern_problem(pattern: str) -> str:
    """Return what is wrong with a gitignore pattern, or ''; for the configuration's check."""
    try:
        spec = pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return f"'{pattern}' is not a gitignore pattern"
    if pattern.startswith(("/home/", "~")):
        return f"'{pattern}' is a path; patterns begin at the source's own folder"
    if any(p.include is not None for p in spec.patterns):
        return ""
    return f"'{pattern}' matches nothing"


def _built_in(name: str, is_dir: bool) -> str:
    lowered = name.lower()
    reason = ""
    if lowered in VERSION_CONTROL:
        reason = "version control"
    elif is_dir and lowered in CACHES:
        reason = "a cache"
    elif is_dir and lowered in PACKAGES:
        reason = "installed packages"
    elif is_dir and (lowered in BUILDS or _BUILD.match(lowered)):
        reason = "build output"
    elif _PASSING.match(lowered):
        reason = "a temporary or backup file"
    elif name.startswith("."):
        reason = "hidden"
    return reason


class Exclusions:
    """Gitignore patterns of the user on top of what is always left alone.

    A negated pattern (``!build/``) lifts what is built in, but never a secret and never one of
    samantha's own folders.
    """

    def __init__(self, patterns: Sequence[str] = (), *, own_folders: Sequence[str] = ()) -> None:
        self._patterns = tuple(patterns)
        self._own_folders = tuple(own_folders)
        self._own: frozenset[str] = frozenset()
        self._spec = pathspec.GitIgnoreSpec.from_lines(self._patterns)
        self._folders: dict[str, str] = {}

    def bound(self, *roots: str) -> Exclusions:
        """Return the same exclusions for paths relative to a root, under any of its names."""
        bound = Exclusions(self._patterns, own_folders=self._own_folders)
        own = set()
        for root in roots:
            prefix = root.rstrip("/") + "/"
            for folder in self._own_folders:
                if folder.startswith(prefix):
                    own.add(folder[len(prefix) :].rstrip("/"))
        bound._own = frozenset(own)
        return bound

    def excluded(self, relative_path: str, is_dir: bool) -> str:
        """Return why a path below the root is left alone, or ''; what lies above it counts."""
        relative = relative_path.strip("/")
        if not relative:
            return ""
        parent, _, name = relative.rpartition("/")
        return self._folder(parent) or self._entry(relative, name, is_dir)

    def by_pattern(self, relative_path: str, is_dir: bool) -> str:
        """Return which of the user's own patterns leaves a path out, or ''."""
        verdict, reason = self._user(relative_path.strip("/"), is_dir)
        return reason if verdict else ""

    def _folder(self, relative: str) -> str:
        if not relative:
            return ""
        known = self._folders.get(relative)
        if known is not None:
            return known
        reason = self.excluded(relative, True)
        if len(self._folders) >= _REMEMBERED:
            self._folders.clear()
        self._folders[relative] = reason
        return reason

    def _entry(self, relative: str, name: str, is_dir: bool) -> str:
        if is_secret(name):
            return SECRET
        if relative in self._own:
            return OWN
        verdict, reason = self._user(relative, is_dir)
        return reason if verdict is not None else _built_in(name, is_dir)

    def _user(self, relative: str, is_dir: bool) -> tuple[bool | None, str]:
        if not self._patterns:
            return None, ""
        found = self._spec.check_file(f"{relative}/" if is_dir else relative)
        if is_dir and found.index is not None and self._patterns[found.index].endswith("/**"):
            # To git this is what lies in the folder, of which some may be wanted; not the folder.
            found = self._spec.check_file(relative)
        if found.include and found.index is not None:
            return True, f"excluded by '{self._patterns[found.index]}'"
        return found.include, ""
