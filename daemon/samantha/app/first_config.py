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

[attention]                       # docs/attention.md tells all of them
budget = 3                        # suggestions a day
# budget_hour = 2                 # and an hour; default: two thirds of the day's
# urgent_beyond_budget = true     # one urgent thing a day may go beyond, and says so
quiet_hours = "22:00-07:00"       # nothing is shown; it waits
# quiet_days = ["saturday", "sunday"]
digest = "18:00"                  # one notification with what was held back; "" for none
# kinds = []                      # if it names any, only these: plugins, or "plugin/kind"
muted = []                        # plugins, or "plugin/kind"
# muted_sources = []              # "~/Old", "news@shop.example", "@shop.example", a list, a source
# threshold = 0.5                 # how sure it must be, 0 to 1; unset, marks in the setup move it
# cost = 0.3                      # what an interruption costs, 0 to 1: what is worth less waits
# cooldown_after = 3              # a kind rests after so many dismissals in a row; 0 for never
# cooldown_days = 14
# It also waits while
# do_not_disturb = true           # the desktop is set so
# full_screen = true              # a window fills the screen
# sharing = true                  # your screen is shared or recorded, or your camera is on
# meetings = true                 # a meeting of your calendar runs
# away_minutes = 5                # you touched nothing for so long, or locked the screen; 0: never
# writing_minutes = 5             # you changed what it rests on so lately; 0: never

[output]
folder = "~/Documents/samantha"   # finished manuscripts
# mail_editor = "mutt -E -H"      # for `samantha edit ID --mail`: edits a file and gives it back
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

# [plugins]
# isolate_builtin = false         # true: the built-in ones too run each in a jail; some 30 MB each

# [plugins.bills]
# days_before = 3

# A list of plugins that `samantha plugins search` looks into; its keeper tells these lines.
# [[indexes]]
# name = "friends"
# place = "https://plugins.example.org/plugins.index"
# key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""


def write_first_config(path: Path, text: str = "") -> None:
    """Write the template or a text made of it, readable by the user alone; never overwrite."""
    text = text or TEMPLATE.replace("{documents}", "~/Documents")
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as problem:
        raise UserError(
            f"{path} is there already.", "It was left as it is.", "samantha config check"
        ) from problem
    with os.fdopen(fd, "w", encoding="utf-8") as stream:
        stream.write(text)
