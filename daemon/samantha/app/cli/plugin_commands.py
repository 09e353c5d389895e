"""`samantha plugins`: list, info, enable, disable."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly
    from samantha.app.plugins import Listed

app = typer.Typer(help="What looks at your documents.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=lambda: _names())]


def _names() -> list[str]:
    from samantha.app.plugins import builtin_folder
    from samantha.app.session import places_and_config

    folders = [builtin_folder(), places_and_config()[0].plugins]
    return [p.parent.name for f in folders if f.is_dir() for p in f.glob("*/plugin.toml")]


def _row(a: Assembly, name: str) -> Listed:
    for row in a.listed:
        if row.name == name:
            return row
    near = difflib.get_close_matches(name, [r.name for r in a.listed], 1)
    raise UserError(
        f"There is no plugin '{name}'." + (f" Did you mean '{near[0]}'?" if near else ""),
        "",
        f"samantha plugins info {near[0]}" if near else "samantha plugins list",
    )


@app.command("list")
def list_plugins(as_json: Json = False) -> None:
    """List the plugins with their states; imports none that is not enabled."""
    from samantha.app.session import joined

    with joined() as a:
        for row in a.listed if as_json else ():
            json_line(
                {
                    "name": row.name,
                    "state": str(row.state),
                    "reason": row.reason,
                    "version": row.manifest.version if row.manifest else "",
                    "summary": row.manifest.summary if row.manifest else "",
                }
            )
        if not as_json:
            columns(
                (r.name, str(r.state), r.reason or (r.manifest.summary if r.manifest else ""))
                for r in a.listed
            )


@app.command()
def info(name: Name, as_json: Json = False) -> None:
    """Say what a plugin sees, what it may propose, and how it is configured."""
    from samantha.app.session import joined

    with joined() as a:
        row = _row(a, name)
        manifest = row.manifest
        record = {
            "name": row.name,
            "state": str(row.state),
            "reason": row.reason,
            "version": manifest.version if manifest else "",
            "summary": manifest.summary if manifest else "",
            "reads": list(manifest.permissions.reads) if manifest else [],
            "proposes": list(manifest.permissions.proposes) if manifest else [],
            "folder": str(manifest.folder) if manifest else "",
            "built_in": manifest.builtin if manifest else False,
        }
        if as_json:
            json_line(record)
            return
        heading(f"{record['name']} {record['version']}  {record['state']}")
        for key in ("reason", "summary", "reads", "proposes", "folder"):
            value = record[key]
            text = ", ".join(value) if isinstance(value, list) else str(value)
            if text:
                line(f"  {key}: {text}")


@app.command()
def enable(name: Name) -> None:
    """Switch a plugin on; for one that is not built in this is your consent."""
    from samantha.app.session import joined

    with joined() as a:
        row = _row(a, name)
        if row.manifest is None:
            raise UserError(
                f"'{name}' cannot be enabled: {row.reason}.", "", "samantha plugins list"
            )
        a.state.set_setting(f"plugin/{name}/switched", "on")
        if not row.manifest.builtin:
            a.state.set_setting(f"plugin/{name}/consent", "yes")
        a.state.audit("settings", "plugin_enabled", a.clock.now(), plugin=name)
        line(f"{name} is enabled from the next start of the daemon on.")


@app.command()
def disable(name: Name) -> None:
    """Switch a plugin off."""
    from samantha.app.session import joined

    with joined() as a:
        _row(a, name)
        a.state.set_setting(f"plugin/{name}/switched", "off")
        a.state.audit("settings", "plugin_disabled", a.clock.now(), plugin=name)
        line(f"{name} is disabled from the next start of the daemon on.")
