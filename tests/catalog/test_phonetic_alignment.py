from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.catalog.phonetic_alignment import best_windows, whole_distances
from sayfind.text.phone_set import ENGLISH_PHONES, MANDARIN_FINALS, MANDARIN_INITIALS, atoms
from sayfind.text.phonetics import Phones, distance, phones

PHONE = st.sampled_from([*ENGLISH_PHONES, *MANDARIN_INITIALS, *MANDARIN_FINALS])
SOUND = st.lists(PHONE, min_size=1, max_size=10).map(tuple)


def padded(sounds: list[Phones]) -> tuple[np.ndarray, np.ndarray]:
    rows = [atoms(sound) for sound in sounds]
    lengths = np.array([len(row) for row in rows])
    table = np.full((max(lengths), len(rows)), -1)
    for i, row in enumerate(rows):
        table[: len(row), i] = row
    return table, lengths


@settings(deadline=None)
@given(SOUND, st.lists(SOUND, min_size=1, max_size=5))
def test_many_at_once_equal_one_at_a_time(sound: Phones, others: list[Phones]) -> None:
    many = whole_distances(np.array(atoms(sound)), *padded(others))
    one = [distance(sound, other) for other in others]
    assert many == pytest.approx(one, abs=2e-3)


@settings(deadline=None)
@given(SOUND, SOUND, SOUND)
def test_a_phrase_is_found_inside_at_no_cost(before: Phones, phrase: Phones, after: Phones) -> None:
    whole = np.array(atoms((*before, *phrase, *after)))
    distances, first, last = best_windows(whole, *padded([phrase]))
    assert distances[0] == 0.0
    assert last[0] - first[0] == len(atoms(phrase))


@settings(deadline=None)
@given(SOUND, SOUND)
def test_the_window_is_what_its_distance_says(sound: Phones, phrase: Phones) -> None:
    numbers = np.array(atoms(sound))
    table, lengths = padded([phrase])
    distances, first, last = best_windows(numbers, table, lengths)
    if last[0] > first[0]:
        window = whole_distances(numbers[first[0] : last[0]], table, lengths)
        assert distances[0] == pytest.approx(window[0], abs=2e-3)


def test_where_it_is() -> None:
    sound = np.array(atoms(phones("red nike shoes")))
    _, first, last = best_windows(sound, *padded([phones("nike"), phones("shoes")]))
    assert (first.tolist(), last.tolist()) == ([3, 7], [7, 10])
