"""TOML <-> frozen dataclasses.

Each room keeps its own configuration dataclass beside the thing it configures; this module reads,
checks, overrides and writes them. An unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from sayfind.errors import ConfigError

__all__ = ["from_mapping", "load_toml", "override", "to_mapping", "to_toml"]

T = TypeVar("T")


def load_toml(path: Path, cls: type[T], overrides: Sequence[str] = ()) -> T:
    """Read a configuration file; ``overrides`` are ``dotted.key=value`` strings, applied last.

    Raises:
        ConfigError: the file is missing or malformed, or names an unknown key or a wrong value.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the configuration {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    return from_mapping(cls, override(values, overrides))


def override(values: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """Apply ``dotted.key=value`` assignments, each value written as in TOML (or a bare word).

    >>> override({"a": {"b": 1}}, ["a.b=2", "c=word"])
    {'a': {'b': 2}, 'c': 'word'}
    """
    result: dict[str, Any] = {k: dict(v) if isinstance(v, dict) else v for k, v in values.items()}
    for assignment in assignments:
        key, equals, raw = assignment.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"An override is written key=value, not {assignment!r}.")
        *parents, last = key.strip().split(".")
        table = result
        for parent in parents:
            table = table.setdefault(parent, {})
        table[last] = _parse_value(raw.strip())
    return result


def _parse_value(raw: str) -> Any:
    try:
        return tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw


def from_mapping(cls: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """Build a (nested) dataclass from plain values.

    Raises:
        ConfigError: an unknown key, a value of another type, or one its ``__post_init__`` refuses.
    """
    hints = typing.get_type_hints(cls)
    fields = {f.name for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    arguments = {}
    for key, value in values.items():
        name = f"{where}{key}"
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1, cutoff=0.0)
            raise ConfigError(f"Unknown setting {name!r}; the nearest known one is {near[0]!r}.")
        arguments[key] = _convert(hints[key], value, name)
    try:
        return cls(**arguments)
    except (TypeError, ValueError) as error:
        reason = str(error).rstrip(".")
        raise ConfigError(f"{where.rstrip('.') or cls.__name__}: {reason}.") from error


def _convert(hint: Any, value: Any, name: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return from_mapping(hint, value, f"{name}.")  # type: ignore[arg-type]
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _convert_union(options, value, name)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_convert(options[0], item, name) for item in value)
    if origin is dict and isinstance(value, Mapping):
        return {k: _convert(options[1], v, f"{name}.{k}") for k, v in value.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _convert_enum(hint, value, name)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if (
        isinstance(hint, type)
        and isinstance(value, hint)
        and (hint is bool) == (value is True or value is False)
    ):
        return value
    raise ConfigError(f"{name} is {value!r}, but should be {getattr(hint, '__name__', hint)}.")


def _convert_union(options: tuple[Any, ...], value: Any, name: str) -> Any:
    if value is None and type(None) in options:
        return None
    for option in options:
        try:
            return _convert(option, value, name)
        except ConfigError:
            continue
    wanted = " or ".join(getattr(option, "__name__", str(option)) for option in options)
    raise ConfigError(f"{name} is {value!r}, but should be {wanted}.")


def _convert_enum(hint: type[Enum], value: Any, name: str) -> Enum:
    try:
        return hint(value)
    except ValueError as error:
        known = [str(member.value) for member in hint]
        near = difflib.get_close_matches(str(value), known, n=1, cutoff=0.0)[0]
        raise ConfigError(f"{name} is {value!r}; the nearest valid value is {near!r}.") from error


def to_mapping(config: Any) -> dict[str, Any]:
    """The plain values of a configuration, ``None`` left out (TOML has no word for it)."""
    return {
        f.name: _plain(getattr(config, f.name))
        for f in dataclasses.fields(config)
        if getattr(config, f.name) is not None
    }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_mapping(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def to_toml(config: Any) -> str:
    """A configuration as TOML, as ``load_toml`` reads it."""
    return "\n".join(_toml_lines(to_mapping(config), "")) + "\n"


def _toml_lines(values: Mapping[str, Any], table: str) -> list[str]:
    lines = [f"[{table}]"] if table else []
    lines += [f"{k} = {_toml_value(v)}" for k, v in values.items() if not isinstance(v, Mapping)]
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += ["", *_toml_lines(value, f"{table}.{key}" if table else key)]
    return lines


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = "".join(
            f"\\u{ord(c):04x}"
            if ord(c) < 32 or ord(c) == 127
            else {"\\": "\\\\", '"': '\\"'}.get(c, c)
            for c in value
        )
        return f'"{escaped}"'
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    return repr(value)
