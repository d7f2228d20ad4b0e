"""How much each judge of a reading should count: tunes ``JoinedEarsConfig`` on dev sets.

    python benchmarks/tune_ears.py ../shared/data/speech/barista-dev.tar \
        --feed benchmarks/barista/menu.csv --every 3 --noise pink:12 --noise babble:TAR:12 \
        --spoken runs/out/bench/icecat-spoken --shop runs/out/bench/icecat-shop

Hears every clip with both recognisers once, then tries many weights on what they said. An order is
right with all its slots and no others, a spoken query with its very words (spaces aside). Prints
what each recogniser gets right alone, what any reading of either would have given, and the best
weights by the mean over all conditions.
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sayfind.audio.vad import SileroVad
from sayfind.data.noise import NoiseSource, add_noise
from sayfind.data.sets import Case, SpokenSet
from sayfind.ears import JoinedEars, JoinedEarsConfig, open_english
from sayfind.evaluation.slots import expected_slots, wishes
from sayfind.pipeline import around_speech
from sayfind.shop import Shop
from sayfind.text.spoken import spoken_forms
from sayfind.types import Audio, Context, NBest
from sayfind.understanding.constraints import ConstraintUnderstander

Right = Callable[[str, Case], bool]


@dataclass(frozen=True)
class Heard:
    """One clip in one condition: who was right alone, and which of all readings are right."""

    first: bool
    own: bool
    judged: NBest
    right: tuple[bool, ...]


def conditions(names: list[str]) -> list[tuple[str, NoiseSource | None, float]]:
    """``clean`` and those that ``SPEC:SNR`` names."""
    found: list[tuple[str, NoiseSource | None, float]] = [("clean", None, 0.0)]
    for name in names:
        spec, _, snr = name.rpartition(":")
        found.append((name, NoiseSource.open(spec), float(snr)))
    return found


def hear(ears: JoinedEars, audio: Audio, vad: SileroVad) -> tuple[NBest, NBest, NBest]:
    """What the other recogniser, our own, and both together say of a clip."""
    speech = vad.speech(audio)
    if not speech:
        return NBest(), NBest(), NBest()
    spoken, start = around_speech(audio, speech)
    context = Context(speech=tuple((a - start, b - start) for a, b in speech))
    begun, heard = ears.begin(spoken), ears.own.posteriors(spoken, context)
    other, joined = begun.other.result(), ears.finish(begun, context, *heard)
    return other, ears.own.decode(*heard), joined


def listen(
    ears: JoinedEars, cases: Sequence[Case], source: NoiseSource | None, snr: float, right: Right
) -> Iterator[Heard]:
    """Every case in one condition."""
    config = replace(ears.config, num_hypotheses=60)
    everything = JoinedEars(ears.first, ears.own, config, ears.in_noise, ears.near)
    vad = SileroVad()
    for case in tqdm(cases, unit="clip", disable=None):
        audio = case.audio()
        if source is not None:
            audio = add_noise(audio, source, snr, 0, case.id)
        first, own, judged = hear(everything, audio, vad)
        each = tuple(right(h.text, case) for h in judged.hypotheses)
        yield Heard(right(first.text, case), right(own.text, case), judged, each)


def wins(heard: Heard, config: JoinedEarsConfig) -> bool:
    """Whether the reading that wins under some weights is right."""
    if not heard.right:
        return False
    totals = [config.total(h.scores) for h in heard.judged.hypotheses]
    return heard.right[int(np.argmax(totals))]


def random_config(rng: np.random.Generator) -> JoinedEarsConfig:
    """Weights to try."""
    return JoinedEarsConfig(
        own=float(rng.choice([0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5])),
        first=float(rng.choice([0.2, 0.5, 1.0, 2.0, 3.3, 6.0])),
        floor=float(rng.choice([-1, -2, -3, -6, -12, -25])),
        lm=float(rng.choice([0.2, 0.4, 0.6, 0.8, 1.0, 1.5])),
        word_bonus=float(rng.choice([0, 1, 2, 3, 4, 5])),
    )


def orders(options: argparse.Namespace) -> dict[str, list[Heard]]:
    """Orders over the feed, in every condition."""
    recordings = SpokenSet.open(options.recordings, required=("path", "slots"))
    queries = [q for q in (recordings.text_file("utterances.txt") or "").splitlines() if q.strip()]
    cases = recordings.cases[:: options.every]
    with tempfile.TemporaryDirectory() as folder:
        shop, _ = Shop.build(options.feed, Path(folder) / "shop", queries)
        understander = ConstraintUnderstander(shop.vocabulary)

        @cache
        def read(text: str) -> frozenset[tuple[str, str]]:
            return frozenset(wishes(understander.understand(NBest.from_text(text))))

        def right(text: str, case: Case) -> bool:
            return read(text) == expected_slots(json.loads(case.row["slots"]))

        ears = open_english(shop.dictionary)
        return {
            name: list(listen(ears, cases, source, snr, right))
            for name, source, snr in conditions(options.noise)
        }


def queries(options: argparse.Namespace) -> dict[str, list[Heard]]:
    """Spoken queries over a shop, as they are."""
    recordings, shop = SpokenSet.open(options.spoken), Shop.open(options.shop)

    def right(text: str, case: Case) -> bool:
        said = spoken_forms(case.query)
        return text.replace(" ", "") in {form.replace(" ", "") for form in (case.query, *said)}

    ears = open_english(shop.dictionary)
    found = listen(ears, recordings.cases[:: options.every], None, 0.0, right)
    return {"spoken queries": list(found)}


def main() -> None:
    """Listen, try, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--feed", required=True)
    parser.add_argument("--noise", action="append", default=[], metavar="SPEC:SNR")
    parser.add_argument("--spoken", type=Path, help="a set of spoken queries")
    parser.add_argument("--shop", type=Path, help="the shop they are asked in")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--tries", type=int, default=2000)
    parser.add_argument("--keep", type=Path, help="a file for what was heard; read if it exists")
    options = parser.parse_args()
    if options.keep and options.keep.exists():
        heard = pickle.loads(options.keep.read_bytes())
    else:
        heard = orders(options) | (queries(options) if options.spoken else {})
        if options.keep:
            options.keep.write_bytes(pickle.dumps(heard))
    report(heard, options.tries)


def report(heard: dict[str, list[Heard]], tries: int) -> None:
    """What each recogniser and any reading gives, by condition, and the best weights."""
    print(f"{'':<28}{'first':>8}{'own':>8}{'any':>8}")
    for name, items in heard.items():
        shares = [np.mean([getattr(h, who) for h in items]) for who in ("first", "own")]
        shares.append(np.mean([any(h.right) for h in items]))
        print(f"{Path(name).name[-28:]:<28}" + "".join(f"{s:8.3f}" for s in shares))
    rng = np.random.default_rng(0)
    results = []
    for config in [JoinedEarsConfig(), *(random_config(rng) for _ in range(tries))]:
        shares = [np.mean([wins(h, config) for h in items]) for items in heard.values()]
        results.append((float(np.mean(shares)), shares, config))
    for mean, shares, config in [results[0], *sorted(results, key=lambda r: -r[0])[:12]]:
        print(f"{mean:.4f}", " ".join(f"{s:.3f}" for s in shares), config)


if __name__ == "__main__":
    main()
