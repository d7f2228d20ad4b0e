"""Reads the hand-written tables: names in two languages, and models by category.

A section's ``models`` is one line per model under an ``@Brand`` line::

    model : noun | Chinese model : noun | price | colours | sizes | grade | phrase | material

``: noun`` replaces the section's noun (``:`` alone leaves it out), ``=`` repeats the English, ``-``
is none, and a size may say what it adds to the price (``256 GB +100``). In a section with sizes by
audience, ``m``, ``w`` and ``k`` stand for all sizes of men, women and children. The grade runs
from 1 (hardly sold) to 9 (everyone buys it). The phrase completes "It is ...".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Model", "Names", "Section", "Size", "Tables", "read_tables"]

Names = Mapping[str, str]
AUDIENCES = {"m": ("Men's", "男"), "w": ("Women's", "女"), "k": ("Kids'", "儿童")}


@dataclass(frozen=True)
class Size:
    """One size on sale, whom it is for (``m``, ``w``, ``k`` or no one) and its surcharge."""

    name: str
    extra: float = 0.0
    audience: str = ""


@dataclass(frozen=True)
class Section:
    """What all models of one category share."""

    path: tuple[str, str]
    path_zh: tuple[str, str]
    noun: str
    noun_zh: str
    variants: int = 2
    material: str = ""
    mass: bool = False
    who_zh: str = "子"
    titles: tuple[str, ...] = ()
    titles_zh: tuple[str, ...] = ()
    sizes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """One line of a table."""

    section: Section
    brand: str
    name: str
    noun: str
    name_zh: str
    noun_zh: str
    price: float
    colors: tuple[str, ...]
    sizes: tuple[Size, ...]
    grade: int
    phrase: str
    material: str


@dataclass(frozen=True)
class Tables:
    """All of it."""

    models: tuple[Model, ...]
    brands: Names
    colors: Names
    materials: Names


def read_tables(folder: Path) -> Tables:
    """All tables of a folder: ``brands.toml``, ``names.toml``, and the rest in name order.

    Raises:
        ValueError: a line is malformed, or a brand, colour or material has no entry in the names.
    """
    files = {
        path.name: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.toml"))
    }
    brands, names = files.pop("brands.toml"), files.pop("names.toml")
    known = brands["brands"] | dict.fromkeys(brands["latin_only"], "")
    models = [
        model for file in files for raw in files[file]["section"] for model in _section(raw, file)
    ]
    tables = Tables(tuple(models), known, names["colors"], names["materials"])
    _check(tables)
    return tables


def _check(tables: Tables) -> None:
    for model in tables.models:
        for kind, used, known in (
            ("brand", (model.brand,), tables.brands),
            ("colour", model.colors, tables.colors),
            ("material", (model.material,) if model.material else (), tables.materials),
        ):
            for name in used:
                if name not in known:
                    raise ValueError(f"{model.brand} {model.name}: name the {kind} {name!r}")


def _section(raw: dict[str, object], file: str) -> Iterator[Model]:
    lines = str(raw.pop("models")).strip().splitlines()
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in raw.items()}
    section = Section(**values)  # type: ignore[arg-type]
    brand = ""
    for line in lines:
        if line.startswith("@"):
            brand = line[1:].strip()
        elif line.strip():
            try:
                yield _model(section, brand, line)
            except (ValueError, KeyError) as error:
                raise ValueError(f"{file}: {line}: {error}") from error


def _model(section: Section, brand: str, line: str) -> Model:
    cells = [cell.strip() for cell in line.split("|")]
    cells += [""] * (8 - len(cells))
    name, noun = _named(cells[0], section.noun)
    name_zh, noun_zh = _named(cells[1], section.noun_zh)
    return Model(
        section=section,
        brand=brand,
        name=name,
        noun=noun,
        name_zh=name_zh.replace("=", name, 1) if name_zh[:1] == "=" else name_zh,
        noun_zh=noun_zh,
        price=float(cells[2]),
        colors=_listed(cells[3]),
        sizes=tuple(_sizes(cells[4], section)),
        grade=int(cells[5]),
        phrase=cells[6],
        material={"": section.material, "-": ""}.get(cells[7], cells[7]),
    )


def _named(cell: str, noun: str) -> tuple[str, str]:
    name, colon, own = f" {cell}".partition(" :")
    return name.strip(), own.strip() if colon else noun


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(",") if part.strip() not in ("", "-"))


def _sizes(cell: str, section: Section) -> Iterator[Size]:
    for part in _listed(cell):
        if part in section.sizes:
            audience = part if part in AUDIENCES else ""
            yield from (Size(name, audience=audience) for name in section.sizes[part])
            continue
        match = re.fullmatch(r"(.+?)(?: \+([\d.]+))?", part)
        assert match is not None
        yield Size(match[1], float(match[2] or 0))
