"""Voice search that knows your shop.

The public names are loaded when they are first used, so that importing sayfind costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sayfind.audio.file import load_audio
    from sayfind.catalog.product import Product
    from sayfind.pipeline import VoiceSearch
    from sayfind.shop import Shop
    from sayfind.types import Audio, Context, Language, Trace

__version__ = "0.1.0"

__all__ = ["Audio", "Context", "Language", "Product", "Shop", "Trace", "VoiceSearch", "load_audio"]

_HOMES = {
    "Audio": "sayfind.types",
    "Context": "sayfind.types",
    "Language": "sayfind.types",
    "Product": "sayfind.catalog.product",
    "Shop": "sayfind.shop",
    "Trace": "sayfind.types",
    "VoiceSearch": "sayfind.pipeline",
    "load_audio": "sayfind.audio.file",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sayfind' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
