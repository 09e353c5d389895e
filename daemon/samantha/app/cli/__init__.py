"""The command line. Heavy libraries load in the commands that use them."""

from __future__ import annotations

import sys

from samantha.api.errors import UserError

EXIT_USER = 1
EXIT_BUG = 70


def main() -> None:
    """Run the command line; the only place that turns errors into exit codes."""
    from samantha.app.cli.commands import app

    try:
        app(prog_name="samantha")
    except UserError as problem:
        tell(problem)
        sys.exit(EXIT_USER)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_USER)
    except Exception as problem:
        import os

        if os.environ.get("SAMANTHA_TRACEBACK"):
            raise
        sys.stderr.write(
            f"samantha: a defect of ours: {type(problem).__name__}\n"
            "  Your files and decisions are untouched by it.\n"
            "  To see where, set SAMANTHA_TRACEBACK=1 and run it again.\n"
        )
        sys.exit(EXIT_BUG)


def tell(problem: UserError) -> None:
    """Print what happened, what it means and what to type, to standard error."""
    sys.stderr.write(f"samantha: {problem.what}\n")
    if problem.means:
        sys.stderr.write(f"  {problem.means}\n")
    if problem.type_this:
        sys.stderr.write(f"  Type: {problem.type_this}\n")
