"""`python -m samantha`."""

from samantha.app.cli import main

main()
