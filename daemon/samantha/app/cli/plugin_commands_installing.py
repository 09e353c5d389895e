"""`samantha plugins` for strangers' plugins: search, install, update, uninstall, lock, index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import agreed, columns, json_line, line, size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samantha.app.assembly import Assembly
    from samantha.app.plugin_index import Found
    from samantha.app.plugin_package import Package
    from samantha.app.plugins import Manifest

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree without being asked.")]
Build = Annotated[
    bool, typer.Option("--build", help="Build it first; that runs its author's code, as you.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=lambda: _own_names())]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(search)
    app.command()(install)
    app.command()(update)
    app.command()(uninstall)
    app.command()(lock)
    app.command()(index)


def asks_for(manifest: Manifest) -> list[tuple[str, str]]:
    """Return what a plugin may see and propose, in words."""
    reads = ", ".join(manifest.permissions.reads) or "nothing"
    proposes = ", ".join(manifest.permissions.proposes) or "nothing"
    return [("  reads", reads), ("  proposes", proposes)]


def search(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS]...")] = None,
    as_json: Json = False,
) -> None:
    """Look for plugins in the indexes that config.toml names; all words must be there."""
    from samantha.app.plugin_index import matching
    from samantha.app.session import places_and_config

    places, _ = places_and_config()
    found = matching(_indexed(), words or ())
    own = {folder.parent.name for folder in places.plugins.glob("*/plugin.toml")}
    for one in found if as_json else ():
        json_line(
            {
                **one.entry.model_dump(mode="json"),
                "index": one.index.name,
                "installed": one.entry.name in own,
            }
        )
    if as_json:
        return
    columns(
        (
            one.entry.name,
            one.entry.version,
            "installed" if one.entry.name in own else "",
            f"reads {', '.join(one.entry.reads)}; proposes {', '.join(one.entry.proposes)}",
            one.entry.summary,
        )
        for one in found
    )
    if not found:
        line("No plugin is called so or says so of itself.")
    else:
        line()
        line(f"Type: samantha plugins install {found[0].entry.name}")


def _indexed() -> list[Found]:
    from samantha.adapters.clock import SystemClock
    from samantha.app.plugin_index import look_up
    from samantha.app.session import places_and_config

    places, config = places_and_config()
    known = [section.index() for section in config.indexes]
    if not known:
        raise UserError(
            "No plugin index is configured.",
            "samantha asks no server of its own accord. Whoever keeps an index tells the lines "
            "for config.toml: [[indexes]] with name, place and key; see docs/plugin-index.md.",
            "samantha config path",
        )
    found, notes = look_up(known, places, SystemClock().now())
    for note in notes:
        sys.stderr.write(f"samantha: {note}\n")
    return found


def install(
    where: Annotated[
        str,
        typer.Argument(
            metavar="WHERE", help="A folder, a wheel, a name, or a git repository's address."
        ),
    ],
    build: Build = False,
    yes: Yes = False,
) -> None:
    """Put a plugin among your own. Nothing of it is run; it sees nothing until you enable it."""
    from samantha.app.plugin_consent import withdraw
    from samantha.app.plugin_installing import laid_out, put, remember
    from samantha.app.session import joined

    package = _package(where, build, yes)
    with joined() as a, laid_out(package, a.places) as manifest:
        _check_name(manifest.name, a)
        # A yes to an earlier one, whose folder was deleted by hand, is none to this one.
        withdraw(a, manifest.name)
        target = put(manifest, a.places)
        remember(a, manifest, package)
        a.state.audit(
            "settings",
            "plugin_installed",
            a.clock.now(),
            plugin=manifest.name,
            origin=package.origin,
        )
        _tell(manifest, package)
        line(f"It is in {target} and sees nothing yet.")
        line(f"Type: samantha plugins check {manifest.name}")


def _package(where: str, build: bool, yes: bool) -> Package:
    from samantha.app.plugin_fetching import package_from
    from samantha.app.session import places_and_config

    def found() -> Iterable[Found]:
        return _indexed() if places_and_config()[1].indexes else ()

    return package_from(where, found, lambda question: agreed(question, yes), build=build)


def _check_name(name: str, a: Assembly) -> None:
    for row in a.listed:
        if row.name != name:
            continue
        built_in = row.manifest is not None and row.manifest.builtin
        means = "It is built in; no plugin can take its name." if built_in else ""
        then = f"samantha plugins {'info' if built_in else 'update'} {name}"
        raise UserError(f"There is a plugin '{name}' already.", means, then)


def _tell(manifest: Manifest, package: Package) -> None:
    line(f"{manifest.name} {manifest.version}: {manifest.summary}")
    kept = sum(len(data) for data in package.files.values())
    files = f"{len(package.files)}, {size(kept)}"
    columns([("  from", package.origin), *asks_for(manifest), ("  files", files)])


def update(
    name: Name,
    origin: Annotated[
        str, typer.Option("--from", metavar="WHERE", help="Else from where it was installed.")
    ] = "",
    build: Build = False,
    yes: Yes = False,
) -> None:
    """Exchange a plugin for a newer one; says what changed, and asks again."""
    from samantha.app.plugin_consent import agree, has_agreed, own_plugin
    from samantha.app.plugin_files import Snapshot
    from samantha.app.plugin_installing import laid_out, remember
    from samantha.app.plugin_troubles import Troubles
    from samantha.app.session import joined

    with joined() as a:
        old = own_plugin(a, name)
        where = origin or _where_from(a, name)
        package = _package(where, build, yes)
        before = has_agreed(a, name)
        with laid_out(package, a.places) as manifest:
            if manifest.name != name:
                raise UserError(
                    f"{where} is another plugin, {manifest.name}.",
                    "Nothing was changed.",
                    f"samantha plugins install {where}",
                )
            if not _exchanged(a, old, manifest, package, before, yes):
                return
        remember(a, manifest, package)
        Troubles(a.state).over(name)
        if before:
            agree(a, manifest, Snapshot(package.files))
        a.state.audit(
            "settings",
            "plugin_updated",
            a.clock.now(),
            plugin=name,
            version=manifest.version,
            origin=package.origin,
        )
        line(f"{name} is {manifest.version} from the next start of the daemon on.")


def _where_from(a: Assembly, name: str) -> str:
    """Return from where a plugin was installed."""
    from samantha.app.plugin_installing import origin_of

    known = origin_of(a.state, name)
    if known is None or not known.where:
        raise UserError(
            f"'{name}' was not installed from anywhere: its folder is yours to change.",
            "What changed in it is told when you enable it again.",
            f"samantha plugins enable {name}",
        )
    return known.where


def _exchanged(
    a: Assembly, old: Path, manifest: Manifest, package: Package, before: bool, yes: bool
) -> bool:
    """Tell what is new, ask, and put it in the old one's place; False if nothing is new."""
    from samantha.app.plugin_consent import changed_since, differences
    from samantha.app.plugin_files import Snapshot
    from samantha.app.plugin_installing import only_copy, put

    told = differences(old, manifest)
    here = not told
    # What counts is what was agreed to: what lies there now may never have been, after a kill
    # between the exchange and the yes, or a change by hand.
    told = (changed_since(a, manifest, Snapshot(package.files)) if before else []) or told
    if not told:
        line(f"{manifest.name} {manifest.version} is what is here already.")
        return False
    line(f"{manifest.name}, from {package.origin}:")
    for row in told:
        line(f"  {row}")
    if not here and only_copy(a, manifest.name, old):
        line("  What was changed in its folder by hand is lost.")
    question = "Exchange it, and let it see and propose that?" if before else "Exchange it?"
    if not agreed(question, yes):
        raise UserError("Nothing was changed.", "", f"samantha plugins info {manifest.name}")
    if not here:
        put(manifest, a.places, instead=True)
    return True


def uninstall(name: Name, yes: Yes = False) -> None:
    """Delete a plugin's folder, and forget that you agreed to it."""
    from samantha.app.plugin_consent import own_plugin, withdraw
    from samantha.app.plugin_installing import forget, only_copy, take_out
    from samantha.app.session import joined

    with joined() as a:
        folder = own_plugin(a, name)
        if only_copy(a, name, folder):
            line(f"{folder} holds what cannot be installed again: it may be work of yours.")
            if not agreed("Delete it?", yes):
                raise UserError("Nothing was changed.", "", f"samantha plugins disable {name}")
        withdraw(a, name)
        take_out(name, a.places)
        forget(a.state, name)
        a.state.audit("settings", "plugin_uninstalled", a.clock.now(), plugin=name)
        line(f"{name} is gone. Its settings in config.toml, if any, are as they were.")


def lock(
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every file with its hash in the lockfile.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List what was installed and what you agreed to; --verify compares the files with it."""
    from samantha.app.plugin_consent import verified
    from samantha.app.session import joined

    with joined() as a:
        rows = verified(a)
        path = a.places.plugin_lock
    for row in rows if as_json else ():
        json_line(
            {
                "name": row.name,
                "version": row.version,
                "agreed": row.agreed.isoformat() if row.agreed else None,
                "origin": row.origin,
                "files": row.files,
                "changes": list(row.changes),
            }
        )
    if not as_json:
        for row in rows:
            state = "as agreed to" if row.agreed else "as installed"
            told = (
                "; ".join(row.changes) or state
                if verify
                else f"{row.origin}, {len(row.files)} files"
            )
            since = f"{row.agreed:%Y-%m-%d}" if row.agreed else "no yes yet"
            columns([(row.name, row.version, since, told)])
        yes = sum(row.agreed is not None for row in rows)
        count = "1 plugin" if yes == 1 else f"{yes} plugins"
        line(f"You agreed to {count} from outside{f'; see {path}' if rows else ''}.")
    if verify and any(row.changes for row in rows):
        raise typer.Exit(1)


def index(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the wheels lie.")],
    key: Annotated[
        Path,
        typer.Option("--key", metavar="FILE", help="Your private key; made if it is not there."),
    ],
) -> None:
    """Make a signed index of the wheels in a folder, for others to install from."""
    from samantha.app.plugin_publishing import publish

    made = publish(folder.expanduser().absolute(), key.expanduser().absolute())
    columns((one.name, one.version, one.wheel) for one in made.entries)
    line()
    line(f"Wrote {made.path}, issue {made.serial}. Keep {key} to yourself.")
    line("Whoever wants to install from it writes into config.toml:")
    line("  [[indexes]]")
    line('  name = "a name of theirs"')
    line('  place = "https://… where you put the folder …/plugins.index"')
    line(f'  key = "{made.public}"')


def _own_names() -> list[str]:
    from samantha.app.places import Places

    return sorted(p.parent.name for p in Places.of_user().plugins.glob("*/plugin.toml"))
