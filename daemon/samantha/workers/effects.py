"""The primitive effects: whole or not at all, recognised when repeated, undone exactly.

An effect is undone only while what it made is still what it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from samantha.core.ports import Refused
from samantha.workers.places import (
    exists,
    folder_of,
    hash_of,
    part_name,
    read_all,
    remove_folders,
    rename_free,
    write_new,
)

Facts = dict[str, Any]
Answer = Literal["done", "not_done", "?"]


def leaf(path: str) -> str:
    """Return the last name of a path."""
    return path.rsplit("/", 1)[1]


def facts_of(effect: Mapping[str, Any], key: str) -> Facts:
    """Return what undo needs for an effect that was found done after a crash."""
    target = str(effect["target"])
    facts: Facts = {"target": target, "sha256": effect["sha256"], "made": []}
    if effect["type"] == "move_file":
        return {**facts, "source": effect["source"]}
    if effect["type"] == "deliver_draft" and not target.endswith(".eml"):
        return _draft_facts(effect, base_of(key), [])
    # The folder of a written file had a free name when the payload was built: it is ours too,
    # and is only removed when it is empty.
    return {**facts, "made": [target.rsplit("/", 1)[0]]}


# --- write_file ----------------------------------------------------------------------------


def write_file(effect: Mapping[str, Any], data: bytes, roots: Sequence[str]) -> Facts:
    """Write a new file; an existing one is never touched."""
    target, made = str(effect["target"]), list[str]()
    try:
        with folder_of(target, roots, made) as at:
            if exists(at, leaf(target)):
                raise Refused("there is already a file of this name")
            found = write_new(at, leaf(target), data)
    except (OSError, Refused):
        remove_folders(made, roots)
        raise
    return {"target": target, "sha256": effect["sha256"], "inode": found.st_ino, "made": made}


def file_written(effect: Mapping[str, Any], roots: Sequence[str]) -> Answer:
    """Tell whether the file is there with exactly these bytes."""
    target = str(effect["target"])
    try:
        with folder_of(target, roots) as at:
            digest, _ = hash_of(at, leaf(target))
    except (FileNotFoundError, Refused):
        return "not_done"
    return "done" if digest == effect["sha256"] else "not_done"


def unwrite_file(facts: Mapping[str, Any], roots: Sequence[str]) -> str:
    """Remove a file that was written, if it is still the same."""
    target = str(facts["target"])
    try:
        with folder_of(target, roots) as at:
            problem = _remove_same(at, leaf(target), str(facts["sha256"]))
    except Refused:
        problem = "the file is no longer there"
    # Only empty ones go; an undo that was killed may have left them.
    remove_folders(facts.get("made", ()), roots)
    return problem


def _remove_same(at: int, name: str, sha256: str) -> str:
    """Take a file away and look at it where nobody else reaches for it, then remove it."""
    aside = part_name(name + "/undo")
    if exists(at, aside) and not exists(at, name):
        # An undo was killed here. What it set aside goes back and is looked at anew.
        rename_free(aside, at, name, at)
    try:
        if hash_of(at, name)[0] != sha256:
            return "the file has changed since"
        rename_free(name, at, aside, at)
    except FileNotFoundError:
        return "the file is no longer there"
    if hash_of(at, aside)[0] != sha256:
        rename_free(aside, at, name, at)
        return "the file has changed since"
    os.unlink(aside, dir_fd=at)
    os.fsync(at)
    return ""


# --- move_file -----------------------------------------------------------------------------


def move_file(effect: Mapping[str, Any], roots: Sequence[str]) -> Facts:
    """Move a file whose content is known to a free name, across disks too."""
    source, target, made = str(effect["source"]), str(effect["target"]), list[str]()
    if leaf(target).startswith("."):
        raise Refused("the new name would hide the file")
    try:
        with folder_of(source, roots) as come, folder_of(target, roots, made) as go:
            _move(come, leaf(source), go, leaf(target), str(effect["sha256"]))
    except (OSError, Refused):
        remove_folders(made, roots)
        raise
    return {"source": source, "target": target, "sha256": effect["sha256"], "made": made}


def _move(come: int, name: str, go: int, new: str, sha256: str) -> None:
    try:
        digest, found = hash_of(come, name)
    except FileNotFoundError as problem:
        raise Refused("the file is no longer there") from problem
    if digest != sha256:
        raise Refused("the file has changed since it was offered")
    if exists(go, new):
        raise Refused("there is already a file of this name")
    if os.fstat(go).st_dev != found.st_dev:
        _move_across(come, name, go, new, found)
        return
    rename_free(name, come, new, go)
    # Between the look and the rename another file may have taken the name.
    if os.lstat(new, dir_fd=go).st_ino != found.st_ino:
        rename_free(new, go, name, come)
        raise Refused("the file was replaced a moment ago")
    os.fsync(go)
    os.fsync(come)


def _move_across(come: int, name: str, go: int, new: str, found: os.stat_result) -> None:
    data = read_all(come, name)
    write_new(go, new, data)
    os.chmod(new, stat.S_IMODE(found.st_mode), dir_fd=go)
    os.utime(new, ns=(found.st_atime_ns, found.st_mtime_ns), dir_fd=go)
    digest, now = hash_of(come, name)
    same = (now.st_ino, now.st_mtime_ns) == (found.st_ino, found.st_mtime_ns)
    if not same or hashlib.sha256(data).hexdigest() != digest:
        os.unlink(new, dir_fd=go)
        raise Refused("the file changed while it was moved")
    os.unlink(name, dir_fd=come)
    os.fsync(come)


def file_moved(effect: Mapping[str, Any], roots: Sequence[str]) -> Answer:
    """Tell from both ends of a move whether it happened."""
    here = _is(str(effect["source"]), str(effect["sha256"]), roots)
    there = _is(str(effect["target"]), str(effect["sha256"]), roots)
    if there and here is None:
        return "done"
    if here and there is None:
        return "not_done"
    return "?"


def _is(path: str, sha256: str, roots: Sequence[str]) -> bool | None:
    try:
        with folder_of(path, roots) as at:
            return hash_of(at, leaf(path))[0] == sha256
    except (FileNotFoundError, Refused):
        return None


def unmove_file(facts: Mapping[str, Any], roots: Sequence[str]) -> str:
    """Move a file back where it was, if it is still the same and its old name is free."""
    source, target = str(facts["source"]), str(facts["target"])
    try:
        with folder_of(target, roots) as come, folder_of(source, roots, []) as go:
            _move(come, leaf(target), go, leaf(source), str(facts["sha256"]))
    except Refused as problem:
        remove_folders(facts.get("made", ()), roots)
        return str(problem)
    remove_folders(facts.get("made", ()), roots)
    return ""


# --- deliver_draft -------------------------------------------------------------------------

_MAILDIR = ("cur", "new", "tmp")
_FLAGS = ":2,DS"


def base_of(key: str) -> str:
    """Return the unique name of a draft, the same for the same key."""
    return f"0.{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.samantha"


def deliver_draft(effect: Mapping[str, Any], data: bytes, key: str, roots: Sequence[str]) -> Facts:
    """Put a draft into a Maildir, flagged as draft and seen."""
    target = str(effect["target"])
    if target.endswith(".eml"):
        return write_file(effect, data, roots)
    base, made = base_of(key), list[str]()
    for folder in _MAILDIR:
        with folder_of(f"{target}/{folder}/{base}", roots, made):
            pass
    facts = _draft_facts(effect, base, made)
    with folder_of(f"{target}/cur/{base}", roots) as cur:
        if _delivered(cur, base):
            return facts
        with folder_of(f"{target}/{_MAILDIR[2]}/{base}", roots) as tmp:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(base, dir_fd=tmp)
            write_new(tmp, base, data)
            rename_free(base, tmp, f"{base}{_FLAGS}", cur)
            os.fsync(cur)
    return facts


def _draft_facts(effect: Mapping[str, Any], base: str, made: list[str]) -> Facts:
    """Return what undo needs, and under ``path`` where the draft lies until it is opened."""
    maildir = str(effect["target"])
    return {
        "maildir": maildir,
        "base": base,
        "path": f"{maildir}/cur/{base}{_FLAGS}",
        "sha256": effect["sha256"],
        "made": made,
    }


def _delivered(at: int, base: str) -> str:
    return next((n for n in os.listdir(at) if n == base or n.startswith(base + ":")), "")


def draft_delivered(effect: Mapping[str, Any], key: str, roots: Sequence[str]) -> Answer:
    """Tell whether the draft lies in its folder, whatever flags it has by now."""
    target = str(effect["target"])
    if target.endswith(".eml"):
        return file_written(effect, roots)
    for folder in ("cur", "new"):
        with (
            contextlib.suppress(Refused),
            folder_of(f"{target}/{folder}/x", roots) as at,
        ):
            if _delivered(at, base_of(key)):
                return "done"
    return "not_done"


def undeliver_draft(facts: Mapping[str, Any], roots: Sequence[str]) -> str:
    """Remove a draft that is still exactly what was put there."""
    if "maildir" not in facts:
        return unwrite_file(facts, roots)
    for folder in ("cur", "new"):
        with (
            contextlib.suppress(Refused),
            folder_of(f"{facts['maildir']}/{folder}/x", roots) as at,
        ):
            name = _delivered(at, str(facts["base"]))
            if name:
                problem = _remove_same(at, name, str(facts["sha256"]))
                if not problem:
                    remove_folders(facts.get("made", ()), roots)
                return problem.replace("file", "draft")
    return "the draft is no longer there: it was sent, moved or deleted"
