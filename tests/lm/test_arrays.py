from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.errors import ModelError, StorageError
from sayfind.lm.arpa import write_arpa
from sayfind.lm.arrays import open_ngram, write_arrays
from sayfind.lm.ngram import NGram, estimate

SENTENCES = [(["red", "耐克", "shoes"], 1.0), (["blue", "don't", "shoes"], 2.0), (["red"], 1.0)]


def written(model: NGram, folder: Path) -> Path:
    path = folder / "words.arpa"
    write_arpa(model, path)
    write_arrays(model, path)
    return path


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 4), st.booleans())
def test_what_was_written_is_opened(tmp_path_factory, order, is_open) -> None:
    model = estimate(SENTENCES, order, open_vocabulary=is_open)
    path = written(model, tmp_path_factory.mktemp("lm"))
    path.write_bytes(path.read_bytes())  # the same text again
    back = open_ngram(path)
    assert back.words == model.words
    for this, that in zip(back.levels, model.levels, strict=True):
        np.testing.assert_array_equal(this.keys, that.keys)
        np.testing.assert_allclose(this.log_probs, that.log_probs, rtol=1e-6)
        np.testing.assert_allclose(this.backoffs, that.backoffs, rtol=1e-6)


def test_arrays_of_another_text_are_passed_over(tmp_path: Path) -> None:
    path = written(estimate(SENTENCES, 2), tmp_path)
    write_arpa(estimate(SENTENCES[:1], 2), path)
    assert "blue" not in open_ngram(path).words
    path.with_suffix(".npz").unlink()
    assert "blue" not in open_ngram(path).words


def test_what_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    path = written(estimate(SENTENCES, 2), tmp_path)
    whole = path.with_suffix(".npz").read_bytes()
    for damaged in (b"", b"no archive", whole[:-100], whole[: len(whole) // 2]):
        path.with_suffix(".npz").write_bytes(damaged)
        with pytest.raises(ModelError, match="damaged"):
            open_ngram(path)
    path.with_suffix(".npz").write_bytes(whole)
    path.unlink()
    with pytest.raises(ModelError, match="Cannot read"):
        open_ngram(path)
    with pytest.raises(StorageError, match="Cannot write"):
        write_arrays(estimate(SENTENCES, 2), path)
