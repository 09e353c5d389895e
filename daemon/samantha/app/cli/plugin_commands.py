"""`samantha plugins`: list, info, enable, disable, config; the rest stands beside it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from samantha.api.errors import UserError
from samantha.app.cli import plugin_commands_installing, plugin_commands_making
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import agreed, columns, heading, json_line, line
from samantha.app.cli.plugin_commands_installing import Yes, asks_for

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly
    from samantha.app.plugin_settings import Setting
    from samantha.app.plugins import Listed

app = typer.Typer(help="What looks at your documents.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", autocompletion=lambda: plugin_names())]


def plugin_names() -> list[str]:
    """Return the names of all plugins, for the shell."""
    from samantha.app.places import Places
    from samantha.app.plugin_finding import found

    return sorted({one.name for one in found(Places.of_user().plugins)})


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
                    "built_in": row.manifest.builtin if row.manifest else False,
                }
            )
        if not as_json:
            columns(
                (r.name, str(r.state), r.reason or (r.manifest.summary if r.manifest else ""))
                for r in a.listed
            )


@app.command()
def info(name: Name, as_json: Json = False) -> None:
    """Say what a plugin sees, what it may propose, where it is from, how it is configured."""
    from samantha.app.session import joined

    with joined() as a:
        record = _record(a, _row(a, name))
        if as_json:
            json_line(record)
            return
        heading(f"{record['name']} {record['version']}  {record['state']}")
        for key in ("reason", "summary", "reads", "proposes", "folder", "origin", "agreed"):
            value = record[key][:10] if key == "agreed" else record[key]
            text = ", ".join(value) if isinstance(value, list) else str(value)
            if text:
                line(f"  {key}: {text}")
        if record["settings"]:
            line(f"  settings: samantha plugins config {name}")


def _record(a: Assembly, row: Listed) -> dict[str, Any]:
    from samantha.app.plugin_consent import verified
    from samantha.app.plugin_installing import origin_of

    manifest = row.manifest
    origin = origin_of(a.state, row.name)
    builtin = manifest.builtin if manifest else False
    yes = [] if builtin else [one for one in verified(a) if one.name == row.name and one.agreed]
    return {
        "name": row.name,
        "state": str(row.state),
        "reason": row.reason,
        "version": manifest.version if manifest else "",
        "summary": manifest.summary if manifest else "",
        "reads": list(manifest.permissions.reads) if manifest else [],
        "proposes": list(manifest.permissions.proposes) if manifest else [],
        "folder": str(manifest.folder) if manifest else "",
        "built_in": builtin,
        "origin": origin.origin if origin else manifest.origin if manifest else "",
        "agreed": yes[0].agreed.isoformat() if yes and yes[0].agreed else "",
        "settings": [one.name for one in _settings(row)],
    }


def _settings(row: Listed) -> list[Setting]:
    from samantha.app.plugin_settings import settings_in

    if row.manifest is None:
        return []
    try:
        source = (row.manifest.folder / "__init__.py").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return settings_in(source)


@app.command()
def enable(name: Name, yes: Yes = False) -> None:
    """Switch a plugin on; for one that is not built in this is your consent to its files."""
    from samantha.app.plugin_consent import agree, as_it_is, changed_since
    from samantha.app.plugin_troubles import Troubles
    from samantha.app.plugins import PluginState
    from samantha.app.session import joined

    with joined() as a:
        row = _row(a, name)
        if row.manifest is None:
            raise UserError(
                f"'{name}' cannot be enabled: {row.reason}.", "", "samantha plugins list"
            )
        if not row.manifest.builtin and row.state is not PluginState.ENABLED:
            manifest, files = as_it_is(a, name)
            line(f"{name} {manifest.version}: {manifest.summary}")
            columns(asks_for(manifest))
            for told in changed_since(a, manifest, files):
                line(f"  {told}")
            line("  It runs apart, without files and network, and acts only by your yes.")
            if not agreed("Let it see and propose that?", yes):
                raise UserError(
                    "Nothing was changed.",
                    "Without your yes it sees nothing.",
                    f"samantha plugins info {name}",
                )
            agree(a, manifest, files)
        a.state.set_setting(f"plugin/{name}/switched", "on")
        Troubles(a.state).over(name)
        a.state.audit("settings", "plugin_enabled", a.clock.now(), plugin=name)
        line(f"{name} is enabled from the next start of the daemon on.")
        if told := _loaded(a, name):
            line(f"But it cannot be loaded: {told}")


def _loaded(a: Assembly, name: str) -> str:
    """Try at once, in its jail, whether a plugin can be loaded; return why not, or ''."""
    from samantha.app.assembly import plugin_list
    from samantha.app.hosted import first_load
    from samantha.app.plugin_troubles import Troubles

    rows = plugin_list(a.config, a.places, a.state)
    row = next(row for row in rows if row.name == name)
    return first_load(row, a.config.plugins.get(name, {}), Troubles(a.state), a.clock.now())


@app.command()
def disable(name: Name) -> None:
    """Switch a plugin off."""
    from samantha.app.session import joined

    with joined() as a:
        _row(a, name)
        a.state.set_setting(f"plugin/{name}/switched", "off")
        a.state.audit("settings", "plugin_disabled", a.clock.now(), plugin=name)
        line(f"{name} is disabled from the next start of the daemon on.")


@app.command()
def config(
    name: Name,
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="What to set; else all is shown."),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(help="Take a setting out again.", metavar="KEY")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a plugin's settings, or change them in config.toml; all else there stays as it is."""
    from samantha.app.session import joined

    with joined() as a:
        row = _row(a, name)
        if settings or unset:
            _change(a, row, settings or [], unset or [])
            return
        table = a.config.plugins.get(name, {})
        known = _settings(row)
        for one in known if as_json else ():
            json_line(
                {
                    "name": one.name,
                    "type": one.type,
                    "default": one.default,
                    "value": table.get(one.name),
                    "means": one.means,
                }
            )
        if not as_json:
            heading(f"[plugins.{name}]")
            columns((one.name, _shown(one, table), one.type, one.means) for one in known)
            if not known:
                line("It has no settings.")


def _shown(one: Setting, table: dict[str, Any]) -> str:
    from samantha.app.config_file import toml_value

    if one.name not in table:
        return f"{one.default} (as it comes)"
    value = table[one.name]
    return toml_value(tuple(value) if isinstance(value, list) else value)


def _change(a: Assembly, row: Listed, words: list[str], unset: list[str]) -> None:
    """Change the table in config.toml, if the plugin itself takes it."""
    import tomllib

    from samantha.app.config_file import change_config
    from samantha.app.plugin_settings import assignments, with_settings
    from samantha.app.plugin_trying import accepts

    if row.manifest is None:
        raise UserError(
            f"'{row.name}' cannot be configured: {row.reason}.", "", "samantha plugins list"
        )
    wanted: dict[str, str | None] = {**assignments(words, row.name), **dict.fromkeys(unset)}
    table = dict(a.config.plugins.get(row.name, {}))
    for key, value in wanted.items():
        table.pop(key, None)
        if value is not None:
            table[key] = tomllib.loads(f"x = {value}")["x"]
    accepts(row.manifest, table)
    change_config(a.places.config_file, lambda text: with_settings(text, row.name, wanted))
    a.state.audit("settings", "plugin_configured", a.clock.now(), plugin=row.name)
    line(f"Changed {a.places.config_file}; in force from the next start of the daemon on.")


plugin_commands_making.add_to(app)
plugin_commands_installing.add_to(app)
