"""How much each judge of a reading should count: tunes ``JoinedEarsConfig`` on dev orders.

    python benchmarks/tune_ears.py ../shared/data/speech/barista-dev.tar \
        --feed benchmarks/barista/menu.csv --every 3 --noise pink:12 --noise babble:TAR:12

Hears every clip with both recognisers once, then tries many weights on what they said. Prints what
each recogniser gets right alone, what any reading of either would have given, and the best weights.
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sayfind.audio.vad import SileroVad
from sayfind.data.noise import NoiseSource, add_noise
from sayfind.data.sets import Case, SpokenSet
from sayfind.ears import JoinedEars, JoinedEarsConfig, open_ears
from sayfind.evaluation.slots import expected_slots, wishes
from sayfind.pipeline import around_speech
from sayfind.shop import Shop
from sayfind.types import Audio, Context, NBest
from sayfind.understanding.constraints import ConstraintUnderstander

Slots = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Heard:
    """One clip in one condition: the lists of both recognisers, and what each reading is worth."""

    expected: Slots
    first: NBest
    own: NBest
    judged: NBest


def conditions(names: list[str]) -> list[tuple[str, NoiseSource | None, float]]:
    """``clean`` and those that ``SPEC:SNR`` names."""
    found: list[tuple[str, NoiseSource | None, float]] = [("clean", None, 0.0)]
    for name in names:
        spec, _, snr = name.rpartition(":")
        found.append((name, NoiseSource.open(spec), float(snr)))
    return found


def hear(ears: JoinedEars, audio: Audio, vad: SileroVad) -> tuple[NBest, NBest, NBest]:
    """What the first recogniser, our own, and both together say of a clip."""
    speech = vad.speech(audio)
    if not speech:
        return NBest(), NBest(), NBest()
    spoken, start = around_speech(audio, speech)
    context = Context(speech=tuple((a - start, b - start) for a, b in speech))
    posteriors, begin = ears.own.posteriors(spoken, context)
    others, own = ears.others(spoken, context), ears.own.decode(posteriors, begin)
    return others[0], own, ears.join(posteriors, others, own)


def listen(
    ears: JoinedEars, cases: tuple[Case, ...], source: NoiseSource | None, snr: float
) -> Iterator[Heard]:
    """Every case in one condition."""
    everything = JoinedEars(ears.first, ears.own, replace(ears.config, num_hypotheses=60))
    vad = SileroVad()
    for case in cases:
        audio = case.audio()
        if source is not None:
            audio = add_noise(audio, source, snr, 0, case.id)
        expected = expected_slots(json.loads(case.row["slots"]))
        yield Heard(frozenset(expected), *hear(everything, audio, vad))


def chosen(judged: NBest, config: JoinedEarsConfig) -> str:
    """The reading that wins under some weights."""
    if not judged:
        return ""
    totals = [config.total(h.scores) for h in judged.hypotheses]
    return judged.hypotheses[int(np.argmax(totals))].text


def random_config(rng: np.random.Generator) -> JoinedEarsConfig:
    """Weights to try."""
    return JoinedEarsConfig(
        own=float(rng.choice([0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5])),
        first=float(rng.choice([0.2, 0.5, 1.0, 2.0, 3.3, 6.0])),
        floor=float(rng.choice([-1, -2, -3, -6, -12, -25])),
        lm=float(rng.choice([0.2, 0.4, 0.6, 0.8, 1.0, 1.5])),
        word_bonus=float(rng.choice([0, 1, 2, 3, 4, 5])),
    )


def main() -> None:
    """Listen, try, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--feed", required=True)
    parser.add_argument("--noise", action="append", default=[], metavar="SPEC:SNR")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--tries", type=int, default=1500)
    parser.add_argument("--keep", type=Path, help="a file for what was heard; read if it exists")
    options = parser.parse_args()
    recordings = SpokenSet.open(options.recordings, required=("path", "slots"))
    queries = [q for q in (recordings.text_file("utterances.txt") or "").splitlines() if q.strip()]
    with tempfile.TemporaryDirectory() as folder:
        shop, _ = Shop.build(options.feed, Path(folder) / "shop", queries)
        understander = ConstraintUnderstander(shop.vocabulary)
        if options.keep and options.keep.exists():
            heard: dict[str, list[Heard]] = pickle.loads(options.keep.read_bytes())
        else:
            ears = open_ears(shop.dictionary, shop.arpa)
            heard = {
                name: list(listen(ears, recordings.cases[:: options.every], source, snr))
                for name, source, snr in conditions(options.noise)
            }
            if options.keep:
                options.keep.write_bytes(pickle.dumps(heard))
    report(heard, _reader(understander), options.tries)


def _reader(understander: ConstraintUnderstander) -> Callable[[str], Slots]:
    known: dict[str, Slots] = {}

    def read(text: str) -> Slots:
        if text not in known:
            known[text] = frozenset(wishes(understander.understand(NBest.from_text(text))))
        return known[text]

    return read


def report(heard: dict[str, list[Heard]], read: Callable[[str], Slots], tries: int) -> None:
    """What each recogniser and any reading gives, by condition, and the best weights."""

    def share(items: list[Heard], right: Callable[[Heard], bool]) -> float:
        return sum(map(right, items)) / len(items)

    print(f"{'':<28}{'first':>8}{'own':>8}{'any':>8}")
    for name, items in heard.items():
        first = share(items, lambda h: read(h.first.text) == h.expected)
        own = share(items, lambda h: read(h.own.text) == h.expected)
        best = share(items, lambda h: any(read(r.text) == h.expected for r in h.judged.hypotheses))
        print(f"{Path(name).name[-28:]:<28}{first:8.3f}{own:8.3f}{best:8.3f}")
    rng = np.random.default_rng(0)
    results = []
    for config in [JoinedEarsConfig(), *(random_config(rng) for _ in range(tries))]:
        shares = [
            share(items, lambda h, c=config: read(chosen(h.judged, c)) == h.expected)  # type: ignore[misc]
            for items in heard.values()
        ]
        results.append((float(np.mean(shares)), shares, config))
    for mean, shares, config in [results[0], *sorted(results, key=lambda r: -r[0])[:10]]:
        print(f"{mean:.4f}", " ".join(f"{s:.3f}" for s in shares), config)


if __name__ == "__main__":
    main()
