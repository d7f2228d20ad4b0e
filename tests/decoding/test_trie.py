from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.decoding.trie import NOISE, ROOT, PronunciationTrie
from sayfind.errors import ConfigError

TOKENS = ("<blank>", "a", "b", "c")
SOUNDS = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=5).map(tuple), min_size=1, max_size=12
)


def walked(trie: PronunciationTrie) -> set[tuple[int, tuple[str, ...]]]:
    """Every (word, sound) that can be read off the arrays."""
    found, open_nodes = set(), [(ROOT, ())]
    while open_nodes:
        node, sound = open_nodes.pop()
        for word in trie.words[trie.first_word[node] : trie.first_word[node + 1]].tolist():
            found.add((word, sound))
        children = range(trie.first_child[node], trie.first_child[node + 1])
        open_nodes += [(child, (*sound, TOKENS[trie.token[child]])) for child in children]
    return found


@given(SOUNDS, st.booleans())
def test_what_went_in_can_be_read_off(sounds, with_noise) -> None:
    unigrams = -np.arange(1.0, len(sounds) + 1)
    given_sounds = list(enumerate(sounds))
    trie = PronunciationTrie.build(given_sounds, TOKENS, unigrams, -2.0 if with_noise else None)
    found = walked(trie)
    assert {(w, s) for w, s in found if w != NOISE} == set(given_sounds)
    assert {s for w, s in found if w == NOISE} == (
        {("a",), ("b",), ("c",)} if with_noise else set()
    )
    assert trie.lookahead[ROOT] == -1.0
    for node in range(trie.num_nodes):
        below = trie.lookahead[trie.first_child[node] : trie.first_child[node + 1]]
        assert (below <= trie.lookahead[node]).all()
    assert sorted(set(np.round(np.log(trie.entry), 6))) == ([-2.0, 0.0] if with_noise else [0.0])


def test_words_out_of_other_sounds_are_left_out() -> None:
    trie = PronunciationTrie.build([(0, "ab"), (1, "xy"), (2, "")], TOKENS, np.zeros(3), None)
    assert walked(trie) == {(0, ("a", "b"))}
    with pytest.raises(ConfigError, match="No word"):
        PronunciationTrie.build([(1, "xy")], TOKENS, np.zeros(2), None)
