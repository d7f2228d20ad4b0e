"""``sayfind evaluate``: measures a shop on a set of recordings or queries."""

from __future__ import annotations

from typing import Any


def add_evaluate(verbs: Any) -> None:
    """Register the verb."""
