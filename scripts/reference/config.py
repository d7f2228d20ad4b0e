"""``docs/config.md``: every settings class, its fields and their defaults."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import typing
from pathlib import Path
from typing import Any

import sayfind
from reference.markdown import code, prose, table

__all__ = ["config_page", "settings_classes"]

_ENDINGS = ("Config", "Options", "Limits")
_INTRODUCTION = """# Settings

Each room's settings are a frozen dataclass beside the thing that they configure. In Python they are
given as they are; `sayfind index --set NAME=VALUE` takes a field of `LoadOptions`, and
`sayfind serve --set NAME=VALUE` one of `ServingConfig`, each value written as in TOML or as a bare
word. An unknown name or a wrong value is a `ConfigError` that names the nearest valid one.
`sayfind.config.load_toml` and `to_toml` read and write any of them."""


def settings_classes() -> dict[str, type]:
    """Every settings class by its dotted name, sorted."""
    found = {}
    for module in pkgutil.walk_packages(sayfind.__path__, "sayfind."):
        for name, thing in vars(importlib.import_module(module.name)).items():
            ours = inspect.isclass(thing) and thing.__module__ == module.name
            settings = dataclasses.is_dataclass(thing) and name.endswith(_ENDINGS)
            if ours and settings and not name.startswith("_"):
                found[f"{module.name}.{name}"] = thing
    return dict(sorted(found.items()))


def config_page() -> str:
    """The page."""
    parts = [_INTRODUCTION]
    for name, settings in settings_classes().items():
        parts += [f"## {settings.__name__}", code(name), prose(settings), _fields(settings)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _fields(settings: type) -> str:
    hints = typing.get_type_hints(settings)
    rows = [
        [code(field.name), code(_type(hints[field.name])), code(_default(field))]
        for field in dataclasses.fields(settings)
    ]
    return table(["field", "type", "default"], rows) if rows else ""


def _type(hint: Any) -> str:
    if inspect.isclass(hint) and not typing.get_args(hint):
        return hint.__name__
    return str(hint).replace("typing.", "").replace("pathlib.", "").replace("sayfind.", "")


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return _shown(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return _shown(field.default_factory())
    return "(needed)"


def _shown(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return repr(value.value)
    if dataclasses.is_dataclass(value):
        return f"{type(value).__name__}()"
    if isinstance(value, Path) and "sayfind" in value.parts:  # as it lies in the package
        start = len(value.parts) - 1 - value.parts[::-1].index("sayfind")
        return repr("/".join(value.parts[start:]))
    return repr(value)
