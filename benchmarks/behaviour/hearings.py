"""What the demo shop's recogniser hears when its queries are spoken: a JSON file of n-best lists.

    python -m benchmarks.behaviour.hearings --out runs/out/behaviour

Every second English query of the demo, by five voices that no model of ours was trained on.
Shoppers of the simulated log have three of them; it is judged by the other two. Takes some minutes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

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
    parser.add_argument("--every", type=int, default=2, help="take every n-th English query")
    options = parser.parse_args()
    queries = demo.queries_path().read_text(encoding="utf-8").splitlines()
    options.out.mkdir(parents=True, exist_ok=True)
    shop, _ = Shop.build(demo.catalog_path(), options.out / "shop", queries)
    search = VoiceSearch(shop)
    rows = []
    for text in english_queries(options.every):
        for name in (*LOG_VOICES, *HELD_OUT_VOICES):
            heard = hear(search, Voice.parse(name), text)
            readings = [
                [h.text, p] for h, p in zip(heard.hypotheses, heard.probabilities, strict=True)
            ]
            rows.append({"text": text, "voice": name, "readings": readings})
    path = options.out / "hearings.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    print(f"{len(rows)} hearings in {path}")


if __name__ == "__main__":
    main()
