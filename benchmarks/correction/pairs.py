"""Pairs of (n-best, truth) by the shop's own recogniser, kept so that nothing is heard twice.

    python -m benchmarks.correction.pairs SPOKEN_SET SHOP OUT [--every 2] [--noise pink --snr 10]

``OUT/pairs.jsonl`` gets a line for each clip, ``OUT/posteriors/ID.npz`` what our acoustic model
heard, so that a correction can be verified against the sound again. A stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.data.noise import NoiseSource, add_noise
from sayfind.data.sets import Case, SpokenSet
from sayfind.ears import BilingualEars, JoinedEars
from sayfind.pipeline import VoiceSearch, around_speech
from sayfind.shop import Shop
from sayfind.types import Audio, Context, Hypothesis, NBest, Posteriors

__all__ = ["Pair", "make_pairs", "read_pairs"]


@dataclass(frozen=True, slots=True)
class Pair:
    """What was said and what was heard; ``group`` is what is resampled together (the query)."""

    id: str
    group: str
    truth: str
    heard: NBest
    posteriors: Posteriors


def make_pairs(spoken: SpokenSet, shop: Shop, out: Path, options: argparse.Namespace) -> None:
    """Hear every chosen clip that is not in ``out`` yet."""
    (out / "posteriors").mkdir(parents=True, exist_ok=True)
    search = VoiceSearch(shop)
    both = search.recognizer
    assert isinstance(both, BilingualEars)
    assert both.english is not None, "this shop has no English name"
    ears = both.english
    (out / "tokens.json").write_text(json.dumps(ears.own.acoustic.tokens), encoding="utf-8")
    path = out / "pairs.jsonl"
    done = {json.loads(line)["id"] for line in _lines(path)}
    with path.open("a", encoding="utf-8") as file:
        for case in _chosen(spoken, options.every):
            if case.id not in done:
                row = _hear(case, _sound(case, options), search, ears, out)
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()


def _sound(case: Case, options: argparse.Namespace) -> Audio:
    audio = case.audio()
    if not options.noise:
        return audio
    source = NoiseSource.open(options.noise)
    return add_noise(audio, source, options.snr, 0, case.id)


def _hear(
    case: Case, audio: Audio, search: VoiceSearch, ears: JoinedEars, out: Path
) -> dict[str, Any]:
    speech = search.vad.speech(audio) or ((0.0, audio.seconds),)
    spoken, start = around_speech(audio, speech)
    context = Context(speech=tuple((a - start, b - start) for a, b in speech))
    begun, (posteriors, offset) = ears.begin(spoken), ears.own.posteriors(spoken, context)
    heard = ears.finish(begun, context, posteriors, offset)
    name = f"{zlib.crc32(case.id.encode()):08x}.npz"
    np.savez_compressed(
        out / "posteriors" / name,
        log_probs=posteriors.log_probs.astype(np.float16),
        frame_shift=posteriors.frame_shift,
    )
    readings = [
        [h.text, dict(h.scores), p]
        for h, p in zip(heard.hypotheses, heard.probabilities, strict=True)
    ]
    truth = case.query or case.text
    return {"id": case.id, "group": truth, "truth": truth, "heard": readings, "posteriors": name}


def _chosen(spoken: SpokenSet, every: int) -> Iterator[Case]:
    """Every so many clips, another voice for each query."""
    for number, case in enumerate(spoken.cases):
        if (number + number // 4) % every == 0:
            yield case


def read_pairs(folder: Path) -> list[Pair]:
    """The pairs that ``make_pairs`` wrote."""
    tokens = tuple(json.loads((folder / "tokens.json").read_text(encoding="utf-8")))
    return [_pair(json.loads(line), tokens, folder) for line in _lines(folder / "pairs.jsonl")]


def _pair(row: dict[str, Any], tokens: tuple[str, ...], folder: Path) -> Pair:
    with np.load(folder / "posteriors" / row["posteriors"]) as stored:
        log_probs = stored["log_probs"].astype(np.float32)
        shift = float(stored["frame_shift"])
    hypotheses = tuple(Hypothesis(text, scores) for text, scores, _ in row["heard"])
    heard = NBest(hypotheses, tuple(p for _, _, p in row["heard"]))
    return Pair(row["id"], row["group"], row["truth"], heard, Posteriors(log_probs, shift, tokens))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def main() -> None:
    """Hear a set with a shop's ears."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spoken", type=Path)
    parser.add_argument("shop", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every so many clips")
    parser.add_argument("--noise", default="", help="as in `sayfind evaluate`")
    parser.add_argument("--snr", type=float, default=10.0, help="decibels")
    options = parser.parse_args()
    make_pairs(SpokenSet.open(options.spoken), Shop.open(options.shop), options.out, options)


if __name__ == "__main__":
    main()
