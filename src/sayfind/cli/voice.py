"""``sayfind voice``: gives text queries voices, rooms and noises."""

from __future__ import annotations

from typing import Any


def add_voice(verbs: Any) -> None:
    """Register the verb."""
