"""Domains: a shop, a service desk, a home, a map; each is one folder of plain files.

A folder holds ``catalog.tsv`` (what can be found), and may hold ``queries.txt`` (what people say),
``knowledge.tsv`` (facts) and ``intents.toml`` (what can be done with what is found). There is no
code for any of them: a folder of your own is a domain as good as these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sayfind.errors import ConfigError
from sayfind.shop import Lore, Shop
from sayfind.understanding.knowledge import Fact, read_facts

__all__ = ["NAMES", "Domain"]

NAMES = ("home", "navigation", "service", "shop")
"""The domains that come with sayfind."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One folder of plain files; only ``catalog.tsv`` has to be there."""

    folder: Path

    @classmethod
    def open(cls, name: str | Path) -> Domain:
        """One of ``NAMES``, or a folder.

        Raises:
            ConfigError: it is neither.
        """
        own = str(name) in NAMES
        folder = Path(str(files("sayfind.domains"))) / str(name) if own else Path(name)
        if not (folder / "catalog.tsv").is_file():
            known = ", ".join(NAMES)
            raise ConfigError(f"{name} is no folder with a catalog.tsv, and none of {known}.")
        return cls(folder)

    @property
    def catalog(self) -> Path:
        """What can be found: a feed, as ``sayfind index`` takes it."""
        return self.folder / "catalog.tsv"

    def queries(self) -> list[str]:
        """What people say to it."""
        text = self._text("queries.txt")
        return [line.strip() for line in text.splitlines() if line.strip()]

    def lore(self, facts: Sequence[Fact] = ()) -> Lore:
        """Its facts, with others added, and its intents."""
        path = self.folder / "knowledge.tsv"
        own = read_facts(path) if path.is_file() else []
        return Lore((*own, *facts), self._text("intents.toml"))

    def build(self, out: Path) -> Shop:
        """Compile it into a shop's folder."""
        return Shop.build(self.catalog, out, self.queries(), lore=self.lore())[0]

    def _text(self, name: str) -> str:
        path = self.folder / name
        try:
            return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"Cannot read {path}; make it a UTF-8 text file.") from error
