"""The hub that model files are pulled from: what it has, and what it says of a file.

It is asked through the library ``huggingface_hub``, which is told to send no token of the user and
no telemetry. Nothing else in the product goes out by itself.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from samantha.api.errors import UserError

ENDPOINT = "https://huggingface.co"
HEADERS = {"user-agent": "samantha", "accept-encoding": "identity"}
TIMEOUT_S = 20.0

_LIST = "samantha model list"
_MAX_NAMES = 200
_SHOWN = 8
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_QUIET = (
    "HF_HUB_DISABLE_TELEMETRY",
    "HF_HUB_DISABLE_XET",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN",
    "HF_HUB_DISABLE_PROGRESS_BARS",
    "HF_HUB_DISABLE_UPDATE_CHECK",
)
_REFERENCE = re.compile(
    r"(?:https?://(?P<host>[^/]+)/)?(?P<repo>[\w.-]+/[\w.-]+)"
    r"(?:/(?:resolve|blob)/(?P<revision>[\w.-]+))?(?:/(?P<file>[^?#]+))?(?:[?#].*)?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A file at the hub as it is asked for; ``file`` is empty where only a repository is named."""

    repo: str
    file: str = ""
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at the hub, of one revision, and what it must be."""

    repo: str
    file: str
    revision: str
    size_bytes: int
    sha256: str


class Unreachable(UserError):
    """The hub cannot be reached, or was lost on the way."""


def reference(text: str) -> Reference:
    """Return the parts of ``owner/repository/file``, or of the address of such a file."""
    match = _REFERENCE.fullmatch(text)
    if match is None or {"..", "."} & set(text.split("/")):
        raise UserError(
            f"'{text}' names no file at the hub.",
            "It is written owner/repository/file.gguf.",
            _LIST,
        )
    if match["host"] not in (None, host(), "huggingface.co", "hf.co"):
        raise UserError(
            f"{match['host']} is not the hub that is set up ({host()}).",
            "To fetch from another one, name it:",
            f"HF_ENDPOINT=https://{match['host']} samantha model pull ...",
        )
    return Reference(match["repo"], match["file"] or "", match["revision"] or "main")


def endpoint() -> str:
    """Return the hub's address: ``HF_ENDPOINT`` if it is set. Without TLS only on this machine."""
    address = os.environ.get("HF_ENDPOINT", "").rstrip("/") or ENDPOINT
    parts = urlsplit(address)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname:
        raise UserError(
            f"HF_ENDPOINT is {address}, which does not begin with https://.",
            "Without TLS anyone on the way could exchange the file and what is said of it.",
            "unset HF_ENDPOINT",
        )
    return address


def host() -> str:
    """Return the name of the hub for people."""
    return urlsplit(endpoint()).netloc


def ask(wanted: Reference) -> RemoteFile:
    """Ask the hub for the size, revision and sha256 of a file."""
    hub = library()
    with telling(wanted.repo):
        try:
            found = hub.get_hf_file_metadata(
                address(wanted),
                token=False,
                timeout=TIMEOUT_S,
                headers=dict(HEADERS),
                endpoint=endpoint(),
            )
        except hub.errors.RemoteEntryNotFoundError:
            raise _no_file(wanted, gguf_files(wanted.repo)) from None
    untrusted_digest = found.etag or ""
    if found.commit_hash is None:
        raise _no_hub(host())
    if not re.fullmatch(r"[0-9a-f]{64}", untrusted_digest) or not found.size:
        raise UserError(
            f"{host()} does not say the sha256 of {wanted.file}.",
            "Without it what arrives cannot be checked. Fetch the file in another way and add it:",
            "samantha model use PATH",
        )
    if not re.fullmatch(r"[0-9a-f]{40}", found.commit_hash):
        raise _no_hub(host())
    return RemoteFile(wanted.repo, wanted.file, found.commit_hash, found.size, untrusted_digest)


def address(wanted: Reference | RemoteFile) -> str:
    """Return the address of a file."""
    found: str = library().hf_hub_url(
        wanted.repo, wanted.file, revision=wanted.revision, endpoint=endpoint()
    )
    return found


def licence(repo: str) -> str:
    """Ask the hub for the licence of a repository; '' where it says none."""
    for tag in _info(repo).tags or ():
        match = re.fullmatch(r"license:([\w.+-]{1,60})", tag)
        if match is not None:
            return match[1]
    return ""


def gguf_files(repo: str) -> list[str]:
    """Ask the hub for the names of the GGUF files of a repository, the usual ones first."""
    found = [one.rfilename for one in _info(repo).siblings or ()]
    names = [name for name in found if name.lower().endswith(".gguf")]
    # Q4_K_M is the usual compromise of size and quality.
    return sorted(names, key=lambda name: ("q4_k_m" not in name.lower(), name))[:_MAX_NAMES]


def choice(names: Sequence[str]) -> str:
    """Return the names of files to choose from, in words."""
    if not names:
        return "There is no GGUF file in it."
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"There are: {', '.join(names[:_SHOWN])}{more}."


def library() -> Any:
    """Import the library, told beforehand to send nothing of its own accord."""
    for name in _QUIET:
        os.environ[name] = "1"
    import huggingface_hub
    import huggingface_hub.errors

    return huggingface_hub


@contextlib.contextmanager
def telling(repo: str) -> Iterator[None]:
    """Turn what the library raises into what a user can act on; ``Unreachable`` may pass."""
    import httpx2  # the client that the library brings along

    errors = library().errors
    at = host()
    try:
        yield
    except errors.GatedRepoError as problem:
        raise UserError(
            f"{at} gives {repo} only to people who agreed to its terms.",
            "samantha sends no account along. Fetch the file in your browser, then:",
            "samantha model use PATH",
        ) from problem
    except errors.RepositoryNotFoundError as problem:
        raise UserError(
            f"There is no repository {repo} at {at}, or it is not public.", "", _LIST
        ) from problem
    except (errors.HFValidationError, httpx2.InvalidURL) as problem:
        raise UserError(
            f"'{repo}' is no name of a repository.", "It is written owner/repository.", _LIST
        ) from problem
    except errors.OfflineModeIsEnabled as problem:
        raise UserError(
            "HF_HUB_OFFLINE is set, so nothing is fetched.", "", "unset HF_HUB_OFFLINE"
        ) from problem
    except errors.HfHubHTTPError as problem:
        raise _answers(repo, at, problem.response.status_code) from problem
    except httpx2.HTTPError as problem:
        raise Unreachable(
            f"{at} cannot be reached.",
            "Fetching a model needs the internet once; all else goes on without it. A file that "
            "was fetched on another machine can be used too: samantha model use PATH",
            _LIST,
        ) from problem
    except ValueError as problem:
        # An answer that is no JSON, a header that is no number.
        raise _no_hub(at) from problem


def _answers(repo: str, at: str, status: int) -> UserError:
    if status in (404, 410):
        return UserError(
            f"The file is not in {repo} at {at} any more.", "It was moved or withdrawn.", _LIST
        )
    return UserError(f"{at} answers with error {status}.", "Try again later.", _LIST)


def _no_hub(at: str) -> UserError:
    return UserError(
        f"{at} answers, but not as a hub does.",
        "A login page of this network may stand in between, or HF_ENDPOINT is wrong.",
        _LIST,
    )


def _no_file(wanted: Reference, names: Sequence[str]) -> UserError:
    then = f"samantha model pull {wanted.repo}/{names[0]}" if names else _LIST
    return UserError(f"There is no file '{wanted.file}' in {wanted.repo}.", choice(names), then)


def _info(repo: str) -> Any:
    with telling(repo):
        api = library().HfApi(endpoint=endpoint(), token=False, headers=dict(HEADERS))
        return api.model_info(repo, timeout=TIMEOUT_S)
