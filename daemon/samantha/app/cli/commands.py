"""The command tree: `samantha --help`."""

from __future__ import annotations

import typer

from samantha.app.cli import (
    backtest,
    configuring,
    deciding,
    digest,
    learning,
    looking,
    mail_commands,
    model_commands,
    model_trying,
    plugin_commands,
    running,
    setup,
    showing,
    silence,
    stats,
    why,
)

app = typer.Typer(
    name="samantha",
    help="Reads your files and mail on this computer, suggests finished actions, asks first.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

running.add_to(app)
looking.add_to(app)
app.command()(silence.silence)
digest.add_to(app)
app.command()(showing.show)
app.command()(why.why)
app.command()(stats.stats)
app.command()(setup.setup)
deciding.add_to(app)
backtest.add_to(app)
app.add_typer(plugin_commands.app, name="plugins")
app.add_typer(mail_commands.app, name="mail")
model_trying.add_to(model_commands.app)
app.add_typer(model_commands.app, name="model")
app.add_typer(learning.app, name="learn")
app.add_typer(configuring.app, name="config")
app.add_typer(running.service, name="service")
app.add_typer(looking.audit, name="audit")


def _version(value: bool) -> None:
    if value:
        from samantha import __version__

        typer.echo(f"samantha {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Reads your files and mail on this computer, suggests finished actions, asks first."""
