"""Batches hold what CTC can say, padded, with every phone where it was."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from sayfind.acoustic.tokens import BLANK, PHONE_TOKENS, token_numbers
from sayfind.errors import FeedError
from sayfind.training.log_mel_mixing import MixingConfig, Noises
from sayfind.training.packed_utterances import Utterance
from sayfind.training.utterances import Batch, BatchConfig, Collection, batches, plain_batch

STILL = MixingConfig(tempo=0.0, voice=0.0)
CONFIG = BatchConfig(frames=1_000, longest_join=250, longest=400)


def utterance(num_frames: int, *phones: str, seed: int = 0) -> Utterance:
    mel = np.random.default_rng(seed).normal(-8, 2, (num_frames, 80)).astype(np.float16)
    starts = np.linspace(0, num_frames, len(phones) + 1).astype(np.int32)
    return Utterance(mel, phones, starts, "somebody", "words")


def collections() -> list[Collection]:
    english = tuple(utterance(n, "SIL", "HH", "AY1"[:2], "SIL", seed=n) for n in range(40, 160, 9))
    chinese = tuple(utterance(n, "m", "a1", seed=n) for n in range(30, 90, 7))
    return [Collection("en", english, 2.0), Collection("zh", chinese, 1.0, 0.25)]


def noises() -> Noises:
    made = [utterance(n, "SIL", seed=n).log_mel for n in (60, 200)]
    return Noises(made[:1], made[1:])


def test_the_blank_is_first_and_phones_have_columns() -> None:
    assert PHONE_TOKENS[0] == BLANK
    assert len(set(PHONE_TOKENS)) == len(PHONE_TOKENS)
    numbers = token_numbers(("HH", "m", "a1"))
    assert [PHONE_TOKENS[number] for number in numbers] == ["HH", "m", "a1"]
    with pytest.raises(ValueError, match="'QQ' is not a phone"):
        token_numbers(("HH", "QQ"))


def test_batches_are_padded_bounded_and_follow_their_seed() -> None:
    one, same, other = (
        list(islice(batches(collections(), noises(), CONFIG, seed), 12)) for seed in (1, 1, 2)
    )
    for batch, again in zip(one, same, strict=True):
        count, longest, bands = batch.log_mel.shape
        assert bands == 80
        assert count * longest <= CONFIG.frames or count == 1
        assert longest == batch.lengths.max() <= CONFIG.longest
        assert batch.token_lengths.sum() == len(batch.tokens)
        assert batch.aligned.shape == (count, -(-longest // 3))
        assert np.isfinite(batch.log_mel).all()
        assert (batch.log_mel == again.log_mel).all()
        for row, length in enumerate(batch.lengths):
            assert (batch.log_mel[row, length:] == np.float32(-15.9)).all()
            beyond = batch.aligned[row, -(-length // 3) :]
            assert (beyond == -1).all()
    assert any(a.log_mel.shape != b.log_mel.shape for a, b in zip(one, other, strict=True))


def test_trust_is_the_collections() -> None:
    found = [b.trust for b in islice(batches(collections(), noises(), CONFIG, 0), 20)]
    kinds, counts = np.unique(np.concatenate(found), return_counts=True)
    assert kinds.tolist() == [0.25, 1.0]
    assert 1.2 < counts[1] / counts[0] < 3.5


def test_phones_are_aligned_with_their_frames() -> None:
    plain = replace(CONFIG, plain=1.0, longest_join=1, mixing=STILL)
    one = [Collection("en", (utterance(90, "SIL", "HH", "L"),), 1.0)]
    batch = next(batches(one, noises(), plain, 0))
    hh, el = token_numbers(("HH", "L"))
    assert batch.aligned[0].tolist() == [0] * 10 + [hh] * 10 + [el] * 10
    assert batch.tokens[:2].tolist() == [hh, el]


def test_joined_words_are_said_in_one_breath() -> None:
    one = [Collection("en", (utterance(100, "SIL", "HH", "L", "SIL"),), 1.0)]
    config = replace(CONFIG, plain=1.0, mixing=STILL, longest_join=400)
    apart, fluent = (
        list(islice(batches(one, noises(), replace(config, fluent=share), 3), 20))
        for share in (0.0, 1.0)
    )
    assert _longest_pause(apart) == pytest.approx(17, abs=2)  # 50 frames of 10 ms
    assert _longest_pause(fluent) < 6
    assert _frames_per_phone(fluent) < 0.9 * _frames_per_phone(apart)


def _longest_pause(made: list[Batch]) -> int:
    """Rows of 30 ms between two words of an example."""
    longest = 0
    for row in (row for batch in made for row in batch.aligned):
        said = np.flatnonzero(row > 0)
        longest = max(longest, int(np.diff(said).max()) - 1) if len(said) else longest
    return longest


def _frames_per_phone(made: list[Batch]) -> float:
    return sum((b.aligned > 0).sum() for b in made) / sum(len(b.tokens) for b in made)


def test_what_ctc_cannot_say_in_the_time_is_left_out() -> None:
    short = utterance(11, "HH", "HH", "L")  # needs four frames and has three
    fits = utterance(15, "HH", "HH", "L")
    config = replace(CONFIG, frames=60, longest_join=1, mixing=STILL)
    for batch in islice(batches([Collection("en", (short, fits), 1.0)], noises(), config, 0), 10):
        assert set(batch.lengths.tolist()) == {15}


def test_nothing_that_fits_is_an_error_and_no_endless_search() -> None:
    config = replace(CONFIG, longest=20)
    with pytest.raises(FeedError, match=r"raise batch\.longest"):
        next(batches(collections(), noises(), config, 0))


def test_a_plain_batch_is_the_utterances_as_they_are() -> None:
    items = [utterance(50, "HH"), utterance(80, "SIL", "L", "SIL", seed=2)]
    batch = plain_batch(items)
    assert batch.log_mel.shape == (2, 80, 80)
    assert (batch.log_mel[0, :50] == items[0].log_mel).all()
    assert batch.tokens.tolist() == token_numbers(("HH", "L"))
