"""Understanding: an n-best list in, a query with constraints out."""

from __future__ import annotations

from sayfind.understanding.constraints import ConstraintUnderstander, UnderstandingConfig

__all__ = ["UNDERSTANDERS", "ConstraintUnderstander", "UnderstandingConfig"]

UNDERSTANDERS = {"constraints": ConstraintUnderstander}
