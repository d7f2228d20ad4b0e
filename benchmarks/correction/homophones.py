"""Chinese queries with a made slip: what is mended, and what is broken where nothing was wrong.

    python -m benchmarks.correction.homophones DATA [--count 400]

Held-out queries (never trained on); in half of them a character is replaced by another of the same
syllable, any tone, as a pinyin keyboard or a recogniser would. Beside ours: pinyin matching against
words of a lexicon of the training queries, as pycorrector does it, and letters by rapidfuzz.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rjieba
from pypinyin import Style, lazy_pinyin
from rapidfuzz import process

from sayfind.correction.homophones import HomophoneConfig, HomophoneCorrector
from sayfind.lm.neural import open_masked
from sayfind.text.normalise import has_han
from sayfind.training.language_text import is_held_out, read_commerce_text
from sayfind.types import NBest

__all__ = ["Slip", "made_slips", "pinyin_matcher"]


@dataclass(frozen=True, slots=True)
class Slip:
    """What was meant, and what stands there."""

    meant: str
    given: str


def made_slips(texts: Sequence[str], count: int, seed: int) -> list[Slip]:
    """Every second text with one character replaced by a homophone that is used in queries."""
    used = Counter(c for text in texts for c in text if has_han(c))
    alike: dict[str, list[str]] = defaultdict(list)
    for character, times in used.items():
        if times >= 20:
            alike[_syllable(character)].append(character)
    rng = np.random.default_rng(seed)
    slips = []
    for number in rng.permutation(len(texts))[:count].tolist():
        text = texts[number]
        places = [i for i, c in enumerate(text) if has_han(c) and len(alike[_syllable(c)]) > 1]
        if not places or len(slips) % 2:
            slips.append(Slip(text, text))
            continue
        at = int(rng.choice(places))
        others = [c for c in alike[_syllable(text[at])] if c != text[at]]
        other = str(rng.choice(others)) if others else text[at]
        slips.append(Slip(text, text[:at] + other + text[at + 1 :]))
    return slips


def _syllable(text: str) -> str:
    return " ".join(lazy_pinyin(text, style=Style.NORMAL))


def pinyin_matcher(texts: Sequence[str]) -> Callable[[str], str]:
    """Two to four characters that are no word become the commonest word that sounds so."""
    words = Counter(w for text in texts for w in rjieba.cut(text) if 2 <= len(w) <= 4)
    words = Counter({w: n for w, n in words.items() if n >= 3 and all(map(has_han, w))})
    by_sound: dict[str, str] = {}
    for word, _ in reversed(words.most_common()):
        by_sound[_syllable(word)] = word

    def correct(text: str) -> str:
        for size in (4, 3, 2):
            for at in range(len(text) - size + 1):
                part = text[at : at + size]
                if all(map(has_han, part)) and part not in words:
                    found = by_sound.get(_syllable(part))
                    if found:
                        text = text[:at] + found + text[at + size :]
        return text

    return correct


def report(name: str, slips: Sequence[Slip], correct: Callable[[str], str]) -> str:
    """One line: slips mended, right ones broken, characters wrong before and after, time."""
    seconds, made = [], []
    for slip in slips:
        began = time.process_time()
        made.append(correct(slip.given))
        seconds.append(time.process_time() - began)
    wrong = [(s, m) for s, m in zip(slips, made, strict=True) if s.meant != s.given]
    right = [(s, m) for s, m in zip(slips, made, strict=True) if s.meant == s.given]
    mended = sum(m == s.meant for s, m in wrong) / len(wrong)
    broken = sum(m != s.meant for s, m in right) / len(right)
    before = sum(_errors(s.meant, s.given) for s in slips)
    after = sum(_errors(s.meant, m) for s, m in zip(slips, made, strict=True))
    p95 = 1e3 * float(np.percentile(seconds, 95))
    less = 1 - after / before
    return f"| {name} | {mended:.3f} | {broken:.4f} | {less:.3f} | {p95:.1f} |"


def _errors(meant: str, text: str) -> int:
    return sum(a != b for a, b in zip(meant, text, strict=False)) + abs(len(meant) - len(text))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gains", type=float, nargs="*", default=[HomophoneConfig().gain])
    options = parser.parse_args()
    lines = [x for x in read_commerce_text(options.data) if x.source == "zh-queries"]
    texts = ["".join(line.text.split()) for line in lines]
    held = [t for t, x in zip(texts, lines, strict=True) if is_held_out(x.text)]
    known = [t for t, x in zip(texts, lines, strict=True) if not is_held_out(x.text)]
    slips = made_slips([t for t in held if sum(map(has_han, t)) >= 3], options.count, options.seed)
    print("| | slips mended | right ones broken | errors fewer | p95, ms |\n|---|---|---|---|---|")
    for gain in options.gains:
        ours = HomophoneCorrector(open_masked(), config=HomophoneConfig(gain=gain))

        def correct(text: str, ours: HomophoneCorrector = ours) -> str:
            return ours.correct(NBest.from_text(text), None)[0].text

        print(report(f"masked model, gain {gain:g}", slips, correct), flush=True)
    print(report("pinyin matching", slips, pinyin_matcher(known)), flush=True)
    some = known[:20_000]

    def letters(text: str) -> str:
        found = process.extractOne(text, some, score_cutoff=80)
        return str(found[0]) if found else text

    print(report("letters (rapidfuzz)", slips[:60], letters), flush=True)


if __name__ == "__main__":
    main()
