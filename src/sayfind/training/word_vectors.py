"""What words mean by their neighbours, from unlabelled text: where the tagger's pieces start.

Positive pointwise mutual information of words within a window, reduced by a randomised singular
value decomposition (Levy & Goldberg 2014; Halko et al. 2011). Seconds of work for a hundred
thousand short texts.
"""

from __future__ import annotations

import gzip
import tarfile
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
import rjieba

from sayfind.text.normalise import has_han, normalise
from sayfind.types import FloatArray
from sayfind.understanding.tagging import bucket_of, tokenise

__all__ = ["english_texts", "mandarin_texts", "piece_vectors", "word_vectors"]

_WINDOW = 3


def english_texts(data: Path) -> list[str]:
    """The sentences of SLURP's language model text."""
    with tarfile.open(data / "text" / "slurp-text.tar.gz") as tar:
        read = tar.extractfile("slurp-text/dataset/lm/lm.txt")
        assert read is not None, "lm.txt is a file"
        return read.read().decode("utf-8").splitlines()


def mandarin_texts(data: Path) -> list[str]:
    """Real shopping queries."""
    with gzip.open(data / "text" / "zh-ecom-queries-train.tsv.gz", "rt", encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t")[-1] for line in file]


def piece_vectors(
    texts: Iterable[str], held_out: Collection[str], buckets: int, width: int
) -> dict[int, FloatArray]:
    """Bucket of a feature -> where its embedding starts; texts that are held out are left out."""
    kept = [text for each in texts if (text := normalise(each)) not in held_out]
    found = {}
    plain = [[token.text.lower() for token in tokenise(text)] for text in kept]
    for word, vector in word_vectors(plain, width).items():
        found[bucket_of(f"w{word}", buckets)] = vector
    segmented = [list(rjieba.cut(text)) for text in kept if has_han(text)]
    for word, vector in word_vectors(segmented, width).items():
        found[bucket_of(f"j{word}", buckets)] = vector
    return found


def word_vectors(
    sentences: Sequence[Sequence[str]], width: int, most: int = 5000, seed: int = 1
) -> dict[str, FloatArray]:
    """The ``most`` frequent words, each as ``width`` numbers of about 1."""
    counts = Counter(word for sentence in sentences for word in sentence if word.strip())
    words = [word for word, count in counts.most_common(most) if count > 2]
    if len(words) <= width:
        return {}
    pointwise = _pointwise(sentences, {word: i for i, word in enumerate(words)})
    start = np.random.default_rng(seed).normal(size=(len(words), width + 10)).astype(np.float32)
    basis = np.linalg.qr(pointwise @ start)[0]
    for _ in range(2):
        basis = np.linalg.qr(pointwise @ (pointwise @ basis))[0]
    left, values, _ = np.linalg.svd(basis.T @ pointwise, full_matrices=False)
    vectors = (basis @ left)[:, :width] * np.sqrt(values[:width])
    vectors /= vectors.std()
    return dict(zip(words, vectors.astype(np.float32), strict=True))


def _pointwise(sentences: Sequence[Sequence[str]], index: dict[str, int]) -> FloatArray:
    """Positive pointwise mutual information ``(num_words, num_words)``, smoothed; symmetric."""
    pairs = np.zeros((len(index), len(index)), np.float32)
    for sentence in sentences:
        ids = [index.get(word, -1) for word in sentence]
        for i, a in enumerate(ids):
            for b in ids[i + 1 : i + 1 + _WINDOW]:
                if a >= 0 and b >= 0:
                    pairs[a, b] += 1
    pairs += pairs.T
    totals = pairs.sum(axis=1) + 1
    context = totals**0.75 / (totals**0.75).sum()
    with np.errstate(divide="ignore"):
        found = np.log(pairs / totals[:, None] / context[None, :])
    found = np.maximum(found, 0.0)
    result: FloatArray = (found + found.T) / 2
    return result
