"""``docs/python.md``: the public names of the package, its stages and its test suites."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import re
from collections.abc import Iterator

from reference.markdown import prose

__all__ = ["PUBLIC", "python_page"]

PUBLIC = {
    "sayfind": ("sayfind", "What most programs need."),
    "sayfind.client": ("A client", "Asks a server, without a model of its own."),
    "sayfind.stages": ("Stages", "What a stage must be able to do; any object of that shape will."),
    "sayfind.testing": ("Testing", "For those who bring a stage of their own."),
}


def python_page() -> str:
    """The page."""
    parts = ["# The Python interface"]
    for module, (title, summary) in PUBLIC.items():
        home = importlib.import_module(module)
        parts += [f"## {title}", f"`{module}`: {summary}"]
        for name in sorted(home.__all__):
            parts += list(_entry(name, getattr(home, name)))
    return "\n\n".join(parts) + "\n"


def _entry(name: str, thing: object) -> Iterator[str]:
    yield f"### {name}"
    if inspect.isclass(thing):
        if dataclasses.is_dataclass(thing):
            yield f"`{name}{_signature(thing)}`"
        yield prose(thing)
        yield from filter(None, ["\n".join(_methods(thing))])
    else:
        yield f"`{name}{_signature(thing)}`"
        yield prose(thing)


def _methods(thing: type) -> Iterator[str]:
    for name, member in vars(thing).items():
        if name.startswith(("_", "test_")):
            continue
        function = member.__func__ if isinstance(member, classmethod) else member
        if inspect.isfunction(function):
            summary = prose(function).split("\n\n")[0]
            yield f"- `{name}{_signature(function)}`: {' '.join(summary.split())}".rstrip(": ")
        elif isinstance(member, property):
            yield f"- `{name}`: {' '.join(prose(member).split())}"


class _Raw(str):
    """Text that stands in a signature as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _signature(thing: object) -> str:
    """How it is called, without self, module paths, or what differs between two runs."""
    assert callable(thing)
    signature = inspect.signature(thing)
    parameters = [
        parameter.replace(annotation=_bare(parameter.annotation), default=_value(parameter.default))
        for name, parameter in signature.parameters.items()
        if name not in ("self", "cls")
    ]
    answer = _bare(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=answer))


def _bare(annotation: object) -> object:
    if annotation in (inspect.Parameter.empty, None, "None"):
        return inspect.Parameter.empty
    written = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _Raw(re.sub(r"\b(?:sayfind|collections|pathlib|typing)\.(?:\w+\.)*", "", written))


def _value(default: object) -> object:
    if default is inspect.Parameter.empty:
        return default
    if isinstance(default, enum.Enum):
        return _Raw(f"{type(default).__name__}.{default.name}")
    return _Raw("...") if callable(default) or "factory" in repr(default) else default
