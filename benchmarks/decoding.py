"""How fast the decoders are, how they stand to pyctcdecode, and what a longer list of names costs.

The posteriors are synthetic: a spike and blanks for each phone or letter, some of them misheard by
the confusions of the phone space. They measure speed and search errors, not hearing. Times are of
the processor, one core. pyctcdecode asks for numpy below 2 and runs with later ones:
``pip install --no-deps pyctcdecode pygtrie`` and ``pip install kenlm``; without it its row is left
out and said so.

    python benchmarks/decoding.py --names 100 1000 10000 100000 1000000 --out runs/decoding.json
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.decoding.beam import BeamConfig
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.decoding.phone_retrieval import PhoneRetrieval, RetrievalConfig
from sayfind.decoding.second_pass import SecondPass
from sayfind.lm.arpa import write_arpa
from sayfind.lm.backoff import NGram
from sayfind.lm.ngram import estimate
from sayfind.text.phone_set import ENGLISH_PHONES
from sayfind.text.phonetics import cmudict, phones, substitution_cost
from sayfind.types import Posteriors

PHONES = ("<blank>", *ENGLISH_PHONES)
LETTERS = ("", " ", *"abcdefghijklmnopqrstuvwxyz")
FRAME_SHIFT = 0.03


def confusable(tokens: Sequence[str]) -> np.ndarray:
    """Shares of what each token is heard as; letters are confused with any other."""
    if tokens is PHONES:
        costs = [[substitution_cost(a, b) for b in tokens[1:]] for a in tokens[1:]]
        shares = np.exp(-np.array(costs) / 0.12)
    else:
        shares = np.full((len(tokens) - 1, len(tokens) - 1), 0.02) + np.eye(len(tokens) - 1)
    return shares / shares.sum(axis=1, keepdims=True)


def spoken(
    said: Sequence[str],
    tokens: tuple[str, ...],
    shares: np.ndarray,
    rng: np.random.Generator,
    misheard: float,
) -> Posteriors:
    """A part ``misheard`` of the tokens is drawn from the confusions, an eighth of it is lost."""
    size = len(tokens)

    def blank() -> np.ndarray:
        return rng.normal(0, 1.2, size) + 7 * (np.arange(size) == 0)

    rows = [blank()]
    for token in said:
        i = tokens.index(token) - 1
        if rng.random() < misheard / 8:
            continue
        heard = rng.choice(size - 1, p=shares[i]) if rng.random() < misheard else i
        row = rng.normal(0, 1.2, size)
        row[1:] += 0.7 * np.log(shares[heard] + 1e-3)
        row[heard + 1] += 4
        rows += [row, blank(), blank()]
    scores = np.array(rows)
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return Posteriors(scores.astype(np.float32), FRAME_SHIFT, tokens)


def words_of(count: int, rng: np.random.Generator) -> list[str]:
    """Words of CMUdict, drawn by chance."""
    known = sorted(word for word in cmudict() if word.isascii() and word.isalpha())
    return [known[i] for i in rng.choice(len(known), count, replace=False)]


def language(words: list[str], rng: np.random.Generator) -> tuple[NGram, list[list[str]]]:
    """A trigram of sentences of three to five words by Zipf's law, and the sentences."""
    ranks = [np.minimum(rng.zipf(1.3, n) - 1, len(words) - 1) for n in rng.integers(3, 6, 5000)]
    sentences = [[words[i] for i in row] for row in ranks]
    counted = [*((s, 1.0) for s in sentences), *(([w], 0.1) for w in words)]
    return estimate(counted, order=3), sentences


def word_errors(heard: list[str], said: list[str]) -> int:
    row = list(range(len(said) + 1))
    for i, a in enumerate(heard, start=1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(said, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def milliseconds(seconds: list[float]) -> dict[str, float]:
    values = np.array(seconds) * 1000
    return {
        "mean_ms": round(float(values.mean()), 2),
        "p95_ms": round(float(np.percentile(values, 95)), 2),
    }


def lexicon_speed(beam: int, num_clips: int, misheard: float) -> dict[str, Any]:
    """5,000 words, clips of about three seconds, phone posteriors."""
    rng = np.random.default_rng(0)
    words = words_of(5000, rng)
    model, sentences = language(words, rng)
    sounds = cmudict()
    lexicon = {word: (tuple(sounds[word].split()),) for word in words}
    began = time.perf_counter()
    decoder = LexiconDecoder(PHONES, lexicon, model, BeamConfig(beam_width=beam))
    build = time.perf_counter() - began
    shares = confusable(PHONES)
    times, frames, errors, total = [], 0, 0, 0
    for i in rng.integers(0, len(sentences), num_clips):
        said = sentences[i]
        clip = spoken([p for w in said for p in lexicon[w][0]], PHONES, shares, rng, misheard)
        began = time.process_time()
        n_best = decoder.decode(clip)
        times.append(time.process_time() - began)
        frames += len(clip.log_probs)
        errors += word_errors(n_best.text.split(), said)
        total += len(said)
    per_clip = frames / num_clips * FRAME_SHIFT
    row = {"beam": beam, "build_s": round(build, 2), "clip_s": round(per_clip, 2)}
    return {**row, **milliseconds(times), "wer": round(errors / total, 4)}


def against_pyctcdecode(beam: int, num_clips: int, misheard: float) -> dict[str, Any]:
    """The same letters, words, language model, weights and beam width; one run, processor time.

    Each is run with its own pruning and with the other's, so that like can be held against like.
    """
    try:
        import pyctcdecode
    except ImportError:
        return {"left_out": "pyctcdecode is not installed"}
    rng = np.random.default_rng(1)
    words = words_of(5000, rng)
    model, sentences = language(words, rng)
    settings = BeamConfig(beam_width=beam, lm_weight=0.5, word_bonus=1.0, noise_log_prob=None)
    lexicon = {word: ((*word, " "), tuple(word)) for word in words}  # no space at the end
    ours = LexiconDecoder(LETTERS, lexicon, model, settings)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.arpa"
        write_arpa(model, path)
        theirs = pyctcdecode.build_ctcdecoder(
            list(LETTERS), str(path), unigrams=words, alpha=0.5, beta=1.0
        )
    wide = {"beam_prune_logp": -settings.prune, "token_min_logp": settings.token_floor}
    tight = replace(settings, prune=10.0, token_floor=-5.0)  # pyctcdecode's own
    narrow = LexiconDecoder(LETTERS, lexicon, model, tight)
    decoders = {
        "sayfind, wide": lambda clip: ours.decode(clip).text,
        "pyctcdecode, wide": lambda clip: theirs.decode(clip.log_probs, beam_width=beam, **wide),
        "sayfind, tight": lambda clip: narrow.decode(clip).text,
        "pyctcdecode, tight": lambda clip: theirs.decode(clip.log_probs, beam_width=beam),
    }
    shares = confusable(LETTERS)
    picked = [sentences[i] for i in rng.integers(0, len(sentences), num_clips)]
    clips = [spoken(list(" ".join(said)), LETTERS, shares, rng, misheard) for said in picked]
    result: dict[str, Any] = {"beam": beam}
    for name, decode in decoders.items():
        decode(clips[0])
        seconds, errors = [], 0
        for clip, said in zip(clips, picked, strict=True):
            began = time.process_time()
            text = decode(clip)
            seconds.append(time.process_time() - began)
            errors += word_errors(text.split(), said)
        wer = round(errors / sum(map(len, picked)), 4)
        result[name] = {**milliseconds(seconds), "wer": wer}
    for pruning in ("wide", "tight"):
        our, their = (result[f"{who}, {pruning}"]["mean_ms"] for who in ("sayfind", "pyctcdecode"))
        result[f"times faster, {pruning}"] = round(their / our, 2)
    return result


def made_names(count: int, rng: np.random.Generator) -> list[str]:
    """Different names of one to three words."""
    words = sorted(word for word in cmudict() if word.isalpha() and len(word) > 3)
    names: dict[str, None] = {}
    while len(names) < count:
        picks = rng.integers(0, len(words), (count, 3))
        lengths = rng.integers(1, 4, count)
        names.update(
            (" ".join(words[i] for i in row[:n]), None)
            for row, n in zip(picks, lengths, strict=True)
        )
    return list(names)[:count]


def calibration_error(sure: list[tuple[float, bool]]) -> float:
    """Expected calibration error over ten equally wide bins."""
    confidence, right = (np.array(column, dtype=float) for column in zip(*sure, strict=True))
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs((confidence - right)[bins == b].sum()) for b in range(10)]
    return float(sum(gaps) / len(sure))


def list_of_names(count: int, num_clips: int, misheard: float) -> dict[str, Any]:
    """Recall and cost of the second pass; half of the names are said after 'show me'."""
    rng = np.random.default_rng(2)
    names = made_names(count, rng)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    config = RetrievalConfig(variants=1 if count > 50_000 else 2)
    second = SecondPass(PhoneRetrieval.build(names, PHONES, config))
    build = time.perf_counter() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    shares = confusable(PHONES)
    times, first, among, sure = [], 0, 0, []
    for number in range(num_clips):
        name = names[int(rng.integers(count))]
        carrier = "show me " if number % 2 else ""
        clip = spoken(phones(carrier + name), PHONES, shares, rng, misheard)
        began = time.process_time()
        judged = second.judge(clip)
        times.append(time.process_time() - began)
        first += bool(judged) and judged[0].text == name
        among += name in [j.text for j in judged]
        if judged:
            sure.append((judged[0].confidence, judged[0].text == name))
    row = {"names": count, "build_s": round(build, 1), "peak_growth_mib": round(memory)}
    recall = {"recall@1": first / num_clips, "recall@5": among / num_clips}
    return {**row, **milliseconds(times), **recall, "ece": round(calibration_error(sure), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--misheard", type=float, default=0.15)
    parser.add_argument("--beams", type=int, nargs="*", default=[64, 200])
    parser.add_argument("--names", type=int, nargs="*", default=[100, 1000, 10_000, 100_000])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    given = (options.clips, options.misheard)
    results: dict[str, list[dict[str, Any]]] = {
        "lexicon beam": [lexicon_speed(beam, *given) for beam in options.beams],
        "against pyctcdecode": [against_pyctcdecode(beam, *given) for beam in options.beams],
        "second pass": [list_of_names(count, *given) for count in options.names],
    }
    for title, rows in results.items():
        print(title)
        for row in rows:
            print("  ", json.dumps(row))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
