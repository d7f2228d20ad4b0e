"""Writes the list of common English words: the likeliest of the language model in pocketsphinx.

    python scripts/make_common_words.py

The model's words are a superset of everyday English (it was trained on news and talk), so its
unigram probabilities tell an everyday word from a surname. CMUSphinx's licence is BSD.
"""

from __future__ import annotations

import re
from pathlib import Path

from pocketsphinx import Config, LogMath, NGramModel, get_model_path

from sayfind.text.phonetics import cmudict

SIZE = 30_000
OUT = Path(__file__).parent.parent / "src" / "sayfind" / "text" / "data" / "common_words.txt"


def main() -> None:
    """Rank CMUdict's words by their unigram probability and keep the first."""
    math = LogMath()
    model = NGramModel(Config(lm=None), math, get_model_path("en-us/en-us.lm.bin"))
    words = [word for word in cmudict() if re.fullmatch(r"[a-z]{2,}('[a-z]+)?", word)]
    floor = model.prob(["zzzzzz"])
    scores = {word: score for word in words if (score := model.prob([word])) > floor}
    best = sorted(scores, key=lambda word: (-scores[word], word))[:SIZE]
    OUT.write_text("\n".join(sorted(best)) + "\n", encoding="utf-8")
    print(f"{len(best)} words to {OUT.name}; the rarest is {best[-1]!r}")


if __name__ == "__main__":
    main()
