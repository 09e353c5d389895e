"""What a plugin can import in its host: the api, a list of standard modules, and its own files.

Nothing can be opened in the jail, so all of it is imported before. The plugin's files are bytes
that the daemon has read and hashed: those very bytes are compiled, and no cache of compiled code
is ever looked at.
"""

from __future__ import annotations

import codecs
import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

STANDARD = (
    *("abc", "array", "ast", "base64", "binascii", "bisect", "calendar", "cmath", "codecs"),
    *("collections", "collections.abc", "colorsys", "contextlib", "copy", "csv", "dataclasses"),
    *("datetime", "decimal", "difflib", "email", "email.header", "email.message", "email.parser"),
    *("email.policy", "email.utils", "enum", "fnmatch", "fractions", "functools", "graphlib"),
    *("hashlib", "heapq", "hmac", "html", "html.entities", "html.parser", "io", "ipaddress"),
    *("itertools", "json", "keyword", "locale", "logging", "math", "numbers", "operator"),
    *("pathlib", "pkgutil", "posixpath", "pprint", "random", "re", "reprlib", "secrets"),
    *("statistics", "string", "struct", "textwrap", "time", "traceback", "types", "typing"),
    *("unicodedata", "urllib.parse", "uuid", "warnings", "weakref", "xml.etree.ElementTree"),
    *("zlib", "zoneinfo"),
)
"""Standard modules that a plugin can import."""

_API = (
    *("", ".actions", ".asking", ".claims", ".correspondence", ".errors", ".languages"),
    *(".likely_files", ".phrases", ".plugin", ".questions", ".tone", ".types"),
    ".writing",
)
# What standard modules import only when they are used.
_LATER = ("_strptime", "stringprep")
_CODECS = (
    *("ascii", "cp1250", "cp1252", "idna", "iso8859_15", "latin_1", "punycode", "utf_16"),
    *("utf_8", "utf_8_sig"),
)
_zones: list[object] = []


def preload() -> None:
    """Import all that a plugin may import, and read all time zones."""
    import zoneinfo

    for name in (*STANDARD, *_LATER, *(f"samantha.api{part}" for part in _API)):
        importlib.import_module(name)
    for name in _CODECS:
        codecs.lookup(name)
    api = sys.modules["samantha.api"]
    for name in api.__all__:
        # A name of the api is loaded when it is first used.
        getattr(api, name)
    for name in sorted(zoneinfo.available_timezones()):
        _zones.append(zoneinfo.ZoneInfo(name))


class _Bytes(InspectLoader):
    """Compiles a module from the bytes that were sent."""

    def __init__(self, package: str, files: Mapping[str, bytes], path: str) -> None:
        self._package = package
        self._files = files
        self._path = path

    def get_source(self, fullname: str) -> str:
        """Return the text of the module's file."""
        return importlib.util.decode_source(self._files[self._path])

    def get_code(self, fullname: str) -> CodeType:
        """Compile the module's file; a traceback names it below the plugin's name."""
        name = f"{self._package}/{self._path}"
        return compile(self._files[self._path], name, "exec", dont_inherit=True)

    def is_package(self, fullname: str) -> bool:
        """Tell whether the module is a folder's."""
        return self._path.endswith("__init__.py")

    def get_data(self, path: str) -> bytes:
        """Return the bytes of a file of the plugin, as ``pkgutil.get_data`` asks for them."""
        inside = os.path.normpath(path).removeprefix(f"{self._package}/")
        try:
            return self._files[inside]
        except KeyError:
            raise FileNotFoundError(f"the plugin has no file {inside!r}") from None


class _Finder(MetaPathFinder):
    def __init__(self, package: str, files: Mapping[str, bytes]) -> None:
        self._package = package
        self._files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec:
        first, _, rest = fullname.partition(".")
        if first == self._package:
            stem = rest.replace(".", "/")
            for file in (f"{stem}/__init__.py" if stem else "__init__.py", f"{stem}.py"):
                if file in self._files:
                    return self._spec(fullname, file)
            raise ModuleNotFoundError(f"the plugin has no file for {fullname}", name=fullname)
        raise ModuleNotFoundError(
            f"no module named {fullname!r} in a plugin's host: there are samantha.api, "
            "the plugin's own files and a list of standard modules",
            name=fullname,
        )

    def _spec(self, fullname: str, file: str) -> ModuleSpec:
        origin = f"{self._package}/{file}"
        package = file.endswith("__init__.py")
        loader = _Bytes(self._package, self._files, file)
        spec = ModuleSpec(fullname, loader, origin=origin, is_package=package)
        spec.has_location = True
        spec.cached = None
        if package:
            spec.submodule_search_locations = [origin.removesuffix("/__init__.py")]
        return spec


def import_plugin(name: str, files: Mapping[str, bytes]) -> ModuleType:
    """Import a plugin from its bytes; from now on nothing else can be imported."""
    package = f"samantha_own_{name}"
    sys.dont_write_bytecode = True
    sys.meta_path[:] = [_Finder(package, files)]
    sys.path[:] = []
    return importlib.import_module(package)
