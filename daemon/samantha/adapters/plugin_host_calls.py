"""The questions a plugin can put from its host, as the protocol of the api declares them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from samantha.adapters.plugin_host_values import Misfit, plain, valued
from samantha.api.plugin import Library


@dataclass(frozen=True, slots=True)
class Call:
    """One question of the library: what it takes and what it returns."""

    name: str
    signature: inspect.Signature
    hints: Mapping[str, Any]

    @property
    def result(self) -> Any:
        """The declared type of the answer."""
        return self.hints["return"]

    def plain(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as JSON has them."""
        bound = self.signature.bind(*args, **named).arguments
        return {name: plain(value, self.hints[name]) for name, value in bound.items()}

    def valued(self, raw: Any) -> dict[str, Any]:
        """Return the parameters that JSON stands for; raises ``Misfit``."""
        if not isinstance(raw, dict) or not raw.keys() <= self.signature.parameters.keys():
            raise Misfit(f"{self.name}: no parameters of this question")
        values = {name: valued(one, self.hints[name], name) for name, one in raw.items()}
        try:
            self.signature.bind(**values)
        except TypeError:
            raise Misfit(f"{self.name}: a parameter is missing") from None
        return values


@cache
def calls() -> Mapping[str, Call]:
    """Return the library's questions by name."""
    found = {}
    for name, function in vars(Library).items():
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        whole = inspect.signature(function)
        parameters = [p for p in whole.parameters.values() if p.name != "self"]
        found[name] = Call(name, whole.replace(parameters=parameters), get_type_hints(function))
    return found
