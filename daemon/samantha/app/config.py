"""config.toml: typed, and all its problems told at once with line and remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
import typing
from datetime import datetime, time, tzinfo
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from samantha.api.errors import UserError
from samantha.api.types import Identity, Kind, Outlet
from samantha.core.attention import Policy, QuietHours
from samantha.core.endpoints import refused


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _place(value: Path) -> Path:
    """Return an absolute path with ``~`` replaced; where the program was started is no matter."""
    try:
        path = value.expanduser()
    except RuntimeError as problem:
        raise ValueError(f"'{value}': there is no such user") from problem
    if not path.is_absolute():
        raise ValueError(f"'{value}' must begin with / or ~")
    return path


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", value):
        raise ValueError(f"'{value}' is not a mail address such as anna@example.org")
    return value


def _gitignore(value: tuple[str, ...]) -> tuple[str, ...]:
    from samantha.core.exclusions import pattern_problem

    wrong = [told for told in map(pattern_problem, value) if told]
    if wrong:
        raise ValueError("; ".join(wrong))
    return value


class User(_Section):
    """``[user]``: who you are, so that your own work and mail are known as yours."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    zone: str = ""
    contact: tuple[str, ...] = ()

    @field_validator("addresses")
    @classmethod
    def _plain_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_mail_address(a).lower() for a in value)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError) as problem:
                near = difflib.get_close_matches(value, available_timezones(), 1)
                raise ValueError(
                    f"no time zone is called '{value}'"
                    + (f"; did you mean '{near[0]}'?" if near else "")
                ) from problem
        return value


class SourceSection(_Section):
    """``[[sources]]``: a folder, a Maildir, an mbox or a folder of mails that is watched."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[\w.-]+$")
    kind: Literal["files", "maildir", "mbox", "eml"] = "files"
    path: Path
    exclude: tuple[str, ...] = ()

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return _place(value)

    @field_validator("exclude")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _gitignore(value)


class Attention(_Section):
    """``[attention]``: when and how often it may speak."""

    budget: int = Field(default=3, ge=0, le=50)
    quiet_hours: str = "22:00-07:00"
    muted: tuple[str, ...] = ()
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    digest: str = "18:00"

    @field_validator("quiet_hours")
    @classmethod
    def _span(cls, value: str) -> str:
        if value and parse_span(value) is None:
            raise ValueError(f"'{value}' is not a span such as 22:00-07:00")
        return value

    @field_validator("digest")
    @classmethod
    def _time(cls, value: str) -> str:
        if value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError(f"'{value}' is not a time such as 18:00")
        return value


class Output(_Section):
    """``[output]``: where finished things are put after a yes."""

    folder: Path = Path("~/Documents/samantha")
    drafts: Path | None = None

    @field_validator("folder", "drafts")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return _place(value) if value is not None else None


class Calendar(_Section):
    """``[calendar]``: the folder of one calendar, a file an entry, as vdirsyncer and khal keep."""

    folder: Path | None = None

    @field_validator("folder")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return _place(value) if value is not None else None


class OutletSection(_Section):
    """``[[outlets]]``: a publisher, magazine or competition you have in mind."""

    name: str = Field(min_length=1)
    address: str = ""
    deadline: datetime | None = None
    genres: tuple[Kind, ...] = ()
    themes: str = ""
    max_words: int | None = Field(default=None, gt=0)
    max_words_each: int | None = Field(default=None, gt=0)
    min_words: int | None = Field(default=None, gt=0)
    max_pages: int | None = Field(default=None, gt=0)
    min_pieces: int | None = Field(default=None, gt=0)
    max_pieces: int | None = Field(default=None, gt=0)
    formats: tuple[str, ...] = ()
    subject: str = ""
    anonymous: bool = False
    language: str = ""

    @field_validator("address")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        return _mail_address(value) if value else value


class Model(_Section):
    """``[model]``: the embedded model, and where an instruct model is asked."""

    enabled: bool = True
    idle_minutes: float = Field(default=5, gt=0)
    # Stands before the endpoint, whose check asks for it.
    endpoint_public: bool = False
    endpoint: str = Field(default="", max_length=500)
    endpoint_model: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")

    @field_validator("endpoint")
    @classmethod
    def _near(cls, value: str, info: ValidationInfo) -> str:
        if value and (reason := refused(value, bool(info.data.get("endpoint_public")))):
            raise ValueError(reason)
        return value


class Config(_Section):
    """The whole of config.toml."""

    user: User = User()
    sources: tuple[SourceSection, ...] = ()
    attention: Attention = Attention()
    output: Output = Output()
    calendar: Calendar = Calendar()
    outlets: tuple[OutletSection, ...] = ()
    model: Model = Model()
    exclude: tuple[str, ...] = ()
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("exclude")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _gitignore(value)

    def identity(self) -> Identity:
        """Return the user's names and addresses."""
        return Identity(self.user.names, self.user.addresses)

    def zone(self) -> tzinfo:
        """Return the user's zone: the configured one, else the system's."""
        if self.user.zone:
            return ZoneInfo(self.user.zone)
        local = Path("/etc/localtime")
        if local.is_symlink():
            name = str(local.resolve()).partition("zoneinfo/")[2]
            if name in available_timezones():
                return ZoneInfo(name)
        zone = datetime.now().astimezone().tzinfo
        return zone if zone is not None else ZoneInfo("UTC")

    def calendar_folder(self) -> Path:
        """Return the folder of the calendar: the configured one, else one among the output."""
        return self.calendar.folder or self.output.folder / "Calendar"

    def policy(self) -> Policy:
        """Return the settings that attention obeys."""
        return Policy(
            zone=self.zone(),
            budget=self.attention.budget,
            quiet=parse_span(self.attention.quiet_hours),
            muted=frozenset(self.attention.muted),
            threshold=self.attention.threshold,
        )

    def known_outlets(self) -> tuple[Outlet, ...]:
        """Return the configured outlets."""
        zone = self.zone()
        return tuple(
            Outlet(
                **{
                    **section.model_dump(),
                    "deadline": section.deadline.replace(tzinfo=section.deadline.tzinfo or zone)
                    if section.deadline
                    else None,
                    "origin": "config",
                }
            )
            for section in self.outlets
        )


def parse_span(words: str) -> QuietHours | None:
    """Return quiet hours from ``22:00-07:00``; None if empty or not a span."""
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)", words)
    if not match:
        return None
    h1, m1, h2, m2 = (int(g) for g in match.groups())
    return QuietHours(time(h1, m1), time(h2, m2))


def load(path: Path) -> Config:
    """Read config.toml; a missing file is an empty configuration."""
    try:
        # Some editors put a byte order mark before the first line.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(
            f"The configuration {path} cannot be read: {problem}.",
            "Nothing is watched until it can be.",
            f"ls -l {path}",
        ) from problem
    return parse(text, str(path))


def parse(text: str, name: str = "config.toml") -> Config:
    """Return the configuration or raise one error that tells every problem with its line."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise UserError(
            f"{name} is not valid TOML: {problem}.",
            "Nothing of it was used.",
            "samantha config check",
        ) from problem
    try:
        config = Config.model_validate(raw)
    except ValidationError as problem:
        lines = [_told(error, text, name) for error in problem.errors()]
        raise UserError("\n".join(lines), "Nothing of it was used.", "samantha config check") from (
            problem
        )
    doubles = sorted(
        {s.name for s in config.sources if [t.name for t in config.sources].count(s.name) > 1}
    )
    if doubles:
        raise UserError(
            f"{name}: two sources are called '{doubles[0]}'.",
            "A source is told by its name.",
            "samantha config check",
        )
    return config


def _told(error: Any, text: str, name: str) -> str:
    loc = tuple(error["loc"])
    line = line_of(text, loc)
    where = f"{name}:{line}" if line else name
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    if error["type"] == "extra_forbidden":
        known = _keys_at(loc[:-1])
        near = difflib.get_close_matches(str(loc[-1]), known, 1)
        hint = f"; did you mean '{near[0]}'?" if near else f"; known here: {', '.join(known)}"
        return f"{where}: nothing is called '{key}'{hint}"
    if error["type"] == "missing":
        return f"{where}: '{key}' is missing"
    return f"{where}: {key}: {_in_words(error)}"


_WORDS = {
    "tuple_type": 'must be a list in brackets, as in ["one", "two"]',
    "dict_type": "must be a table of its own, as in [plugins.bills]",
    "model_type": "must be a table of its own",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "may hold letters, digits, '-', '_' and '.' alone",
    "datetime_type": "must be a time such as 2027-06-30T23:59:00",
    "datetime_parsing": "must be a time such as 2027-06-30T23:59:00",
    "datetime_from_date_parsing": "must be a time such as 2027-06-30T23:59:00",
}


def _in_words(error: Any) -> str:
    if error["type"] == "tuple_type" and error["loc"] in (("sources",), ("outlets",)):
        return f"write [[{error['loc'][0]}]], with two brackets"
    if error["type"] in _WORDS:
        return _WORDS[error["type"]]
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should ")
    return message[:1].lower() + message[1:]


def _keys_at(loc: tuple[Any, ...]) -> list[str]:
    model: Any = Config
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        if field is None:
            return []
        model = _section_in(field.annotation)
    return sorted(model.model_fields) if hasattr(model, "model_fields") else []


def _section_in(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (tuple, list, typing.Union, types.UnionType):
        args = [a for a in typing.get_args(annotation) if hasattr(a, "model_fields")]
        return args[0] if args else annotation
    return annotation


def line_of(text: str, loc: tuple[Any, ...]) -> int:
    """Return the 1-based line on which a key path stands, or of its nearest table; 0 if none."""
    best = 0
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?", line)
        if header:
            table = [part.strip().strip("\"'") for part in header[2].split(".")]
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
                table.append(str(counts[header[2]]))
            path = table
        else:
            key = re.match(r"\s*([\w\"'.-]+)\s*=", line)
            if not key:
                continue
            path = [*table, *(p.strip("\"'") for p in key[1].split("."))]
        wanted = [str(part) for part in loc]
        if path == wanted:
            return number
        if path == wanted[: len(path)]:
            best = number
    return best
