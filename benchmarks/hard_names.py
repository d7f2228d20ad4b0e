"""Names that plain decoding misses, told apart by their sound in lists of up to a million.

    python -m benchmarks.hard_names ../shared/data --shop runs/out/icecat [--clips 120] [--seed 0]
        [--sizes 100 1000 ...] [--out runs/hard_names.json] [--plot docs/images/hard-names.svg]

A name is hard where neither the best path of the bundled ears nor the search over the shop's words
and language model sounds like it. It is found if what the second pass puts first sounds like it.
Names are said alone (clean, and in pink noise at 10 dB) and in sentences; ``acts`` is the share of
sentences without a name in which one is believed all the same. Times are of the processor.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from benchmarks.names_list import names
from benchmarks.names_spoken import Said, in_sentences, names_to_say, say, without_names

from sayfind.data.noise import NoiseSource
from sayfind.decoding.greedy import greedy
from sayfind.decoding.phone_retrieval import PhoneRetrieval, RetrievalConfig, Sounds
from sayfind.decoding.priors import with_less_blank
from sayfind.decoding.second_pass import SecondPass
from sayfind.ears.opening import open_english, open_mandarin
from sayfind.ears.own import OwnEars
from sayfind.evaluation.figure import share_figure
from sayfind.text.phonetics import phones, readings
from sayfind.types import Language

SIZES = (100, 400, 1_000, 10_000, 20_000, 100_000, 1_000_000)
BELIEVED = 0.9  # confidence from which a name acts


@dataclass(frozen=True)
class Found:
    """Of one clip: the place of the name among the candidates and among the judged, and the cost.

    A place is -1 where it is not there; ``confidence`` is that of the name put first.
    """

    retrieved: int
    judged: int
    confidence: float
    retrieve_s: float
    judge_s: float


def hard(said: Sequence[Said], ears: Mapping[Language, OwnEars]) -> list[Said]:
    """The clips whose name plain decoding misses, by the best path and by the shop's own search."""
    kept = []
    for each in said:
        sounds = readings(each.name)
        text = ears[each.language].decode(with_less_blank(each.posteriors, 2.0), 0.0).text
        best = tuple(token.token for token in greedy(each.posteriors))
        if best not in sounds and phones(text) not in sounds:
            kept.append(each)
    return kept


def find(second: SecondPass, said: Said) -> Found:
    """One clip through the retriever alone, and through the whole second pass."""
    index, sounds = second.index, set(readings(said.name)) if said.name else set()
    began = time.process_time()
    rows = index.candidates(said.posteriors, second.config.num_candidates).tolist()
    between = time.process_time()
    judged = second.judge(said.posteriors)
    ended = time.process_time()
    heard = [tuple(index.tokens[token] for token in index.sound(row)) for row in rows]
    places = [i for i, sound in enumerate(heard) if sound in sounds]
    right = [i for i, name in enumerate(judged) if phones(name.text) in sounds]
    sure = judged[0].confidence if judged else 0.0
    seconds = between - began, max(0.0, ended - between - (between - began))
    return Found(min(places, default=-1), min(right, default=-1), sure, *seconds)


def calibration_error(found: Sequence[Found]) -> float:
    """Expected calibration error of the first name, over ten equally wide bins."""
    sure = np.array([each.confidence for each in found])
    right = np.array([each.judged == 0 for each in found])
    bins = np.minimum((sure * 10).astype(int), 9)
    return float(sum(abs((sure - right)[bins == b].sum()) for b in range(10)) / len(found))


def row(title: str, found: Sequence[Found]) -> dict[str, object]:
    """The figures of one kind of clip on one list."""
    return {
        "clips": title,
        "retrieved": asdict(share_figure([each.retrieved >= 0 for each in found])),
        "recall@1": asdict(share_figure([each.judged == 0 for each in found])),
        "recall@5": asdict(share_figure([each.judged >= 0 for each in found])),
    }


def measure(
    index: PhoneRetrieval, kinds: Mapping[str, Sequence[Said]], nameless: Sequence[Said]
) -> dict[str, object]:
    """All figures of one list."""
    second = SecondPass(index)
    second.judge(nameless[0].posteriors)
    found = {title: [find(second, each) for each in said] for title, said in kinds.items()}
    none = [find(second, each) for each in nameless]
    every = [each for of_kind in found.values() for each in of_kind] + none
    retrieve, judge = ([getattr(f, key) * 1000 for f in every] for key in ("retrieve_s", "judge_s"))
    both = np.add(retrieve, judge)
    return {
        "names": len(index.names),
        "rows": [row(title, of_kind) for title, of_kind in found.items()],
        "acts": asdict(share_figure([each.confidence >= BELIEVED for each in none])),
        "acts_rightly": sum(f.judged == 0 and f.confidence >= BELIEVED for f in every),
        "ece": calibration_error(every),
        "p95_ms": [round(float(np.percentile(times, 95)), 2) for times in (retrieve, judge, both)],
    }


def smaller(index: PhoneRetrieval, count: int) -> PhoneRetrieval:
    """An index of the first ``count`` names of another, which has one row for each."""
    owners = index.owners[index.owners < count]
    sounds = [index.sound(row) for row in range(len(owners))]
    flat = np.array([column for sound in sounds for column in sound], dtype=np.int16)
    lengths = np.array([len(sound) for sound in sounds], dtype=np.int32)
    names_of = index.names[:count]
    return PhoneRetrieval(names_of, index.tokens, Sounds(flat, lengths, owners), index.config)


def curve(results: Sequence[dict[str, object]]) -> str:
    """Recall@1 over the length of the list as SVG, a line for each kind of clip."""
    sizes = [math.log10(result["names"]) for result in results]
    across = [60 + 480 * (s - sizes[0]) / max(1e-9, sizes[-1] - sizes[0]) for s in sizes]
    down = lambda share: 20 + 240 * (1 - share)  # noqa: E731
    parts = [
        f'<line x1="60" x2="540" y1="{down(t)}" y2="{down(t)}" stroke="#ddd"/>'
        f'<text x="52" y="{down(t) + 4}" text-anchor="end">{t:g}</text>'
        for t in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    parts += [
        f'<text x="{x:.0f}" y="282" text-anchor="middle">{result["names"]:,}</text>'
        for x, result in zip(across, results, strict=True)
        if result["names"] not in (400, 20_000)
    ]
    colours = ("#1b6ca8", "#c4501b", "#2f855a", "#7a4aa3", "#8a6d00", "#444")
    for number, first in enumerate(results[0]["rows"]):
        shares = [result["rows"][number]["recall@1"]["value"] for result in results]
        line = " ".join(f"{x:.1f},{down(v):.1f}" for x, v in zip(across, shares, strict=True))
        colour, y = colours[number % len(colours)], 30 + 20 * number
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="556" y="{y}" fill="{colour}">{first["clips"]}</text>'
        )
    style = 'font-family="sans-serif" font-size="12" style="background:#fff"'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 300" {style}>\n{body}\n</svg>\n'
    )


def spoken(data: Path, shop: Path, count: int, seed: int) -> dict[str, list[Said]]:
    """The clips by kind, easy names left out; the last kind has no names."""
    own = open_english(shop / "ears" / "words.dict").own
    mandarin = open_mandarin(shop / "ears" / "mandarin.dict", own.acoustic)
    ears = {Language.ENGLISH: own, Language.MANDARIN: mandarin}
    wanted = names_to_say(data, count, seed)
    alone, some = [(name, name) for name in wanted], wanted[:: max(1, count // 60)]
    clean = hard(list(say(alone, own.acoustic)), ears)
    pink = NoiseSource.open("pink")
    noisy = hard(list(say([(name, name) for name in some], own.acoustic, pink)), ears)
    languages = {"English": Language.ENGLISH, "Mandarin": Language.MANDARIN}
    kinds = {
        f"{title}, alone": [each for each in clean if each.language is language]
        for title, language in languages.items()
    }
    kinds["alone, pink noise at 10 dB"] = noisy
    kinds["in sentences"] = list(
        say(in_sentences([each.name for each in clean[::2]]), own.acoustic)
    )
    kinds[""] = list(say(without_names(data, 2 * count, seed), own.acoustic))
    return kinds


def main() -> None:
    """Measure, print a table, write JSON and the curve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--shop", type=Path, required=True, help="whose words plain decoding knows")
    parser.add_argument("--clips", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    kinds = spoken(options.data, options.shop, options.clips, options.seed)
    nameless = kinds.pop("")
    wanted = dict.fromkeys(each.name for said in kinds.values() for each in said)
    list_of = [*wanted, *(n for n in names(options.data, max(options.sizes)) if n not in wanted)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    config = RetrievalConfig(variants=1)
    whole = PhoneRetrieval.build(
        list_of[: max(options.sizes)], nameless[0].posteriors.tokens, config
    )
    build = time.process_time() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    report: dict[str, object] = {"build_s": round(build, 1), "peak_growth_mib": round(memory)}
    print(json.dumps(report), {title: len(said) for title, said in kinds.items()}, flush=True)
    results = []
    for size in sorted(options.sizes):
        index = whole if size == max(options.sizes) else smaller(whole, size)
        results.append(measure(index, kinds, nameless))
        show(results[-1])
    report["lists"] = results
    for path, text in ((options.out, json.dumps(report, indent=1)), (options.plot, curve(results))):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def show(result: dict[str, object]) -> None:
    """One list as lines of a table."""
    for each in result["rows"]:
        value = each["recall@1"]
        print(f"{result['names']:>9,} | {each['clips']:<28} | {value['n']:3d} | retrieved "
              f"{each['retrieved']['value']:.3f} | @1 {value['value']:.3f} ({value['low']:.3f} to "
              f"{value['high']:.3f}) | @5 {each['recall@5']['value']:.3f}")  # fmt: skip
    acts = result["acts"]
    print(f"{result['names']:>9,} | no name: acts {acts['value']:.3f} of {acts['n']} (and rightly "
          f"on {result['acts_rightly']}) | ece {result['ece']:.3f} | p95 ms retrieve, judge, both "
          f"{result['p95_ms']}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
