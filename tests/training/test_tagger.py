from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from sayfind.training.tagger_corpora import UNKNOWN, Corpus, example
from sayfind.training.word_vectors import piece_vectors, word_vectors
from sayfind.understanding.tagging import Tagger, bucket_of, features, tokenise

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayfind.errors import ConfigError  # noqa: E402
from sayfind.training.recipes.tagger import TaggerTraining, main, measure, train  # noqa: E402
from sayfind.training.shop_utterances import read_templates  # noqa: E402
from sayfind.training.tagger_network import (  # noqa: E402
    TaggerShape,
    tagger_network,
    tagger_onnx,
)

SHAPE = TaggerShape(buckets=512, width=12, hidden=10, drop=0.1, drop_features=0.1)
TEMPLATES = """
# two intents
@colour=colour: red|blue|green
@thing: shoes|socks
find: (show me|find|) {colour} {thing}
ask: where (is|are) my {thing}
"""


@pytest.mark.parametrize("num_members", [1, 2])
def test_the_exported_network_is_the_trained_one(tmp_path: Path, num_members: int) -> None:
    torch.manual_seed(0)
    network = tagger_network(SHAPE, 3, 2).eval()
    other = tagger_network(SHAPE, 3, 2).eval()
    networks = [network, other][:num_members]
    states = [each.state_dict() for each in networks]
    data = tagger_onnx(states, ["O", "B-x", "I-x"], ["a", "b"])
    (tmp_path / "t.onnx").write_bytes(data)
    text = "show me 两双 red shoes"
    ids = features(text, tokenise(text), SHAPE.buckets)
    with torch.no_grad():
        told = [each(torch.from_numpy(ids)[None]) for each in networks]
    tags, intents = (sum(part) / len(told) for part in zip(*told, strict=True))
    tags, intents = tags.log_softmax(dim=2), intents.log_softmax(dim=1)
    tagger = Tagger(tmp_path / "t.onnx")
    given = tagger._session.run(None, {"features": ids})
    assert given[0] == pytest.approx(tags[0].numpy(), abs=5e-3)
    assert given[1] == pytest.approx(intents.numpy(), abs=5e-3)
    assert (tagger.intents, tagger.tags) == (("a", "b"), ("O", "B-x", "I-x"))


def test_patterns_become_sentences_with_slots() -> None:
    templates = read_templates(TEMPLATES)
    rng = random.Random(1)
    rows = [templates.fill("find", rng) for _ in range(40)]
    for row in rows:
        slots = [t.text for t, tag in zip(row.tokens, row.tags, strict=True) if tag != "O"]
        assert len(slots) == 1 and slots[0] in ("red", "blue", "green")
        assert set(row.tags) <= {"O", "B-colour"}
    assert len({row.text for row in rows}) > 8


def test_what_nobody_labelled_is_unknown() -> None:
    row = example("买红鞋", [(1, 2, "colour")], "find", [(2, 3, "")])
    assert row.tags == ("O", "B-colour", UNKNOWN)


def test_a_small_tagger_learns_from_few_sentences(tmp_path: Path) -> None:
    templates, rng = read_templates(TEMPLATES), random.Random(2)
    rows = [templates.fill(name, rng) for name in ("find", "ask") for _ in range(60)]
    config = TaggerTraining(
        SHAPE, batch_size=16, steps=120, learning_rate=1e-2, average=0.9, members=2
    )
    start = {bucket_of("wred", SHAPE.buckets): np.full(SHAPE.width, 0.1, np.float32)}
    figures = train(Corpus(rows, rows[::7], rows[::5]), tmp_path, "tiny", config, start)
    assert figures["intent"] == 1.0 and figures["f1"] > 0.9
    assert json.loads((tmp_path / "tiny.json").read_text())["f1"] == figures["f1"]
    assert measure(Tagger(tmp_path / "tiny.onnx"), rows)["intent"] == 1.0


def test_an_unknown_recipe_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="snips, nlu, dsner, shop"):
        main(tmp_path, tmp_path, "atis")


def test_words_in_like_company_have_like_vectors() -> None:
    rng = random.Random(0)
    rows = [f"drink {rng.choice(['tea', 'milk'])} now".split() for _ in range(200)]
    rows += [f"drive a {rng.choice(['car', 'van'])} home".split() for _ in range(200)]
    rows += [[f"x{i}", f"y{i}"] for i in range(9) for _ in range(3)]
    vectors = word_vectors(rows, 4)

    def alike(a: str, b: str) -> float:
        x, y = vectors[a], vectors[b]
        return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))

    assert alike("tea", "milk") > 0.9
    assert alike("tea", "van") < 0.5


def test_texts_that_are_held_out_teach_no_vectors() -> None:
    texts = [f"word{i} word{i + 1} word{i + 2}" for i in range(12)] * 4
    assert piece_vectors(texts, set(texts), 512, 4) == {}
    assert piece_vectors(texts, set(), 512, 4)
