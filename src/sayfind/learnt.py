"""What a shop has learnt: generations on disk beside it, one of them current.

A shop ``shop`` has its behaviour in ``shop.behaviour``: the event log, and in ``learnt/0001`` and
so on what was made of it. They outlive the shop's being built again. A generation is written
beside and becomes current in one step; the earlier ones are kept for ``undo``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp

from sayfind.errors import ModelError, StorageError
from sayfind.feedback.rewriter import Rewriter, Rules
from sayfind.recommendation.behaviour import Behaviour
from sayfind.recommendation.suggestions import rerank
from sayfind.stages import Corrector, Retriever
from sayfind.text.normalise import normalise
from sayfind.types import Query, SearchResult, Sort

__all__ = ["BehaviourRetriever", "Learnt", "RankingConfig", "behaviour_home", "install", "undo"]

_KEPT = 5


def behaviour_home(shop: Path) -> Path:
    """The folder of a shop's behaviour: beside the shop, which may be replaced at any time."""
    return shop.absolute().with_name(f"{shop.absolute().name}.behaviour")


@dataclass(frozen=True)
class Learnt:
    """One generation; number 0 is a shop that has learnt nothing."""

    number: int = 0
    rules: Rules = field(default_factory=Rules)
    behaviour: Behaviour = field(default_factory=Behaviour)

    @classmethod
    def current(cls, home: Path) -> Learnt:
        """The generation in use.

        Raises:
            ModelError: it is damaged or of another version.
        """
        number = _current(home)
        if not number:
            return cls()
        folder = _folder(home, number)
        return cls(number, Rules.open(folder / "rules.json"), Behaviour.open(folder))

    def save(self, folder: Path) -> None:
        """Write it into a folder that is there."""
        self.rules.save(folder / "rules.json")
        self.behaviour.save(folder)

    def corrector(self, otherwise: Corrector, locked: Callable[[str], object]) -> Corrector:
        """``otherwise``, with what was learnt before it."""
        if not self.rules.meant and not self.rules.known:
            return otherwise
        return Rewriter(self.rules, locked, otherwise)

    def retriever(self, retriever: Retriever, config: RankingConfig | None = None) -> Retriever:
        """The retriever, its order settled by behaviour."""
        if not self.behaviour.wanted and not self.behaviour.answers:
            return retriever
        return BehaviourRetriever(retriever, self.behaviour, config or RankingConfig())


@dataclass(frozen=True, slots=True)
class RankingConfig:
    """How far behaviour moves a product (see ``rerank``).

    ``answers`` is for questions that were asked before, ``wanted`` for all others; only the first
    ``depth`` products are moved.
    """

    answers: float = 1.0
    wanted: float = 0.2
    depth: int = 50

    def __post_init__(self) -> None:
        if self.answers < 0 or self.wanted < 0 or self.depth < 1:
            raise ValueError("answers and wanted are 0 or more, depth is 1 or more")


class BehaviourRetriever:
    """A ``Retriever`` that asks another one, and moves its first products by behaviour."""

    def __init__(self, retriever: Retriever, behaviour: Behaviour, config: RankingConfig) -> None:
        self._retriever, self._behaviour, self.config = retriever, behaviour, config
        most = max(behaviour.wanted.values(), default=0.0) or 1.0
        self._wanted = {
            product: (count / most) ** 0.5 for product, count in behaviour.wanted.items()
        }

    def search(self, query: Query, k: int) -> SearchResult:
        """The other's hits in a new order; an order that the shopper asked for stays."""
        depth = self.config.depth
        found = self._retriever.search(query, max(k, depth) if k > 0 else k)
        if query.sort is not Sort.RELEVANCE or k <= 0:
            return replace(found, hits=found.hits[: max(0, k)])
        weights, strength = self.weights(query.text)
        moved = rerank(found.hits[:depth], weights, strength)
        return replace(found, hits=(*moved, *found.hits[depth:])[:k])

    def weights(self, text: str) -> tuple[dict[str, float], float]:
        """The weight of products for a question, in [0, 1], and how strong it is."""
        answers = self._behaviour.answers.get(normalise(text))
        if not answers:
            return self._wanted, self.config.wanted
        most = max(answers.values())
        return {product: value / most for product, value in answers.items()}, self.config.answers


def install(home: Path, learnt: Learnt) -> Learnt:
    """Make something learnt the current generation.

    Raises:
        StorageError: the disk is full or may not be written; what was current stays so.
    """
    try:
        (home / "learnt").mkdir(parents=True, exist_ok=True)
        numbers = _numbers(home)
        beside = Path(mkdtemp(prefix=".new-", dir=home / "learnt"))
        try:
            learnt.save(beside)
            beside.chmod(0o755)
            numbered = replace(learnt, number=max(numbers, default=0) + 1)
            beside.rename(_folder(home, numbered.number))
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        _set_current(home, numbered.number)
    except OSError as error:
        raise StorageError(f"Cannot write {home}: {error.strerror}.") from error
    for number in sorted(numbers)[: -(_KEPT - 1)]:
        shutil.rmtree(_folder(home, number), ignore_errors=True)
    return numbered


def undo(home: Path) -> int:
    """Go back to the generation before the current one; its number, 0 for none.

    Raises:
        ModelError: nothing was learnt that could be undone.
        StorageError: the disk may not be written.
    """
    current = _current(home)
    if not current:
        raise ModelError(f"There is nothing to undo in {home}: the shop has learnt nothing.")
    before = max((number for number in _numbers(home) if number < current), default=0)
    try:
        _set_current(home, before)
    except OSError as error:
        raise StorageError(f"Cannot write {home}: {error.strerror}.") from error
    return before


def _folder(home: Path, number: int) -> Path:
    return home / "learnt" / f"{number:04d}"


def _numbers(home: Path) -> list[int]:
    return [int(path.name) for path in (home / "learnt").glob("*") if path.name.isdecimal()]


def _current(home: Path) -> int:
    try:
        return int((home / "learnt" / "current").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise ModelError(f"{home / 'learnt' / 'current'} cannot be read; remove it.") from error


def _set_current(home: Path, number: int) -> None:
    path = home / "learnt" / "current"
    beside = path.with_name(".current")
    beside.write_text(str(number), encoding="utf-8")
    os.replace(beside, path)  # noqa: PTH105 - the word of the operation that is atomic
