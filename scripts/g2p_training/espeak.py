"""espeak-ng's pronunciations in ARPAbet, as a yardstick; it is called, never linked or shipped."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

# Longest first. espeak's reduced vowels go to what CMUdict writes for them.
_ARPABET = {
    "aɪɚ": "AY ER", "aɪə": "AY AH", "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY",
    "oʊ": "OW", "ɔɪ": "OY", "ɑːɹ": "AA R", "ɔːɹ": "AO R", "oːɹ": "AO R", "ɛɹ": "EH R",
    "ɪɹ": "IH R", "ʊɹ": "UH R", "ɜː": "ER", "əl": "AH L", "n̩": "AH N", "iə": "IY AH",
    "iː": "IY", "uː": "UW", "ɑː": "AA", "ɔː": "AO", "oː": "AO", "i": "IY", "ɪ": "IH", "ᵻ": "IH",
    "ɛ": "EH", "æ": "AE", "a": "AA", "ʌ": "AH", "ə": "AH", "ɐ": "AH", "ɚ": "ER", "ʊ": "UH",
    "ɔ": "AO", "u": "UW", "o": "OW", "e": "EY", "p": "P", "b": "B", "t": "T", "d": "D", "k": "K",
    "ɡ": "G", "f": "F", "v": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH",
    "h": "HH", "x": "K", "m": "M", "n": "N", "ŋ": "NG", "l": "L", "ɹ": "R", "r": "R", "w": "W",
    "j": "Y", "ɾ": "T", "ʔ": "T", "ɬ": "L", "ç": "HH",
}  # fmt: skip
_SYMBOL = re.compile("|".join(sorted(map(re.escape, _ARPABET), key=len, reverse=True)))


def pronounce_all(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What espeak-ng (``en-us``) says for each word, without stress."""
    done = subprocess.run(
        ["espeak-ng", "-q", "--ipa", "-v", "en-us"],
        input="\n".join(words), capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.strip().split("\n")
    if len(lines) != len(words):
        raise RuntimeError(f"espeak-ng gave {len(lines)} lines for {len(words)} words")
    return {word: _arpabet(line) for word, line in zip(words, lines, strict=True)}


def _arpabet(ipa: str) -> tuple[str, ...]:
    plain = re.sub(r"[ˈˌ\s]", "", ipa)
    return tuple(" ".join(_ARPABET[m.group()] for m in _SYMBOL.finditer(plain)).split())
