"""The commented config.toml that `samantha config init` writes."""

from __future__ import annotations

import os
from pathlib import Path

from samantha.api.errors import UserError

TEMPLATE = """\
# samantha reads this file when it starts. `samantha config check` tells every problem in it.

[user]
# Your names as you sign them, pen names too, and the addresses you send mail from.
# They decide which letters are yours and which were written to you.
names = []
addresses = []
# Lines for the title page of a manuscript: street, town, telephone.
contact = []
# zone = "Europe/Vienna"          # default: the system's

# What is watched. Secrets, caches, version control and dot-folders are never looked at.
[[sources]]
name = "documents"
kind = "files"                    # files, maildir, mbox, or eml (a folder of .eml files)
path = "{documents}"
exclude = []                      # gitignore syntax, as in "*.bak" or "private/"

# [[sources]]
# name = "mail"
# kind = "maildir"
# path = "~/Maildir"

# A mail account; `samantha mail add ADDRESS` finds the servers, asks for the password, which goes
# into your keyring, and writes this.
# [[accounts]]
# name = "anna"
# address = "anna@example.org"
# imap = "imap.example.org"
# smtp = "smtp.example.org"
# accept = "send"                 # a yes sends after half a minute; "draft": it goes to Drafts

[attention]
budget = 3                        # suggestions a day
quiet_hours = "22:00-07:00"       # nothing is shown; it waits
digest = "18:00"                  # one notification with what was held back; "" for none
muted = []                        # plugins, or "plugin/kind"
threshold = 0.5                   # how sure it must be, 0 to 1

[output]
folder = "~/Documents/samantha"   # finished manuscripts
# drafts = "~/Maildir"            # cover mails go to the Drafts folder of this Maildir

[calendar]
# Entries are written here, one .ics file each, and read from here. Name the folder of a calendar
# that khal or vdirsyncer keeps, and they appear there.
# folder = "~/.local/share/calendars/private"   # default: Calendar in the output folder

# Where your work could go. Calls found in your mail are added to these.
# [[outlets]]
# name = "The Harbour Review"
# address = "submissions@example.org"
# deadline = 2027-06-30T23:59:00
# genres = ["letter", "essay"]    # letter, poem, story, manuscript, essay
# max_words = 8000

[model]
enabled = true
idle_minutes = 5                  # then it leaves memory
# An instruct model on a server of your network (llama-server, vLLM, Ollama): text then leaves
# this machine, and every offer written with it says so.
# endpoint = "http://192.168.1.5:8080/v1"
# endpoint_model = ""             # needed if the server has several
# endpoint_public = false         # true: the address may lie outside your network (https only)

# [plugins.bills]
# days_before = 3
"""


def write_first_config(path: Path) -> None:
    """Write the template, readable by the user alone; refuse to overwrite."""
    text = TEMPLATE.replace("{documents}", "~/Documents")
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as problem:
        raise UserError(
            f"{path} is there already.", "It was left as it is.", "samantha config check"
        ) from problem
    with os.fdopen(fd, "w", encoding="utf-8") as stream:
        stream.write(text)
