"""What the demo shop's recogniser hears when its queries are spoken: one JSON line each.

    python -m benchmarks.behaviour.hearings --out runs/out/behaviour

Every fourth English query of the demo, by five voices that no model of ours was trained on.
Shoppers of the simulated log have three of them; it is judged by the other two. It goes on where
it stopped. The shop is built from its catalogue alone: it begins without a log.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from sayfind import Context, Shop, VoiceSearch, demo
from sayfind.data.voices import Voice
from sayfind.pipeline import around_speech
from sayfind.text.normalise import has_han
from sayfind.types import NBest

LOG_VOICES = ("flite:rms", "flite:awb", "espeak:en-us")
HELD_OUT_VOICES = ("flite:slt", "espeak:en-gb")


def english_queries(every: int) -> list[str]:
    """Every ``every``-th of the demo's English queries."""
    lines = demo.queries_path().read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not has_han(line)][::every]


def demo_shop(folder: Path) -> Shop:
    """The demo shop in a folder, built if it is not there; it was never told what is asked."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        Shop.build(demo.catalog_path(), folder)
    return Shop.open(folder)


def hear(search: VoiceSearch, voice: Voice, text: str) -> NBest:
    """The n-best list of one spoken query; empty where no speech is found."""
    audio = voice.say(text)
    speech = search.vad.speech(audio)
    if not speech or search.recognizer is None:
        return NBest()
    spoken, _ = around_speech(audio, speech)
    return search.recognizer.recognize(spoken, Context())


def main() -> None:
    """Build the demo shop if needed, and hear every query in every voice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/out/behaviour"))
    parser.add_argument("--every", type=int, default=4, help="take every n-th English query")
    options = parser.parse_args()
    search = VoiceSearch(demo_shop(options.out / "shop"))
    path = options.out / "hearings.jsonl"
    done = len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0
    wanted = [
        (text, voice)
        for text in english_queries(options.every)
        for voice in (*LOG_VOICES, *HELD_OUT_VOICES)
    ]
    with path.open("a", encoding="utf-8") as lines:
        for text, voice in tqdm(wanted[done:], initial=done, total=len(wanted)):
            heard = hear(search, Voice.parse(voice), text)
            readings = [
                [h.text, p] for h, p in zip(heard.hypotheses, heard.probabilities, strict=True)
            ]
            row = {"text": text, "voice": voice, "readings": readings}
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines.flush()


if __name__ == "__main__":
    main()
