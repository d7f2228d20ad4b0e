"""Plain pocketsphinx, with what it ships and with what a shop compiles; all settings its own.

No voice activity detection, no comfort noise, no list of readings, no second pass, no correction.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers.peer import Material, pcm

from sayfind.errors import ModelError, require
from sayfind.types import Audio

__all__ = ["OwnSphinx", "ShopSphinx"]


class _Sphinx:
    def __init__(self, **files: str) -> None:
        pocketsphinx = require("pocketsphinx", "peers")
        try:
            self._decoder: Any = pocketsphinx.Decoder(loglevel="FATAL", **files)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"pocketsphinx cannot open its models: {error}.") from error

    def hear(self, audio: Audio) -> str:
        """Its best reading."""
        decoder = self._decoder
        decoder.reinit_feat()  # forget the cepstral mean of the last utterance
        decoder.start_utt()
        decoder.process_raw(pcm(audio), full_utt=True)
        decoder.end_utt()
        best = decoder.hyp()
        return str(best.hypstr) if best is not None else ""


class OwnSphinx(_Sphinx):
    """Its own dictionary and language model: general English."""

    def __init__(self, material: Material) -> None:  # noqa: ARG002
        super().__init__()


class ShopSphinx(_Sphinx):
    """The shop's dictionary and ARPA language model, and nothing else of ours."""

    def __init__(self, material: Material) -> None:
        super().__init__(dict=str(material.shop.dictionary), lm=str(material.shop.arpa))
