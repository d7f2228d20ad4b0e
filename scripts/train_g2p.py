"""Trains the grapheme-to-phoneme model on CMUdict and says how good it is.

    python scripts/train_g2p.py [--out src/sayfind/models/g2p.npz]

Every twentieth word (by a hash of its spelling) is held out, and stays held out of the model that
ships, so that its figures can be checked. Deterministic; about a minute on one core.
"""

from __future__ import annotations

import argparse
import re
import time
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from g2p_training.align import Aligner, Pair
from g2p_training.espeak import pronounce_all
from g2p_training.evaluate import error_rates
from g2p_training.ngram import collect, estimate, pack, prune, renormalise
from sayfind.text.g2p import G2P, VERSION
from sayfind.text.phonetics import cmudict

HERE = Path(__file__).parent


def read_pairs() -> list[Pair]:
    """The (word, phones) of CMUdict that are spelled with letters and apostrophes only."""
    pairs = []
    for entry, sound in cmudict().items():
        word = re.sub(r"\(\d+\)$", "", entry)
        if re.fullmatch(r"[a-z][a-z']*", word) and sound:
            pairs.append((word, tuple(sound.split())))
    return pairs


def is_held_out(word: str) -> bool:
    """One word in twenty, whatever else is in the dictionary."""
    return zlib.crc32(word.encode()) % 20 == 0


def graphone_sentences(
    pairs: list[Pair], penalty: float, rarest: int
) -> tuple[list[list[int]], list[str]]:
    """Words as graphone numbers between start (0) and end (1), and the lines of the graphones."""
    aligner = Aligner(pairs, penalty)
    aligner.train(iterations=8)
    aligned = list(aligner.best().values())
    counts = Counter(graphone for word in aligned for graphone in word)
    # A graphone seen hardly ever is a misalignment (an abbreviation, a foreign name).
    common = sorted(g for g, count in counts.items() if count >= rarest)
    number = {graphone: i for i, graphone in enumerate(common, start=2)}
    kept = [word for word in aligned if all(g in number for g in word)]
    print(f"{len(kept)} of {len(pairs)} pronunciations aligned, {len(common)} graphones")
    lines = ["<s> ", "</s> ", *(f"{letters} {' '.join(sound)}" for letters, sound in common)]
    return [[0, *(number[g] for g in word), 1] for word in kept], lines


def measure(path: Path, pairs: list[Pair], limit: int | None, espeak: bool) -> None:
    """Print the error rates of a model file on the held-out words."""
    references: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for word, sound in pairs:
        if is_held_out(word):
            references[word].append(sound)
    chosen = dict(list(references.items())[:limit])
    began = time.perf_counter()
    model = G2P.open(path)
    loaded = time.perf_counter()
    spoken = {word: model.pronounce(word)[0] for word in chosen}
    seconds = time.perf_counter() - loaded
    phone, word_rate = error_rates(spoken, chosen)
    print(f"held out: {len(chosen)} words, phone error rate {phone:.4f}, word {word_rate:.4f}")
    if espeak:
        rates = error_rates(pronounce_all(list(chosen)), chosen)
        print(f"espeak-ng on the same words: phone error rate {rates[0]:.4f}, word {rates[1]:.4f}")
    print(f"opened in {loaded - began:.2f} s, {1e3 * seconds / len(chosen):.2f} ms a word")


def main() -> None:
    """Train, write, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = HERE.parent / "src" / "sayfind" / "models" / "g2p.npz"
    parser.add_argument("--out", type=Path, default=default)
    parser.add_argument("--order", type=int, default=8, help="longest n-gram")
    parser.add_argument("--size", type=int, default=850_000, help="n-grams kept")
    parser.add_argument("--penalty", type=float, default=0.2, help="price of an arc of two symbols")
    parser.add_argument("--rarest", type=int, default=4, help="occurrences a graphone must have")
    parser.add_argument("--words", type=int, default=None, help="measure on this many words only")
    parser.add_argument("--espeak", action="store_true", help="measure espeak-ng on them too")
    options = parser.parse_args()

    began = time.perf_counter()
    pairs = read_pairs()
    training = [pair for pair in pairs if not is_held_out(pair[0])]
    sentences, graphones = graphone_sentences(training, options.penalty, options.rarest)
    orders = collect(sentences, len(graphones), options.order)
    estimate(orders)
    prune(orders, options.size)
    renormalise(orders)
    stored = pack(orders)
    text = np.frombuffer("\n".join(graphones).encode("ascii"), dtype=np.uint8)
    np.savez_compressed(options.out, version=np.array(VERSION), graphones=text, **stored)
    kept = [int(n) for n in stored["sizes"]]
    print(f"n-grams {kept} of {[len(o.token) for o in orders]}")
    print(f"{options.out.stat().st_size / 1e6:.2f} MB, {time.perf_counter() - began:.0f} s")

    measure(options.out, pairs, options.words, options.espeak)


if __name__ == "__main__":
    main()
