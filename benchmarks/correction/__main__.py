"""The table of docs/correction.md: each part of correction and simpler ways, on the same n-best.

    python -m benchmarks.correction SHOP PAIRS [PAIRS ...] [--tune]

PAIRS are folders of ``benchmarks.correction.pairs``. ``--tune`` fits the weights on three quarters
of the queries, measures the rest, four times over, and prints the weights of all of them.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from benchmarks.correction.pairs import Pair, read_pairs
from rapidfuzz import fuzz, process

from sayfind.correction.decision import DecisionConfig
from sayfind.correction.phonetic import PhoneticCorrector
from sayfind.correction.replacement import Replacer
from sayfind.correction.rescoring import LogLinear, Pool, tune
from sayfind.correction.sources import Source
from sayfind.correction.spoken import SpokenConfig, SpokenCorrector
from sayfind.correction.writing import as_written
from sayfind.correctors import open_corrector
from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.evaluation.correction import CorrectionCase, over_correction_rate
from sayfind.evaluation.entities import names_found
from sayfind.evaluation.figure import ratio_figure
from sayfind.evaluation.run_transcription import fair_errors
from sayfind.lm.arpa import read_arpa
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.text.phonetics import phones
from sayfind.types import Audio, NBest

SILENCE = Audio(np.zeros(160, np.float32), 16_000)  # the sound itself is kept as posteriors
Correct = Callable[[Pair, NBest], str]


@dataclass(frozen=True)
class Replay:
    """A ``PhraseScorer`` over the posteriors that were kept."""

    pair: Pair

    def score(self, audio: Audio, phrases: Sequence[str]) -> list[float | None]:  # noqa: ARG002
        """As ``correctors.SoundScorer``."""
        values = acoustic_evidence(self.pair.posteriors, list(phrases))
        return [None if value < -5_000 else value for value in values]


class Systems:
    """Everything that is compared, by name."""

    def __init__(self, shop: Path) -> None:
        postings = LexicalIndex.open(shop / "index").postings
        model = read_arpa(shop / "ears" / "words.arpa")
        self.chain = open_corrector(shop, postings, model)
        spoken, phonetic = self.chain.correctors[:2]
        assert isinstance(spoken, SpokenCorrector)
        assert isinstance(phonetic, PhoneticCorrector)
        self.phonetic, self.spoken = phonetic, spoken
        self.sources: Sequence[Source] = spoken._sources
        self.phrases = [t.lower() for t in phonetic.targets.texts if " " in t or len(t) > 3]

    def part(self, *, recombined: int, replaced: int, model: LogLinear | None = None) -> Correct:
        """Rescoring with some of its readings."""
        base = self.spoken.config
        config = replace(base, recombined=recombined, replaced=replaced, model=model or base.model)

        def correct(pair: Pair, heard: NBest) -> str:
            replacer = Replacer(self.phonetic.targets) if replaced else None
            corrector = SpokenCorrector(self.sources, replacer, Replay(pair), config)
            return corrector.correct(heard, SILENCE)[0].text

        return correct

    def whole(self, pair: Pair, heard: NBest) -> str:
        """The chain as it is in the shop."""
        self.spoken._scorer = Replay(pair)
        return self.chain.correct(heard, SILENCE)[0].text

    def by_sound(self, pair: Pair, heard: NBest) -> str:  # noqa: ARG002
        """Pinyin matching carried over: the nearest phrase of the catalogue by phones."""
        near = self.phonetic.targets.index.nearest(phones(heard.text), 1)
        return self.phonetic.targets.texts[near[0][0]] if near and near[0][1] < 0.2 else heard.text

    def letters(self, pair: Pair, heard: NBest) -> str:  # noqa: ARG002
        """The nearest phrase of the catalogue by letters."""
        found = process.extractOne(heard.text, self.phrases, scorer=fuzz.ratio, score_cutoff=85)
        return str(found[0]) if found else heard.text

    def plain_lm(self, pair: Pair, heard: NBest) -> str:  # noqa: ARG002
        """The heard reading that the shop's n-gram model likes best, by word."""
        source = next(s for s in self.sources if s.name == "lm")
        texts = [h.text for h in heard.hypotheses]
        values = [
            v / (1 + len(t.split())) for v, t in zip(source.scores(texts), texts, strict=True)
        ]
        return texts[int(np.argmax(values))]


def row(name: str, pairs: Sequence[Pair], correct: Correct, names: Sequence[str]) -> str:
    """Word errors and what became of them; names of the shop in what was said; time of the part."""
    before, after, lengths, cases, seconds = [], [], [], [], []
    said = [[n for n in names if f" {n} " in f" {pair.truth} "] for pair in pairs]
    found = [0, 0, 0]
    for pair, mine in zip(pairs, said, strict=True):
        heard = as_written(pair.heard)
        began = time.process_time()
        text = correct(pair, heard)
        seconds.append(time.process_time() - began)
        first = fair_errors(pair.truth, pair.heard.text)
        before.append(first.errors)
        after.append(fair_errors(pair.truth, text).errors)
        lengths.append(first.reference_length)
        cases.append(CorrectionCase(pair.truth, heard.text, text))
        found[0] += len(mine)
        found[1] += sum(names_found(mine, pair.heard.text))
        found[2] += sum(names_found(mine, text))
    errors, first_errors = np.array(after, float), np.array(before, float)
    wer = ratio_figure(errors, np.array(lengths, float), 0)
    less = ratio_figure(first_errors - errors, first_errors, 0)
    missed = 1 - (found[0] - found[2]) / max(1, found[0] - found[1])
    over = over_correction_rate(cases)
    p95 = 1e3 * float(np.percentile(seconds, 95))
    return (
        f"| {name} | {wer.value:.3f} | {less.value:.2f} [{less.low:.2f}, {less.high:.2f}] "
        f"| {missed:.2f} | {over.value:.3f} | {p95:.1f} |"
    )


def tuned(systems: Systems, pairs: Sequence[Pair]) -> None:
    """Weights by cross-validation over queries, and those of all queries."""
    start = systems.spoken.config.model
    names = ("first", "words", "lm", "catalogue", "causal")
    every = SpokenConfig(model=LogLinear(dict.fromkeys((*start.weights, *names), 1.0)))
    pools, errors = [], np.zeros(2)
    for pair in pairs:
        corrector = SpokenCorrector(
            systems.sources, Replacer(systems.phonetic.targets), Replay(pair), every
        )
        made = corrector.readings(as_written(pair.heard), SILENCE)
        wrong = [float(fair_errors(pair.truth, h.text).errors) for h in made]
        pools.append((zlib.crc32(pair.group.encode()) % 4, Pool([h.scores for h in made], wrong)))
    for fold in range(4):
        model = tune([p for n, p in pools if n != fold], start, names)
        for pool in (p for n, p in pools if n == fold):
            best = int(np.argmax([model.total(s) for s in pool.scores]))
            errors += (pool.errors[0], pool.errors[best])
    print(
        f"errors of first readings {errors[0]:.0f}, of the best by held-out weights {errors[1]:.0f}"
    )
    print(tune([pool for _, pool in pools], start, names), DecisionConfig())


def main() -> None:
    """Print the table of each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--tune", action="store_true")
    options = parser.parse_args()
    systems = Systems(options.shop)
    heard = {folder: [p for p in read_pairs(folder) if p.heard] for folder in options.pairs}
    if options.tune:
        tuned(systems, [pair for pairs in heard.values() for pair in pairs])
        return
    listed: dict[str, Correct] = {
        "first reading as heard": lambda pair, _: pair.heard.text,
        "written (`writing`)": lambda _, written: written.text,
        "written, rescored": systems.part(recombined=0, replaced=0),
        "and recombined": systems.part(recombined=8, replaced=0),
        "and replaced": systems.part(recombined=8, replaced=16),
        "written, names by sound only": lambda _, h: systems.phonetic.correct(h, SILENCE)[0].text,
        "**the chain**": systems.whole,
        "written, nearest phrase by sound": systems.by_sound,
        "written, rapidfuzz": systems.letters,
        "written, plain LM rescoring": systems.plain_lm,
    }
    for folder, pairs in heard.items():
        print(f"\n{folder.name}: {len(pairs)} clips\n")
        print("| | WER | errors fewer | names missed fewer | over-correction | p95, ms |")
        print("|---|---|---|---|---|---|")
        for name, correct in listed.items():
            print(row(name, pairs, correct, systems.phrases), flush=True)


if __name__ == "__main__":
    main()
