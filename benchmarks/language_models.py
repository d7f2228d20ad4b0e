"""Perplexity per piece of the bundled causal model beside an n-gram model, on held-out lines.

    python benchmarks/language_models.py DATA

Both are given the same pieces and the same training lines; ``mixed`` is their mean, weighted by
expectation maximisation on every second held-out line and measured on the others.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sayfind.lm.backoff import END, NGram
from sayfind.lm.neural import CausalModel, open_causal
from sayfind.lm.ngram import estimate
from sayfind.training.language_text import is_held_out, read_commerce_text


def ngram_values(model: NGram, rows: Sequence[Sequence[str]]) -> np.ndarray:
    """Log-probability of every piece and end, one after another."""
    values = []
    for words in rows:
        state = model.start()
        for word in (*words, END):
            value, state = model.score(state, word)
            values.append(value)
    return np.array(values)


def neural_values(model: CausalModel, texts: Sequence[str]) -> np.ndarray:
    """The same by the causal model."""
    values = []
    for text in texts:
        state = model.start()
        names = [model.pieces.vocabulary[n] for n in model.pieces.encode(text)]
        for name in (*names, "[END]"):
            value, state = model.score(state, name)
            values.append(value)
    return np.array(values)


def share_of(first: np.ndarray, second: np.ndarray) -> float:
    """The share of the first in the likeliest mean of two."""
    share = 0.5
    for _ in range(30):
        joint = share * np.exp(first)
        share = float((joint / (joint + (1 - share) * np.exp(second))).mean())
    return share


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--order", type=int, default=4)
    parser.add_argument("--count", type=int, default=400, help="held-out lines of each source")
    options = parser.parse_args()
    lines, model = read_commerce_text(options.data), open_causal()
    known = [x for x in lines if not is_held_out(x.text)]

    def cut(text: str) -> list[str]:
        return [model.pieces.vocabulary[n].strip("[]") for n in model.pieces.encode(text)][:38]

    print(
        "| source | pieces | n-gram | causal | mixed | share of causal |\n|---|---|---|---|---|---|"
    )
    for source in ("zh-queries", "en-titles", "en-categories"):
        mine = [(cut(x.text), x.weight) for x in known if x.source[:2] == source[:2]]
        ngram = estimate(mine, options.order)
        texts = [x.text for x in lines if x.source == source and is_held_out(x.text)]
        texts = [t for t in texts[: options.count] if len(model.pieces.encode(t)) <= 38]
        parts = {}
        for name, some in (("tune", texts[::2]), ("test", texts[1::2])):
            parts[name] = ngram_values(ngram, list(map(cut, some))), neural_values(model, some)
        share = share_of(parts["tune"][1], parts["tune"][0])
        grams, neural = parts["test"]
        mixed = np.logaddexp(math.log(1 - share) + grams, math.log(share) + neural)
        figures = (math.exp(-values.mean()) for values in (grams, neural, mixed))
        shown = " | ".join(f"{value:.1f}" for value in figures)
        print(f"| {source} | {len(grams)} | {shown} | {share:.2f} |", flush=True)


if __name__ == "__main__":
    main()
