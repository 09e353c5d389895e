"""config.toml: typed, and all its problems told at once with line and remedy."""

from __future__ import annotations

import contextlib
import difflib
import re
import tomllib
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from samantha.api.errors import UserError
from samantha.api.types import Identity, Kind, Outlet
from samantha.app.config_problems import Problem, doubles, told
from samantha.app.editing import edit_this
from samantha.app.mail_section import AccountSection
from samantha.app.plugin_index_section import IndexSection
from samantha.core.attention import DAYS, Policy, QuietHours
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


Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Attention(_Section):
    """``[attention]``: when and how often it may speak."""

    budget: int = Field(default=3, ge=0, le=50)
    budget_hour: int | None = Field(default=None, ge=0, le=50)
    urgent_beyond_budget: bool = True
    quiet_hours: str = "22:00-07:00"
    quiet_days: tuple[Day, ...] = ()
    digest: str = "18:00"
    kinds: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    muted_sources: tuple[str, ...] = ()
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    cost: float = Field(default=0.3, ge=0.0, le=1.0)
    cooldown_after: int = Field(default=3, ge=0, le=100)
    cooldown_days: int = Field(default=14, ge=1, le=365)
    do_not_disturb: bool = True
    full_screen: bool = True
    sharing: bool = True
    meetings: bool = True
    away_minutes: int = Field(default=5, ge=0, le=1_440)
    writing_minutes: int = Field(default=5, ge=0, le=1_440)

    @field_validator("muted_sources")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(_place(Path(v))) if v.startswith(("/", "~")) else v for v in value)

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

    folder: Path = Field(default=Path("~/Documents/samantha"), validate_default=True)
    drafts: Path | None = None
    mail_editor: str = ""

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
    accounts: tuple[AccountSection, ...] = ()
    attention: Attention = Attention()
    output: Output = Output()
    calendar: Calendar = Calendar()
    outlets: tuple[OutletSection, ...] = ()
    model: Model = Model()
    exclude: tuple[str, ...] = ()
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict)
    isolate_builtin: bool = False
    """Written as ``plugins.isolate_builtin``, beside the tables of the plugins."""
    indexes: tuple[IndexSection, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _beside_the_tables(cls, value: object) -> object:
        tables = value.get("plugins") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(tables, dict):
            return value
        switch = {k: v for k, v in tables.items() if k == "isolate_builtin"}
        return {**value, **switch, "plugins": {k: v for k, v in tables.items() if k not in switch}}

    @field_validator("exclude")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _gitignore(value)

    @field_validator("accounts")
    @classmethod
    def _own_names(
        cls, value: tuple[AccountSection, ...], info: ValidationInfo
    ) -> tuple[AccountSection, ...]:
        names = [s.name for s in (*info.data.get("sources", ()), *value)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are called '{name}'")
        return value

    def identity(self) -> Identity:
        """Return the user's names and addresses, those of the mail accounts too."""
        known = (*self.user.addresses, *(a.address for a in self.accounts))
        return Identity(self.user.names, tuple(dict.fromkeys(known)))

    def zone(self) -> tzinfo:
        """Return the user's zone: the configured one, else the system's."""
        if self.user.zone:
            return ZoneInfo(self.user.zone)
        local = Path("/etc/localtime")
        if local.is_symlink():
            name = str(local.resolve()).partition("zoneinfo/")[2]
            # Listing all zones walks a folder tree, and this is asked for at every moment.
            with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
                return ZoneInfo(name)
        zone = datetime.now().astimezone().tzinfo
        return zone if zone is not None else ZoneInfo("UTC")

    def calendar_folder(self) -> Path:
        """Return the folder of the calendar: the configured one, else one among the output."""
        return self.calendar.folder or self.output.folder / "Calendar"

    def sets_threshold(self) -> bool:
        """Tell whether the user wrote `attention.threshold`: what was marked moves it no more."""
        return "threshold" in self.attention.model_fields_set

    def policy(self) -> Policy:
        """Return the settings that attention obeys."""
        set_to = self.attention
        return Policy(
            zone=self.zone(),
            budget=set_to.budget,
            budget_hour=set_to.budget_hour,
            urgent_beyond_budget=set_to.urgent_beyond_budget,
            quiet=parse_span(set_to.quiet_hours),
            quiet_days=frozenset(DAYS.index(day) for day in set_to.quiet_days),
            kinds=frozenset(set_to.kinds),
            muted=frozenset(set_to.muted),
            muted_sources=set_to.muted_sources,
            threshold=set_to.threshold,
            cost=set_to.cost,
            cooldown_after=set_to.cooldown_after,
            cooldown=timedelta(days=set_to.cooldown_days),
            do_not_disturb=set_to.do_not_disturb,
            full_screen=set_to.full_screen,
            sharing=set_to.sharing,
            meetings=set_to.meetings,
            away=timedelta(minutes=set_to.away_minutes),
            writing=timedelta(minutes=set_to.writing_minutes),
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
        at = re.search(r"line (\d+)", str(problem))
        raise UserError(
            f"{name} is not valid TOML: {problem}.",
            "Nothing of it was used.",
            edit_this(name, int(at[1]) if at else 0),
        ) from problem
    try:
        config = Config.model_validate(raw)
    except ValidationError as problem:
        raise _refused([told(one, text, name, Config) for one in problem.errors()], name) from (
            problem
        )
    if doubled := doubles([(s.name, s.path) for s in config.sources], text, name):
        raise _refused(doubled, name)
    return config


def _refused(problems: list[Problem], name: str) -> UserError:
    return UserError(
        "\n".join(one.told for one in problems),
        "Nothing of it was used.",
        edit_this(name, problems[0].line),
    )
