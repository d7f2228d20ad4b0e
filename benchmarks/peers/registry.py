"""Every peer by name, and how it is opened. A new one is an adapter file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.peers.correct_pinyin import PinyinPeer
from benchmarks.peers.correct_rapidfuzz import RapidfuzzPeer
from benchmarks.peers.find_bm25s import Bm25sPeer
from benchmarks.peers.find_tantivy import TantivyPeer
from benchmarks.peers.hear_pocketsphinx import OwnSphinx, ShopSphinx
from benchmarks.peers.hear_sherpa import SherpaPeer
from benchmarks.peers.hear_vosk import VoskPeer
from benchmarks.peers.hear_whisper import WhisperPeer
from benchmarks.peers.peer import CorrectionPeer, HearingPeer, Material, SearchPeer

__all__ = ["CORRECTION", "HEARING", "SEARCH"]

HEARING: Mapping[str, Callable[[Material], HearingPeer]] = {
    "pocketsphinx, its own LM": OwnSphinx,
    "pocketsphinx, the shop's LM": ShopSphinx,
    "vosk": VoskPeer,
    "sherpa-onnx": SherpaPeer,
    "Whisper (transformers)": WhisperPeer,
}
CORRECTION: Mapping[str, Callable[[Material], CorrectionPeer]] = {
    "pinyin matching (pypinyin)": PinyinPeer,
    "letters against the catalogue (rapidfuzz)": RapidfuzzPeer,
}
SEARCH: Mapping[str, Callable[[Material], SearchPeer]] = {
    "bm25s": Bm25sPeer,
    "tantivy": TantivyPeer,
}
