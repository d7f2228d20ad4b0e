"""Collections of recordings as training reads them (see ``sayfind.data.clips``)."""

from __future__ import annotations

from sayfind.data.clips import Clip, held_out, read_clips

__all__ = ["Clip", "held_out", "read_clips"]
