"""Language models made here: trained, exported, adapted, merged, reloaded, compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.correction.chat import LocalChat
from sayfind.errors import ConfigError, InputError, ModelError
from sayfind.lm.neural import CausalModel, MaskedModel
from sayfind.lm.pieces import PAD, Pieces
from sayfind.training.export_language import export_language_model
from sayfind.training.language_adapters import AdapterConfig, Method, add_bottlenecks
from sayfind.training.language_batches import BatchConfig, Batches, Masking, mask
from sayfind.training.language_networks import Body, Kind, NetworkConfig, language_network
from sayfind.training.language_text import Line
from sayfind.training.loop import LoopConfig, Task, fit
from sayfind.training.recipes.language_adaptation import AdaptationConfig, adapt, pair_lines
from sayfind.training.recipes.language_model import batch_loss, make_pieces
from sayfind.types import Hypothesis, NBest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("peft")

# peft asks Transformers for what that has renamed.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*past_key_values:FutureWarning"),
]

TEXTS = ["red bag", "red shoes", "phone case", "phone stand", "蓝牙耳机", "手机壳", "手机支架"]
LINES = [Line(text, "en-titles" if text.isascii() else "zh-queries") for text in TEXTS]


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return make_pieces(LINES, rarest=1, latin=60)


def trained(pieces: Pieces, config: NetworkConfig, folder: Path) -> Any:
    torch.manual_seed(0)
    network = language_network(config, len(pieces), len(pieces.syllables))
    batches = Batches(LINES, pieces, BatchConfig(cut=0.0), config.kind is Kind.CAUSAL)
    check = list(batches.all(0))
    before = batch_loss(network, check[0], config).item()
    loop = LoopConfig(steps=60, learning_rate=1e-2, warm_up=5)
    task = Task(network, lambda batch, _: batch_loss(network, batch, config), batches.stream, check)
    fit(task, folder / "language.pt", loop)
    assert batch_loss(network, check[0], config).item() < before / 2
    return network


@pytest.mark.parametrize("body", list(Body))
def test_a_causal_model_learns_and_is_the_same_as_onnx(
    tmp_path: Path, pieces: Pieces, body: Body
) -> None:
    config = NetworkConfig(Kind.CAUSAL, body, width=16, layers=1, heads=2, inner=24)
    network = trained(pieces, config, tmp_path)
    export_language_model(network, config, pieces, tmp_path / "plain.onnx", int8=False)
    model = CausalModel(tmp_path / "plain.onnx")
    (batch,) = Batches(LINES[:1], pieces, BatchConfig(cut=0.0), True).all(0)
    with torch.no_grad():
        logits = network.logits(network(torch.from_numpy(batch.ids), torch.zeros_like(
            torch.from_numpy(batch.ids))))  # fmt: skip
    logs = logits.log_softmax(-1)[0].numpy()
    wanted = sum(float(logs[at, piece]) for at, piece in enumerate(batch.targets[0].tolist()))
    assert model.log_probs([TEXTS[0]])[0] == pytest.approx(wanted, abs=1e-3)
    total, state = 0.0, model.start()
    for piece in [*(pieces.vocabulary[n] for n in pieces.encode(TEXTS[0])), "[END]"]:
        value, state = model.score(state, piece)
        total += value
    assert total == pytest.approx(wanted, abs=1e-3)
    right, wrong = model.log_probs(["phone case", "case phone"])
    assert right > wrong + 2
    assert model.perplexity([]) != model.perplexity([])
    export_language_model(network, config, pieces, tmp_path / "small.onnx")
    small = CausalModel(tmp_path / "small.onnx")
    assert small.log_probs(TEXTS) == pytest.approx(model.log_probs(TEXTS), abs=1.0)
    with pytest.raises(ModelError, match="no masked"):
        MaskedModel(tmp_path / "small.onnx")


def test_a_masked_model_hears_the_syllable(tmp_path: Path, pieces: Pieces) -> None:
    config = NetworkConfig(Kind.MASKED, width=16, layers=1, heads=2, inner=24)
    network = trained(pieces, config, tmp_path)
    export_language_model(network, config, pieces, tmp_path / "masked.onnx")
    model = MaskedModel(tmp_path / "masked.onnx")
    guesses = model.guesses("手机壳")
    assert guesses.shape == (3, len(pieces))
    assert np.exp(guesses).sum(axis=1) == pytest.approx(np.ones(3), abs=1e-3)
    assert pieces.vocabulary[int(guesses[1].argmax())] == "机"
    own = model.surprises("手机壳")
    assert [round(-float(guesses[i, pieces.number(c)]), 3) for i, c in enumerate("手机壳")] == [
        round(v, 3) for v in own
    ]
    assert sum(own) < sum(model.surprises("壳手机"))
    assert model.log_probs(["red bag", ""])[1] == 0
    with pytest.raises(ValueError, match="lstm"):
        NetworkConfig(Kind.MASKED, Body.LSTM)


def test_pieces_cover_what_they_can(pieces: Pieces) -> None:
    assert pieces.encode("RED") == pieces.encode(" red ")
    assert [pieces.vocabulary[n] for n in pieces.encode("手机")] == ["手", "机"]
    assert pieces.encode("ж") == [1]
    assert pieces.syllables[pieces.sounds[pieces.number("手")]] == "shou"
    assert pieces.sounds[pieces.number("red")] == 0
    with pytest.raises(InputError, match="needs text"):
        make_pieces([], 1, 10)


@pytest.mark.parametrize("way", list(Masking))
def test_something_is_masked_and_words_are_masked_whole(way: Masking) -> None:
    words = [[5], [6, 7, 8], [9, 10], [11]]
    config = BatchConfig(masked=0.3, maskings=(way,))
    for seed in range(20):
        hidden = mask(words, config, np.random.default_rng(seed))
        assert 1 <= hidden.sum() <= 6
        if way is Masking.WORDS:
            assert hidden[1] == hidden[2] == hidden[3]


def test_batches_pad_and_never_ask_for_padding(pieces: Pieces) -> None:
    for causal in (True, False):
        for batch in Batches(LINES, pieces, BatchConfig(), causal).all(1):
            assert not (batch.targets[batch.ids == PAD] > 0).any()


# --- checkpoints of Transformers


def checkpoint(folder: Path, *, causal: bool) -> Path:
    """A tiny model that knows nothing, with a tokenizer of whole words."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    special = ["<pad>", "<unk>", "<end>", "<mask>"]
    words = sorted({w for text in TEXTS[:4] for w in text.split()} | set('{}"query:,[]'))
    table = {w: n for n, w in enumerate([*special, *words])}
    raw = Tokenizer(models.WordLevel(table, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", unk_token="<unk>", eos_token="<end>",
        mask_token="<mask>",
    )  # fmt: skip
    torch.manual_seed(0)
    if causal:
        config = transformers.GPT2Config(
            vocab_size=len(table), n_positions=512, n_embd=32, n_layer=2, n_head=2,
            bos_token_id=2, eos_token_id=2, pad_token_id=0,
        )  # fmt: skip
        model = transformers.GPT2LMHeadModel(config)
    else:
        model = transformers.BertForMaskedLM(transformers.BertConfig(
            vocab_size=len(table), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=64, max_position_embeddings=64, pad_token_id=0,
        ))  # fmt: skip
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def settings(method: Method, steps: int = 24, **more: Any) -> AdaptationConfig:
    loop = LoopConfig(steps=steps, learning_rate=2e-2, warm_up=2, save_every=24)
    adapter = AdapterConfig(method, rank=4, alpha=8)
    return AdaptationConfig(loop=loop, adapter=adapter, batch_size=8, held_out=4, **more)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "shop.txt"
    path.write_text("\n".join(TEXTS[:4] * 6), encoding="utf-8")
    return path


@pytest.mark.parametrize("method", list(Method))
def test_every_method_lowers_the_perplexity_and_comes_back_from_disk(
    tmp_path: Path, text: Path, method: Method
) -> None:
    start = checkpoint(tmp_path / "start", causal=True)
    figures = adapt(start, text, tmp_path / "out", settings(method))
    assert figures["after"] < figures["before"]
    ids = torch.tensor([[5, 6, 7]])
    folder = tmp_path / "out" / "model"
    if method in (Method.PREFIX, Method.PROMPT):
        import peft

        base = transformers.AutoModelForCausalLM.from_pretrained(start)
        found = peft.PeftModel.from_pretrained(base, folder)
    else:
        found = transformers.AutoModelForCausalLM.from_pretrained(folder)
    if method is Method.BOTTLENECK:
        add_bottlenecks(found, 4)
        found.bottlenecks.load_state_dict(torch.load(folder / "bottlenecks.pt"))
    plain = transformers.AutoModelForCausalLM.from_pretrained(start).eval()
    with torch.no_grad():
        assert not torch.allclose(found.eval()(ids).logits[:, -1], plain(ids).logits[:, -1])
    if method in (Method.LORA, Method.ADALORA, Method.FULL, Method.BOTTLENECK):
        lines = [f"{t}" for t in TEXTS[:4]]
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        loss = [
            found(input_ids=i, labels=i).loss.item()
            for i in (torch.tensor([[*tokenizer(x)["input_ids"], 2]]) for x in lines)
        ]
        assert float(np.exp(np.mean(loss))) < figures["before"]


def test_a_masked_checkpoint_is_gone_on_with(tmp_path: Path, text: Path) -> None:
    start = checkpoint(tmp_path / "start", causal=False)
    figures = adapt(start, text, tmp_path / "out", settings(
        Method.LORA, causal=False, gradient_checkpointing=True, masked=0.4))  # fmt: skip
    assert figures["after"] < figures["before"]
    transformers.AutoModelForMaskedLM.from_pretrained(tmp_path / "out" / "model")
    with pytest.raises(ConfigError, match="causal"):
        adapt(start, text, tmp_path / "no", settings(Method.PREFIX, causal=False))


def test_pairs_teach_the_answer_and_the_chat_reads_the_checkpoint(tmp_path: Path) -> None:
    start = checkpoint(tmp_path / "start", causal=True)
    heard = NBest((Hypothesis("phone stand"), Hypothesis("red bag")), (0.6, 0.4))
    lines = list(pair_lines([(heard, "phone case")] * 12))
    assert json.loads(json.loads(lines[0])["answer"]) == {"query": "phone case"}
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    figures = adapt(start, path, tmp_path / "out", settings(Method.FULL, steps=60, longest=256))
    assert figures["after"] < figures["before"] / 4
    row = json.loads(lines[0])
    system, _, prompt = row["prompt"].partition("\n\n")
    answer = LocalChat(tmp_path / "out" / "model", max_tokens=12).ask(system, prompt.rstrip("\n"))
    assert "case" in answer.text
    assert answer.prompt_tokens > 10


def test_bad_inputs_are_named(tmp_path: Path, text: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        adapt(tmp_path / "none", text, tmp_path, settings(Method.FULL))
    with pytest.raises(ConfigError, match="no folder"):
        LocalChat(tmp_path / "none")
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"prompt": 1}\n{}\n', encoding="utf-8")
    start = checkpoint(tmp_path / "start", causal=True)
    with pytest.raises(InputError, match="prompt and answer"):
        adapt(start, bad, tmp_path, settings(Method.FULL))
    bad.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="no line"):
        adapt(start, bad, tmp_path, settings(Method.FULL))
    with pytest.raises(InputError, match="Cannot read"):
        adapt(start, tmp_path / "gone.txt", tmp_path, settings(Method.FULL))
