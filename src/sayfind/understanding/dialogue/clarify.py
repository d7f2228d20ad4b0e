"""Whether to ask back: only when the expected loss of guessing is higher than that of asking.

The loss of guessing is the probability of each other meaning, times the share of what it would
have found that the shopper now does not see. Asking costs a fixed share of a search. So two
meanings that find the same products are never asked about, however unsure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sayfind.text.normalise import has_han
from sayfind.types import Clarification

__all__ = ["ClarifyConfig", "Meaning", "clarification", "loss_of_guessing"]


@dataclass(frozen=True, slots=True)
class ClarifyConfig:
    """When to ask back.

    ``asking``: what a question costs, as a share of a search that fails altogether. ``looked_at``:
    how many of the best products of a meaning have to be among those shown.
    """

    asking: float = 0.3
    looked_at: int = 3

    def __post_init__(self) -> None:
        if self.asking < 0 or self.looked_at < 1:
            raise ValueError("asking is not negative, and looked_at at least 1")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One way to read a query: what to say for it, how probable, and the products it finds."""

    label: str
    probability: float
    found: tuple[str, ...]
    total: int


def loss_of_guessing(
    meanings: Sequence[Meaning], shown: Sequence[str], config: ClarifyConfig
) -> float:
    """The expected share of a search that fails if nobody asks; ``shown`` is what is answered."""
    whole = sum(m.probability for m in meanings) or 1.0
    loss, seen = 0.0, set(shown)
    for meaning in meanings:
        best = meaning.found[: config.looked_at]
        missed = sum(product not in seen for product in best) / len(best) if best else 0.0
        loss += meaning.probability / whole * missed
    return loss


def clarification(
    meanings: Sequence[Meaning], shown: Sequence[str], config: ClarifyConfig
) -> Clarification | None:
    """The question, or ``None`` where guessing is the better deal."""
    finding = [m for m in meanings if m.found]
    if len(finding) < 2 or loss_of_guessing(finding, shown, config) <= config.asking:
        return None
    first, second = sorted(finding, key=lambda m: -m.probability)[:2]
    chinese = has_han(first.label + second.label)
    question = (
        f"您要的是{first.label}，还是{second.label}？"
        if chinese
        else f"Did you mean {first.label} or {second.label}?"
    )
    return Clarification(question, tuple((m.label, _evidence(m, chinese)) for m in (first, second)))


def _evidence(meaning: Meaning, chinese: bool) -> str:
    share = f"{meaning.probability:.0%}"
    if chinese:
        return f"{meaning.total} 件商品，可能性 {share}"
    return f"{meaning.total} products, {share} likely"
