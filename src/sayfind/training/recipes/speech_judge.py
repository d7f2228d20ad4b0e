"""Fits the judge of speech (``sayfind/ears/speech_judge.py``; docs/activation.md).

    python -m sayfind.training.recipes.speech_judge ../shared/data src/sayfind/models

Run it again whenever the acoustic model has changed: the judge looks at its phones. Noises are cut
in two by file. Weights are fitted across files, and each noise is scored by weights that never saw
its file; the threshold is set on the first half alone, and the second says what it is worth.
"""

from __future__ import annotations

import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sayfind.audio.vad import SileroVad
from sayfind.data.noise import NoiseSource, add_noise
from sayfind.data.sets import Case, SpokenSet, open_noises
from sayfind.ears.speech_judge import JUDGE, JudgeWeights, SpeechJudge
from sayfind.types import Audio, FloatArray

__all__ = ["Example", "JudgeTraining", "fit", "scored", "train"]

_SPEECH = (
    *(("speech-commands-v2", 250), ("keywords-en", 200), ("speechocean762-train", 150)),
    *(("librispeech-tc100-178spk", 60), ("librispeech-devclean-14spk", 60), ("en-misc", 100)),
    *(("fsdd-digits", 60), ("vctk-mini", 40), ("audio-cmn", 120), ("seedlingo-zh", 80)),
    *(("aishell3-demo", 60),),
)
_FOLDS = 6
_ABOVE = 0.1  # from the last score that is refused to the threshold
_HALF_HOUR = 1800.0  # seconds
_LONGEST = 6.0  # seconds of a clip that are used
_SNRS = (24.0, 12.0, 6.0)


@dataclass(frozen=True, slots=True)
class JudgeTraining:
    """How the judge is fitted.

    ``speeds`` are the factors at which each noise is played, to have more of them; ``penalty`` is
    the weight of the squared weights beside the mean loss; ``per_half_hour`` the activations that
    are allowed in half an hour of noise.
    """

    speeds: tuple[float, ...] = (1.0, 0.85, 1.15)
    penalty: float = 0.02
    per_half_hour: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """Something that woke the detector: ``group`` is its file, ``kind`` its set or noise."""

    measures: FloatArray
    is_speech: bool
    group: str
    kind: str
    speed: float = 1.0

    @property
    def half(self) -> int:
        """0 for the files that the threshold is set on, 1 for those that it is tried on."""
        return zlib.crc32(self.group.encode()) % 2


def fit(examples: Sequence[Example], penalty: float, threshold: float = 0.0) -> JudgeWeights:
    """Logistic regression by Newton's method, noises and speech weighing the same in all."""
    seen = np.array([example.measures for example in examples], np.float64)
    label = np.array([example.is_speech for example in examples], np.float64)
    mean, scale = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    inputs = np.column_stack([(seen - mean) / scale, np.ones(len(seen))])
    share = np.where(label > 0, 0.5 / label.sum(), 0.5 / (1 - label).sum())
    ridge = np.diag([penalty] * seen.shape[1] + [0.0])
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        odds = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (share * (odds - label)) + ridge @ weights
        bend = (inputs * (share * odds * (1 - odds))[:, None]).T @ inputs + ridge
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-10:
            break
    told = [tuple(map(float, part)) for part in (mean, scale, weights[:-1])]
    return JudgeWeights(told[0], told[1], told[2], float(weights[-1]), threshold)


def scored(examples: Sequence[Example], penalty: float) -> FloatArray:
    """The score of each example by weights that were fitted without its file."""
    folds = np.array([zlib.crc32(f"fold {e.group}".encode()) % _FOLDS for e in examples])
    scores = np.zeros(len(examples), np.float32)
    for fold in range(_FOLDS):
        weights = fit([e for e, f in zip(examples, folds, strict=True) if f != fold], penalty)
        for place in np.flatnonzero(folds == fold).tolist():
            scores[place] = weights.score(examples[place].measures)
    return scores


def threshold_of(scores: Sequence[float], allowed: int) -> float:
    """A little above the highest score that is one too many; 0, even odds, where none is."""
    ordered = sorted(scores, reverse=True)
    return float(ordered[allowed]) + _ABOVE if len(ordered) > allowed else 0.0


def train(data: Path, out: Path, config: JudgeTraining) -> str:
    """Write ``out/speech_judge.json``; the text says what it lets through and what it refuses."""
    noises = open_noises(data / "noise" / "noise.tar").cases
    # fitting needs measures only: the weights that are there (if any) are not looked at
    judge, vad = SpeechJudge(_no_weights()), SileroVad()
    examples = [*_noise_examples(noises, judge, vad, config)]
    missed: dict[str, int] = defaultdict(int)
    examples += _speech_examples(data, judge, vad, missed, config.seed)
    scores = scored(examples, config.penalty)
    halves = [0.0, 0.0]
    for case in noises:
        path = case.row["path"]
        halves[zlib.crc32(path.encode()) % 2] += case.audio().seconds / _HALF_HOUR
    tuned = [s for e, s in zip(examples, scores, strict=True) if _counts(e) and e.half == 0]
    threshold = threshold_of(tuned, int(config.per_half_hour * halves[0]))
    weights = fit(examples, config.penalty, threshold)
    weights.save(out / JUDGE.name)
    return _told(examples, scores, threshold, halves, missed)


def _no_weights() -> JudgeWeights:
    ones = (1.0,) * 6
    return JudgeWeights(ones, ones, ones, 0.0, 0.0)


def _counts(example: Example) -> bool:
    return not example.is_speech and example.speed == 1.0


def _noise_examples(
    cases: Sequence[Case], judge: SpeechJudge, vad: SileroVad, config: JudgeTraining
) -> Iterator[Example]:
    for case in tqdm(cases, unit="noise", disable=None):
        audio = case.audio()
        for speed in config.speeds:
            heard = _at_speed(audio, speed)
            speech = vad.speech(heard)
            if speech:
                measures, kind = judge.measures(heard, speech), case.row["kind"]
                yield Example(measures, False, case.row["path"], kind, speed)


def _at_speed(audio: Audio, factor: float) -> Audio:
    if factor == 1.0:
        return audio
    places = np.arange(round(len(audio.samples) / factor)) * factor
    samples = np.interp(places, np.arange(len(audio.samples)), audio.samples)
    return Audio(samples.astype(np.float32), audio.rate)


def _speech_examples(
    data: Path, judge: SpeechJudge, vad: SileroVad, missed: dict[str, int], seed: int
) -> Iterator[Example]:
    """Half of the clips as they are, a quarter over pink noise, a quarter over six voices."""
    rng = np.random.default_rng(seed)
    sources = [NoiseSource.open("pink")]
    sources.append(NoiseSource.open(f"babble:{data / 'speech' / 'librispeech-sample.tar'}"))
    for name, most in _SPEECH:
        spoken = SpokenSet.open(data / "speech" / f"{name}.tar")
        cases = [case for case in spoken.cases if case.text.strip()]
        order = rng.permutation(len(cases))[:most]
        for number in tqdm(order.tolist(), desc=name, unit="clip", disable=None):
            audio = cases[number].audio()
            audio = audio.window(0.0, min(audio.seconds, _LONGEST))
            draw, snr = int(rng.integers(4)), float(rng.choice(_SNRS))
            if draw < 2:
                audio = add_noise(audio, sources[draw], snr, seed, cases[number].id)
            speech = vad.speech(audio)
            if speech:
                yield Example(judge.measures(audio, speech), True, f"{name}/{number}", name)
            else:
                missed[name] += 1


def _told(
    examples: Sequence[Example],
    scores: FloatArray,
    threshold: float,
    halves: Sequence[float],
    missed: dict[str, int],
) -> str:
    lines = [f"threshold {threshold:.3f}", "| noise | woke | let through | in 30 minutes |"]
    lines.append("|---|---|---|---|")
    passed = scores >= threshold
    each = [np.array([_counts(e) and e.half == half for e in examples]) for half in (0, 1)]
    names = ("tuning half", "other half", "both")
    for name, rows, time in zip(
        names, (*each, each[0] | each[1]), (*halves, sum(halves)), strict=True
    ):
        through = int((rows & passed).sum())
        lines.append(f"| {name} | {int(rows.sum())} | {through} | {through / time:.2f} |")
    lines += ["", "| speech | woke | refused | no speech found |", "|---|---|---|---|"]
    for kind in dict.fromkeys(e.kind for e in examples if e.is_speech):
        rows = np.array([e.is_speech and e.kind == kind for e in examples])
        refused = int((rows & ~passed).sum())
        lines.append(f"| {kind} | {int(rows.sum())} | {refused} | {missed[kind]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(train(Path(sys.argv[1]), Path(sys.argv[2]), JudgeTraining()))
