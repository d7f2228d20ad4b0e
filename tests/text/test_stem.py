from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.text.stem import stem

SAME = """
headphone headphones
battery batteries
watch watches
brush brushes
box boxes
glass glasses
case cases
movie movies
hoodie hoodies hoody
shoe shoes
camera cameras
phone phones
purse purses
lens lenses
mouse mice
shelf shelves
knife knives
man men
woman women
child children
tv tvs
pc pcs
dvd dvds
colour color colours
grey gray
fibre fiber
accessory accessories
potato potatoes
key keys
bus buses
photo photos
sleeve sleeves
"""
APART = """
short shorts
window windows
glove glow
news new
gas ga
gps gp
printer printing
bra bras's
wireless wire
series serie's
class clas's
plus plu
chassis chassi
lens len
clothes cloth
good goods
tight tights
canvas canva
"""


@pytest.mark.parametrize("row", SAME.strip().splitlines())
def test_the_forms_of_one_word_meet(row: str) -> None:
    assert len({stem(word) for word in row.split()}) == 1


@pytest.mark.parametrize("row", APART.strip().splitlines())
def test_different_words_stay_apart(row: str) -> None:
    first, second = row.split()
    assert stem(first) != stem(second)


@given(st.text(alphabet="abcdeilmnorstuxy", min_size=1, max_size=10))
def test_a_stem_is_never_empty_and_no_longer_than_two_more(word: str) -> None:
    assert 0 < len(stem(word)) <= len(word) + 2
