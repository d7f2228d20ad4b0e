from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sayfind.retrieval.packed import PackedForms, PackedTexts

texts = st.text(st.characters(exclude_characters="\x1f"))


@given(st.lists(texts))
def test_texts_are_what_was_put_in(given: list[str]) -> None:
    packed = PackedTexts(given)
    assert list(packed) == given
    assert len(packed) == len(given)
    assert packed[1:-1] == given[1:-1]
    assert [packed[-1 - i] for i in range(len(given))] == given[::-1]


@given(st.lists(st.lists(texts, min_size=1).map(tuple)))
def test_forms_are_what_was_put_in(given: list[tuple[str, ...]]) -> None:
    packed = PackedForms(given)
    assert list(packed) == given
    assert packed[:2] == given[:2]
