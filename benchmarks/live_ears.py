"""How speech is followed while it is said: when words come, whether they stay, when it is over.

    python benchmarks/live_ears.py --shop runs/out/icecat --spoken runs/out/icecat-flite --clips 60

Every clip is given in pieces of 100 ms with two seconds of a quiet room after it; no server, no
clock: all but ``cost`` depends on the sound alone. ``cut off`` is the share of the clips that were
ended before their last words; ``delay`` is from the end of speech to the end point, ``first`` from
the beginning of speech to the first word shown; ``kept`` the share of stable words that stand in
our own ears' reading of the whole clip; ``cost`` the processor time of following, by sound.
"""

from __future__ import annotations

import argparse
import difflib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from sayfind import Audio, Context
from sayfind.data.sets import SpokenSet
from sayfind.ears import LiveEars, open_ears

PIECE = 1_600
ROOM = 0.0003


def followed(ears: LiveEars, clip: Audio, rng: np.random.Generator) -> dict[str, float]:
    """One clip's figures."""
    room = rng.normal(0.0, ROOM, len(clip.samples) + 32_000)
    room[: len(clip.samples)] += clip.samples
    sound = Audio(room.astype(np.float32), clip.rate)
    spans = ears.vad.speech(sound)
    if not spans:
        return {}
    begins, ends = spans[0][0] + ears.vad.config.padding, spans[-1][1] - ears.vad.config.padding
    state, first, cpu = ears.start(), float("nan"), time.process_time()
    for start in range(0, len(sound.samples), PIECE):
        state = ears.step(state, Audio(sound.samples[start : start + PIECE], sound.rate))
        if ears.due(state):
            so_far = Audio(sound.samples[: start + PIECE], sound.rate)
            state = ears.hear(state, so_far, Context())
            if state.words.words and np.isnan(first):
                first = state.seconds - begins
        if ears.ended(state):
            break
    cpu = time.process_time() - cpu
    _, whole = ears.ears.glance(sound, Context(speech=((begins, ends),)))
    stable = [word.text for word in state.words.words[: state.words.stable]]
    matches = difflib.SequenceMatcher(None, stable, whole.text.split() or [""], autojunk=False)
    kept = sum(block.size for block in matches.get_matching_blocks())
    return {
        "cut off": float(state.ended < spans[-1][0]),
        "delay": state.seconds - ends,
        "first": first,
        "stable": len(stable),
        "kept": kept,
        "patient": float(not state.may_end),
        "cost": cpu / state.seconds,
    }


def summary(rows: list[dict[str, float]]) -> dict[str, Any]:
    """All clips' figures; delays of those that were not cut off."""
    whole = [row for row in rows if not row["cut off"]]
    found: dict[str, Any] = {
        "clips": len(rows),
        "cut off": round(float(np.mean([row["cut off"] for row in rows])), 4),
        "waited for more": round(float(np.mean([row["patient"] for row in whole])), 3),
        "kept": round(sum(r["kept"] for r in rows) / max(1, sum(r["stable"] for r in rows)), 3),
    }
    for name in ("delay", "first", "cost"):
        values = [row[name] for row in whole]
        found[name] = [round(float(np.nanpercentile(values, p)), 3) for p in (50, 95)]
    return found


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--spoken", type=Path, required=True, help="a set of spoken queries")
    parser.add_argument("--clips", type=int, default=60)
    given = parser.parse_args()
    cases = list(SpokenSet.open(given.spoken).cases)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(cases), min(given.clips, len(cases)), replace=False)
    ears = LiveEars(open_ears(given.shop / "ears"))
    rows = [followed(ears, cases[i].audio(), rng) for i in chosen]
    print(json.dumps(summary([row for row in rows if row])))


if __name__ == "__main__":
    main()
