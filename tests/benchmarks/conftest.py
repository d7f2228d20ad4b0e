"""A small shop of the demo catalogue with spoken queries, and tiny models of other programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pytest

from sayfind import Shop
from sayfind.audio.file import save_wav
from sayfind.data.voices import Voice

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # `python -m benchmarks.peers` is run from there

QUERIES = ("nike running shoes", "sony headphones", "samsonite suitcase", "apple laptop")
BRANDS = ("Nike", "Sony", "Samsonite", "Apple")


@pytest.fixture(scope="session")
def feed(demo_brands: Callable[[Collection[str]], Path]) -> Path:
    return demo_brands(BRANDS)


@pytest.fixture(scope="session")
def shop(feed: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop.build(feed, tmp_path_factory.mktemp("shops") / "small", QUERIES)[0]


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every query by a synthetic voice, with the brand as its one slot."""
    if not shutil.which("flite"):
        pytest.skip("needs flite (apt)")
    folder = tmp_path_factory.mktemp("spoken")
    lines = ["id\tpath\ttext\tquery\tslots"]
    for number, query in enumerate(QUERIES):
        save_wav(Voice.parse("flite:slt").say(query), folder / f"{number}.wav")
        slots = json.dumps({"brand": query.split()[0].title()})
        lines.append(f"q{number}\t{number}.wav\t{query}\t{query}\t{slots}")
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def qrels(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Products with every word of the query in their title are right."""
    lines = ["query\tproduct_id\trating"]
    for query in QUERIES:
        for product in shop.products.values():
            title = product.title.lower()
            rating = sum(word[:5] in title for word in query.split())
            if rating > 1:
                lines.append(f"{query}\t{product.id}\t{rating}")
    path = tmp_path_factory.mktemp("qrels") / "qrels.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_ctc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network in sherpa-onnx's NeMo layout that hears "latte" in everything."""
    onnx = pytest.importorskip("onnx")
    helper, arrays = onnx.helper, onnx.numpy_helper
    folder = tmp_path_factory.mktemp("models") / "tiny-nemo-ctc"
    folder.mkdir()
    (folder / "tokens.txt").write_text("▁small 0\n▁latte 1\n<blk> 2\n", encoding="utf-8")
    row = np.log(np.array([[[0.05, 0.9, 0.05]]], dtype=np.float32))
    constants = {"axes": np.array([2]), "zero": np.float32(0), "row": row}
    nodes = [
        helper.make_node("Transpose", ["audio_signal"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("ReduceSum", ["turned", "axes"], ["sum"], keepdims=1),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "row"], ["logprobs"]),
    ]
    real, whole = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    graph = helper.make_graph(
        nodes,
        "latte",
        [
            helper.make_tensor_value_info("audio_signal", real, ["N", 80, "T"]),
            helper.make_tensor_value_info("length", whole, ["N"]),
        ],
        [helper.make_tensor_value_info("logprobs", real, ["N", "T", 3])],
        [arrays.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    about = {"vocab_size": "2", "normalize_type": "per_feature", "subsampling_factor": "1",
             "model_type": "EncDecCTCModelBPE"}  # fmt: skip
    helper.set_model_props(model, about)
    onnx.save(model, folder / "model.onnx")
    return folder


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper of eight dimensions whose decoder says "latte" for ever."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("models") / "tiny-whisper"
    special = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|transcribe|>",
               "<|notimestamps|>"]  # fmt: skip
    pieces = [*"lates", "Ġ", "la", "lat", "latt", "latte", "Ġlatte", *special]
    merges = [("l", "a"), ("la", "t"), ("lat", "t"), ("latt", "e"), ("Ġ", "latte")]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = transformers.WhisperTokenizer(vocab=vocabulary, merges=merges)
    tokenizer.add_special_tokens({"additional_special_tokens": special[1:]})
    extractor = transformers.WhisperFeatureExtractor(feature_size=80)
    transformers.WhisperProcessor(extractor, tokenizer).save_pretrained(folder)
    end, start = vocabulary[special[0]], vocabulary[special[1]]
    each = {"layers": 1, "attention_heads": 1, "ffn_dim": 8}
    sizes = {f"{side}_{what}": n for side in ("encoder", "decoder") for what, n in each.items()}
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer), d_model=8, max_target_positions=80, **sizes,
        decoder_start_token_id=start, bos_token_id=end, eos_token_id=end, pad_token_id=end,
        suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    decoder = model.model.decoder
    with torch.no_grad():
        decoder.layer_norm.weight.zero_()
        decoder.layer_norm.bias.fill_(1.0)
        decoder.embed_tokens.weight.zero_()
        decoder.embed_tokens.weight[vocabulary["Ġlatte"]] = 1.0
    model.save_pretrained(folder)
    return folder
