"""Small pieces of Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

__all__ = ["code", "prose", "table"]


def code(text: str) -> str:
    """Text as code inside a table cell."""
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; line breaks within a cell become spaces."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()) for cell in line) + " |" for line in lines
    )


def prose(thing: object) -> str:
    """A docstring as Markdown: double backquotes become single ones."""
    return inspect.cleandoc(getattr(thing, "__doc__", None) or "").replace("``", "`")
