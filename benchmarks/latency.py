"""How long a shopper waits: from the end of a recording to ranked hits, and where the time goes.

    python benchmarks/latency.py --shop runs/out/icecat --spoken runs/out/icecat-flite \
        --clips 20 --out runs/latency.json

The recordings last ``--seconds``: two queries of one voice in a row (``speech``, nearly all of it
speech), the same in pink noise at 12 dB (``noise``, where our own ears hear everything twice),
and one query with a pause before and after it (``query``). ``wait`` and the stages are wall-clock
time: what the machine gave at that moment. ``processor`` is the work of all threads, and the parts
of hearing after it are measured one after another. ``two cores`` is what the wait comes to where
two cores have nothing else to do, computed from them: pocketsphinx beside our own ears.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sayfind import Audio, Context, Shop, VoiceSearch
from sayfind.audio.augment import mix, pink_noise
from sayfind.data.sets import Case, SpokenSet
from sayfind.ears import BilingualEars
from sayfind.pipeline import around_speech

FLOOR = 0.0003  # of the room's own noise: no microphone gives digital silence


def padded(parts: list[Audio], seconds: float, rng: np.random.Generator) -> Audio:
    """The parts in a row in the middle of a quiet recording."""
    samples = np.concatenate([part.samples for part in parts])
    rate = parts[0].rate
    room = rng.normal(0.0, FLOOR, round(seconds * rate))
    start = (len(room) - len(samples)) // 2
    room[start : start + len(samples)] += samples
    return Audio(room.astype(np.float32), rate)


def pairs(cases: list[Case], seconds: float, rng: np.random.Generator) -> Iterator[list[Case]]:
    """Two clips of one voice that together nearly fill the time, again and again."""
    while True:
        first, second = (cases[i] for i in rng.choice(len(cases), 2, replace=False))
        length = sum(float(case.row["seconds"]) for case in (first, second))
        if first.row["voice"] == second.row["voice"] and 0.8 * seconds < length < 0.98 * seconds:
            yield [first, second]


def recordings(cases: list[Case], count: int, seconds: float) -> dict[str, list[Audio]]:
    """The recordings of every kind."""
    rng = np.random.default_rng(0)
    found = pairs(cases, seconds, rng)
    speech = [padded([c.audio() for c in next(found)], seconds, rng) for _ in range(count)]
    noise = [mix(clip, pink_noise(len(clip.samples), rng), 12.0, rng) for clip in speech]
    short = [case for case in cases if float(case.row["seconds"]) < seconds]
    picked = rng.choice(len(short), count, replace=False)
    query = [padded([short[i].audio()], seconds, rng) for i in picked]
    return {"speech": speech, "noise": noise, "query": query}


def timed(search: VoiceSearch, clips: list[Audio]) -> dict[str, dict[str, float]]:
    """Milliseconds, p50 and p95: the wait with its stages, and the work with its parts."""
    rows: list[dict[str, float]] = []
    for clip in clips:
        wall, cpu = time.perf_counter(), time.process_time()
        trace = search.hear(clip)
        row = {"wait": time.perf_counter() - wall, **trace.seconds}
        row["processor"] = time.process_time() - cpu
        row |= parts(search, clip)
        own = row["near voice"] + row["model"] + row["beam"]
        hearing, beside = row["pocketsphinx"] + own, max(row["pocketsphinx"], own)
        rows.append(row | {"two cores": row["processor"] - hearing + beside})
    return {name: percentiles([1000 * row.get(name, 0.0) for row in rows]) for name in rows[0]}


def parts(search: VoiceSearch, clip: Audio) -> dict[str, float]:
    """Processor seconds of what hears an English query."""
    ears = search.recognizer
    assert isinstance(ears, BilingualEars)
    assert ears.english is not None, "this shop has no English name"
    speech = search.vad.speech(clip)
    spoken, start = around_speech(clip, speech)
    context = Context(speech=tuple((a - start, b - start) for a, b in speech))
    marks = [time.process_time()]
    english, marks = ears.english, [time.process_time()]
    noisy = english.near.is_noisy(spoken)
    (english.in_noise if noisy else english.first).recognize(spoken, context)
    marks.append(time.process_time())
    near = english.near.of(spoken)
    marks.append(time.process_time())
    sounds = [spoken] if near is None else [spoken, near]
    heard = [english.own.posteriors(sound, context) for sound in sounds]
    marks.append(time.process_time())
    for posteriors, begins in heard:
        english.own.decode(posteriors, begins)
    marks.append(time.process_time())
    names = ("pocketsphinx", "near voice", "model", "beam")
    return dict(zip(names, np.diff(marks).tolist(), strict=True))


def percentiles(values: list[float]) -> dict[str, float]:
    return {f"p{p}": round(float(np.percentile(values, p)), 1) for p in (50, 95)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--spoken", type=Path, required=True, help="a set of spoken queries")
    parser.add_argument("--clips", type=int, default=20, help="recordings of each kind")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    clips = recordings(list(SpokenSet.open(options.spoken).cases), options.clips, options.seconds)
    began, cpu = time.perf_counter(), time.process_time()
    search = VoiceSearch(Shop.open(options.shop))
    opened = {"wait_s": time.perf_counter() - began, "processor_s": time.process_time() - cpu}
    search.hear(clips["query"][0])
    result: dict[str, Any] = {
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "products": search.shop.num_products,
        "open": {name: round(value, 2) for name, value in opened.items()},
    }
    print(json.dumps(result))
    for kind, given in clips.items():
        result[kind] = timed(search, given)
        print(
            kind,
            *(f"{name} {row['p50']:.0f}/{row['p95']:.0f}" for name, row in result[kind].items()),
        )
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
