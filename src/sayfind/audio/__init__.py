"""Sound in, sound out: reading files, voice activity, levels, augmentation, enhancement.

Inside sayfind sound is mono float32 at ``RATE``; every other rate, channel count and codec is
settled by ``load_audio``.
"""

from __future__ import annotations

__all__ = ["RATE"]

RATE = 16_000
"""Samples per second of all sound inside sayfind."""
