"""Where things lie: XDG directories, created private."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from samantha.api.errors import UserError


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one user's samantha."""

    config: Path
    data: Path
    state: Path
    cache: Path
    runtime: Path

    @property
    def config_file(self) -> Path:
        """Return the path of config.toml."""
        return self.config / "config.toml"

    @property
    def state_db(self) -> Path:
        """Return the path of state.db."""
        return self.state / "state.db"

    @property
    def index_db(self) -> Path:
        """Return the path of index.db."""
        return self.state / "index.db"

    @property
    def control_socket(self) -> Path:
        """Return the path of the control socket."""
        return self.runtime / "control.sock"

    @property
    def plugins(self) -> Path:
        """Return the folder of the user's own plugins."""
        return self.data / "plugins"

    @property
    def incoming(self) -> Path:
        """Return the folder where plugins lie while they are being installed."""
        return self.data / "plugins-incoming"

    @property
    def plugin_lock(self) -> Path:
        """Return the path of what was installed and what the user agreed to, file by file."""
        return self.data / "plugins.lock"

    @classmethod
    def of_user(cls) -> Places:
        """Return the folders of this user, from the XDG variables."""
        home = Path.home()

        def xdg(name: str, default: Path) -> Path:
            value = os.environ.get(name, "")
            return (Path(value) if value.startswith("/") else default) / "samantha"

        state = xdg("XDG_STATE_HOME", home / ".local/state")
        # Without a runtime directory (no login session) the socket lies beside the state.
        runtime = xdg("XDG_RUNTIME_DIR", state / "run")
        return cls(
            config=xdg("XDG_CONFIG_HOME", home / ".config"),
            data=xdg("XDG_DATA_HOME", home / ".local/share"),
            state=state,
            cache=xdg("XDG_CACHE_HOME", home / ".cache"),
            runtime=runtime,
        )

    def make(self) -> Places:
        """Create the folders, private to the user (0700)."""
        for folder in (self.config, self.data, self.state, self.cache, self.runtime):
            try:
                # Of the parents only the last gets the mode: that of the socket is made by name.
                if self.state in folder.parents:
                    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as problem:
                raise UserError(
                    f"The folder {folder} cannot be made: {problem.strerror}.",
                    "samantha keeps its configuration and state there.",
                    f"mkdir -p {folder}",
                ) from problem
        return self
