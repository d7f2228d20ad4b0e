from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.text.written import written_form

ROWS = """
r t x forty ninety -> rtx 4090
r t x forty ninety under fifteen hundred dollars -> rtx 4090 under 1500 dollars
galaxy s twenty three ultra five g -> galaxy s23 ultra 5g
iphone fifteen pro max -> iphone 15 pro max
i phone fifteen -> iphone 15
wi fi router -> wifi router
h p laserjet -> hp laserjet
l g t v -> lg tv
show me a fifty inch t v -> show me a 50 inch tv
four k t v -> 4k tv
ten eighty p monitor -> 1080p monitor
five hundred g b s s d -> 500 gb ssd
h d m i cable -> hdmi cable
i want a t shirt -> i want a t shirt
i seven laptop -> i7 laptop
p s five -> ps 5
a four paper -> a4 paper
a four pack of batteries -> a 4 pack of batteries
get me a fifteen inch laptop -> get me a 15 inch laptop
galaxy a fifty four -> galaxy a54
one hundred percent cotton -> 100% cotton
e reader -> ereader
canon e o s -> canon eos
twelve v adapter -> 12v adapter
three x zoom -> 3 x zoom
men's shoes size nine -> men's shoes size 9
nothing to do here -> nothing to do here
"""


@pytest.mark.parametrize(
    ("spoken", "written"), [row.split(" -> ") for row in ROWS.strip().splitlines()]
)
def test_written_form(spoken: str, written: str) -> None:
    assert written_form(spoken) == written


WORDS = ["i", "s", "k", "p", "five", "fifty", "hundred", "pro", "tv", "4", "percent", "跑鞋"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_written_once_is_written_for_good(text: str) -> None:
    once = written_form(text)
    assert written_form(once) == once


@given(st.text())
def test_any_text_gives_words_with_single_gaps(text: str) -> None:
    written = written_form(text)
    assert written == " ".join(written.split())
    assert bool(written) == bool(text.split())
