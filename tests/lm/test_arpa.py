from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.errors import ModelError, StorageError
from sayfind.lm.arpa import read_arpa, write_arpa
from sayfind.lm.ngram import Pruning, estimate

WORDS = st.sampled_from(["red", "blue", "shoe", "nike", "adidas", "耐克", "pro", "max", "don't"])
SENTENCES = st.lists(
    st.tuples(st.lists(WORDS, max_size=6), st.floats(0.1, 4.0)), min_size=1, max_size=15
)
SHOP = [
    (sentence.split(), 1.0 + number % 3)
    for number, sentence in enumerate(
        [
            "red nike shoes",
            "blue nike socks",
            "nike pegasus forty",
            "adidas samba",
            "red adidas samba shoes",
            "a pair of blue shoes",
            "show me red socks",
            "show me nike",
            "blue samba",
            "pegasus shoes",
        ]
    )
]


@settings(max_examples=30, deadline=None)
@given(SENTENCES, st.integers(1, 4), st.booleans())
def test_round_trip(tmp_path_factory, sentences, order, is_open) -> None:
    model = estimate(sentences, order, open_vocabulary=is_open)
    path = tmp_path_factory.mktemp("arpa") / "model.arpa"
    write_arpa(model, path)
    back = read_arpa(path)
    assert back.words == model.words
    for this, that in zip(back.levels, model.levels, strict=True):
        np.testing.assert_array_equal(this.keys, that.keys)
        np.testing.assert_allclose(this.log_probs, that.log_probs, atol=1e-5)
        np.testing.assert_allclose(this.backoffs, that.backoffs, atol=1e-5)
    for words, _ in sentences:
        assert back.sentence(words) == pytest.approx(model.sentence(words), abs=1e-4)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
@pytest.mark.parametrize("pruning", [None, Pruning((1, 1, 2)), Pruning(entropy=1e-3)])
def test_kenlm_gives_the_same_scores(tmp_path, order, pruning) -> None:
    kenlm = pytest.importorskip("kenlm")
    path = tmp_path / "model.arpa"
    model = estimate(SHOP, order, pruning=pruning)
    write_arpa(model, path)
    theirs = kenlm.Model(str(path))
    texts = [words for words, _ in SHOP] + [["nike", "nike"], ["an", "unknown", "red"], []]
    for words in texts:
        ours = model.sentence(words) / math.log(10)
        assert ours == pytest.approx(theirs.score(" ".join(words)), abs=1e-4)


@pytest.mark.parametrize("order", [2, 3])
def test_pocketsphinx_reads_it_and_agrees(tmp_path, order) -> None:
    import pocketsphinx

    path = tmp_path / "model.arpa"
    model = estimate(SHOP, order, open_vocabulary=False)
    write_arpa(model, path)
    config = pocketsphinx.Config(lw=1.0, wip=1.0)
    logmath = pocketsphinx.LogMath()
    theirs = pocketsphinx.NGramModel(config, logmath, str(path))
    for history, word in [(["<s>"], "red"), (["red", "<s>"], "nike"), (["nike"], "samba")]:
        state = tuple(reversed(history))
        ours = model.score(state, word)[0]
        # The trie quantises probabilities, hence the tolerance.
        their = math.log(logmath.exp(theirs.prob([word, *history])))
        assert their == pytest.approx(ours, abs=0.05)


def test_foreign_files(tmp_path: Path) -> None:
    """SRILM's habits: spaces, capital <UNK>, comments before, a bigram's suffix left out."""
    path = tmp_path / "model.arpa"
    path.write_text(
        "made by hand\n\n\\data\\\nngram 1=4\nngram 2=1\nngram 3=1\n\n\\1-grams:\n"
        "-99 <s> -0.3\n-0.6 </s>\n-0.6 a -0.2\n-0.3 <UNK>\n\n\\2-grams:\n-0.1 <s> a\n\n"
        "\\3-grams:\n-0.05 <s> a a\n\n\\end\\\n"
    )
    model = read_arpa(path)
    score, state = model.score(("<s>", "a"), "a")
    assert score == pytest.approx(-0.05 * math.log(10))
    assert model.score(("a",), "a")[0] == pytest.approx(-0.8 * math.log(10))
    assert model.score((), "zebra")[0] == pytest.approx(-0.3 * math.log(10))
    assert state == ("a", "a")


HEAD = "\\data\\\nngram 1=3\n\n\\1-grams:\n"
BODY = "-99\t<s>\n-0.3\t</s>\n-0.3\ta\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "\\data\\\n\n",
        HEAD,
        HEAD + BODY,
        HEAD + BODY + "\n",
        HEAD + "-0.3\ta\n\n\\end\\\n",
        HEAD.replace("3", "2") + BODY + "\n\\end\\\n",
        HEAD + BODY.replace("<s>", "b") + "\n\\end\\\n",
        HEAD + BODY.replace("-99", "none") + "\n\\end\\\n",
        HEAD + BODY + "\n\\2-grams:\n-1\ta b\n\n\\end\\\n",
        HEAD.replace("\n\n", "\nngram 2=1\n\n") + BODY + "\n\\2-grams:\n-1\ta zz\n\n\\end\\\n",
        HEAD.replace("\n\n", "\nngram 2=1\n\n") + BODY + "\n\\2-grams:\n-1\ta\n\n\\end\\\n",
        HEAD.replace("1-grams", "2-grams") + BODY + "\n\\end\\\n",
    ],
)
def test_damaged_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.arpa"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"model\.arpa"):
        read_arpa(path)


def test_other_errors(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Cannot read"):
        read_arpa(tmp_path / "absent.arpa")
    (tmp_path / "bytes.arpa").write_bytes(b"\\data\\\n\xff\xfe\x00")
    with pytest.raises(ModelError, match="complete"):
        read_arpa(tmp_path / "bytes.arpa")
    with pytest.raises(StorageError, match="Cannot write"):
        write_arpa(estimate(SHOP, 2), tmp_path / "no" / "folder.arpa")
