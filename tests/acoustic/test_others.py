"""Recognisers of others: real packages on models made here, and a real server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sayfind.acoustic.openai_http import HttpRecognizer, HttpRecognizerConfig
from sayfind.acoustic.sherpa import SherpaConfig, SherpaRecognizer, sherpa_files
from sayfind.acoustic.vosk import VoskConfig, VoskRecognizer, vosk_readings
from sayfind.acoustic.whisper import WhisperConfig, WhisperRecognizer
from sayfind.errors import AudioError, ConfigError, ModelError, OverloadedError
from sayfind.stages import Recognizer
from sayfind.testing import RecognizerSuite
from sayfind.testing.checks import check_n_best, speech
from sayfind.types import Audio, Context, Language

NOTHING = Audio(np.zeros(0, np.float32), 16_000)


# Whisper


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Whisper of sixteen dimensions over pieces of two words."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("whisper")
    special = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|transcribe|>",
               "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]  # fmt: skip
    pieces = [*"lateso,", "Ġ", "la", "lat", "latt", "latte", "Ġlatte", *special]
    merges = [("l", "a"), ("la", "t"), ("lat", "t"), ("latt", "e"), ("Ġ", "latte")]
    number = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = transformers.WhisperTokenizer(vocab=number, merges=merges)
    tokenizer.add_special_tokens({"additional_special_tokens": special[1:]})
    extractor = transformers.WhisperFeatureExtractor(feature_size=80)
    transformers.WhisperProcessor(extractor, tokenizer).save_pretrained(folder)
    each = {"layers": 1, "attention_heads": 2, "ffn_dim": 16}
    sizes = {f"{side}_{what}": n for side in ("encoder", "decoder") for what, n in each.items()}
    end = number["<|endoftext|>"]
    torch.manual_seed(0)
    model = transformers.WhisperForConditionalGeneration(
        transformers.WhisperConfig(
            vocab_size=len(tokenizer),
            d_model=16,
            max_target_positions=60,
            init_std=0.6,
            **sizes,
            decoder_start_token_id=number["<|startoftranscript|>"],
            bos_token_id=end,
            eos_token_id=end,
            pad_token_id=end,
            suppress_tokens=None,
            begin_suppress_tokens=None,
        )
    )
    settings = model.generation_config
    settings.is_multilingual, settings.no_timestamps_token_id = True, number["<|notimestamps|>"]
    settings.lang_to_id = {f"<|{code}|>": number[f"<|{code}|>"] for code in ("en", "zh")}
    settings.task_to_id = {"transcribe": number["<|transcribe|>"]}
    settings.prev_sot_token_id = number["<|startofprev|>"]
    model.save_pretrained(folder)
    return folder


def heard_by_whisper(folder: Path, *phrases: str) -> WhisperRecognizer:
    return WhisperRecognizer(folder, phrases, WhisperConfig(num_beams=3, max_tokens=8))


@pytest.mark.filterwarnings("ignore")  # Transformers' own
class TestWhisper(RecognizerSuite):
    made: WhisperRecognizer

    @pytest.fixture(autouse=True)
    def _made(self, whisper: Path) -> None:
        type(self).made = heard_by_whisper(whisper)

    def recognizer(self) -> Recognizer:
        return self.made


@pytest.mark.filterwarnings("ignore")
def test_the_beams_are_the_list_and_the_prompt_moves_them(whisper: Path) -> None:
    context = Context(language=Language.ENGLISH)
    plain = heard_by_whisper(whisper).recognize(speech(), context)
    leaning = heard_by_whisper(whisper, "latte").recognize(speech(), context)
    assert len(plain.hypotheses) > 1
    assert plain.language is Language.ENGLISH
    assert [h.scores["decoder"] for h in plain.hypotheses] == sorted(
        (h.scores["decoder"] for h in plain.hypotheses), reverse=True
    )
    assert not any("<|" in h.text for h in leaning.hypotheses), "the prompt is no part of it"
    scores = {h.text: h.scores["decoder"] for h in plain.hypotheses}
    assert scores != {h.text: h.scores["decoder"] for h in leaning.hypotheses}


@pytest.mark.filterwarnings("ignore")
def test_whisper_says_what_its_prompt_has_no_room_for(whisper: Path) -> None:
    assert heard_by_whisper(whisper, "latte").notes == ()
    (note,) = heard_by_whisper(whisper, *["latte"] * 40).notes
    assert "of 40 phrases" in note
    with pytest.raises(ConfigError, match="no room"):
        heard_by_whisper(whisper, "latte " * 60)


def test_a_folder_without_whisper(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match="holds no Whisper"):
        WhisperRecognizer(tmp_path)
    with pytest.raises(ValueError, match="at least 2"):
        WhisperConfig(num_beams=1)


@pytest.mark.filterwarnings("ignore")
def test_whisper_hears_one_rate(whisper: Path) -> None:
    with pytest.raises(AudioError, match="16000"):
        heard_by_whisper(whisper).recognize(Audio(np.zeros(8000, np.float32), 8000), Context())


# sherpa-onnx; that it reads our exported network is tests/training/test_export_sherpa.py


def nemo_model(folder: Path) -> Path:
    """A network in sherpa-onnx's NeMo layout that hears "latte" in everything that is not quiet."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("sherpa_onnx")
    helper, arrays = onnx.helper, onnx.numpy_helper
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
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "latte",
        [value("audio_signal", real, ["N", 80, "T"]), value("length", whole, ["N"])],
        [value("logprobs", real, ["N", "T", 3])],
        [arrays.from_array(np.asarray(v), name) for name, v in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    about = {"vocab_size": "2", "normalize_type": "per_feature", "subsampling_factor": "1",
             "model_type": "EncDecCTCModelBPE"}  # fmt: skip
    helper.set_model_props(model, about)
    onnx.save(model, folder / "model.onnx")
    return folder


@pytest.fixture(scope="module")
def nemo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nemo_model(tmp_path_factory.mktemp("sherpa") / "tiny-nemo-ctc")


class TestSherpa(RecognizerSuite):
    folder: Path

    @pytest.fixture(autouse=True)
    def _folder(self, nemo: Path) -> None:
        type(self).folder = nemo

    def recognizer(self) -> Recognizer:
        return SherpaRecognizer(self.folder)


def test_sherpa_refuses_a_list_that_cannot_act(nemo: Path) -> None:
    with pytest.raises(ConfigError, match="transducers only"):
        SherpaRecognizer(nemo, ["oat latte"])


@pytest.mark.parametrize(
    ("folder", "files", "constructor", "arguments"),
    [
        ("zipformer-en", "encoder-1 decoder-1 joiner-1", "from_transducer",
         "encoder decoder joiner"),
        ("whisper-tiny", "tiny-encoder tiny-decoder", "from_whisper", "encoder decoder"),
        ("moonshine-en", "preprocess encode uncached_decode cached_decode", "from_moonshine",
         "preprocessor encoder uncached_decoder cached_decoder"),
        ("paraformer-zh", "model model.int8", "from_paraformer", "paraformer"),
        ("sense-voice-zh", "model.int8", "from_sense_voice", "model"),
    ],
)  # fmt: skip
def test_what_sherpa_is_given(
    tmp_path: Path, folder: str, files: str, constructor: str, arguments: str
) -> None:
    sherpa = pytest.importorskip("sherpa_onnx")
    place = tmp_path / folder
    place.mkdir()
    (place / "tokens.txt").touch()
    for name in files.split():
        (place / f"{name}.onnx").touch()
    found, given = sherpa_files(place)
    assert found == constructor
    assert set(given) == {*arguments.split(), "tokens"}
    assert len(set(given.values())) == len(given)
    assert hasattr(sherpa.OfflineRecognizer, found)
    if folder.startswith("paraformer"):
        assert given["paraformer"].endswith("model.onnx")


def test_folders_that_sherpa_cannot_use(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no tokens\.txt"):
        sherpa_files(tmp_path)
    (tmp_path / "tokens.txt").touch()
    with pytest.raises(ModelError, match="neither a transducer"):
        sherpa_files(tmp_path)
    (tmp_path / "encoder.onnx").touch()
    with pytest.raises(ModelError, match="lacks the decoder and the joiner"):
        sherpa_files(tmp_path)
    with pytest.raises(ValueError, match="at least 1"):
        SherpaConfig(num_threads=0)


# vosk: its answers as its documentation gives them; a Kaldi model cannot be made here


def test_vosk_alternatives_are_the_list() -> None:
    words = [{"word": "oat", "start": 0.1, "end": 0.3}, {"word": "milk", "start": 0.3, "end": 0.7}]
    told = {"alternatives": [
        {"confidence": 230.0, "result": words, "text": "oat milk"},
        {"confidence": 220.0, "text": "oat [unk] milk"},
        {"confidence": 210.0, "text": "goat milk"},
    ]}  # fmt: skip
    heard = vosk_readings(['{"alternatives": []}', json.dumps(told)])
    check_n_best(heard, 1.0)
    assert [h.text for h in heard.hypotheses] == ["oat milk", "goat milk"]
    assert heard.hypotheses[0].words[1].end == 0.7
    assert heard.probabilities[1] / heard.probabilities[0] == pytest.approx(np.exp(-2.0))
    assert not vosk_readings(['{"alternatives": [{"confidence": 1.0, "text": ""}]}'])


def test_folders_that_vosk_cannot_use(tmp_path: Path) -> None:
    pytest.importorskip("vosk")
    with pytest.raises(ModelError, match="no vosk model"):
        VoskRecognizer(tmp_path)
    (tmp_path / "am").mkdir()
    with pytest.raises(ModelError, match="unpack the model again"):
        VoskRecognizer(tmp_path)
    with pytest.raises(ValueError, match="positive"):
        VoskConfig(scale=0)


# a service with OpenAI's form

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def service() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]], Callable[[Answer], None]]]:
    """A server on this machine: its URL, what it was sent, and a way to set its answer."""
    sent: list[tuple[dict[str, str], bytes]] = []
    answer: list[Answer] = [(200, {}, b'{"text": "oat milk"}')]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append(({**self.headers, "path": self.path}, body))
            status, headers, told = answer[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", sent, lambda a: answer.__setitem__(0, a)
    server.shutdown()
    server.server_close()
    thread.join()


class TestHttp(RecognizerSuite):
    url: str

    @pytest.fixture(autouse=True)
    def _url(self, service: Any) -> None:
        type(self).url = service[0]

    def recognizer(self) -> Recognizer:
        return HttpRecognizer(HttpRecognizerConfig(self.url, "whisper-1"))


def test_what_is_asked_and_what_is_understood(service: Any, monkeypatch: Any) -> None:
    url, sent, set_answer = service
    monkeypatch.setenv("SAYFIND_SPEECH_KEY", "secret")
    told = {"text": " oat milk ", "segments": [{"avg_logprob": -0.2}, {"avg_logprob": -0.4}],
            "words": [{"word": "oat", "start": 0.1, "end": 0.4}]}  # fmt: skip
    set_answer((200, {}, json.dumps(told).encode()))
    ears = HttpRecognizer(HttpRecognizerConfig(url, "whisper-1"), ["oat milk", "燕麦奶"])
    heard = ears.recognize(speech(), Context(language=Language.ENGLISH))
    assert (heard.text, heard.probabilities, heard.language) == ("oat milk", (1.0,), "en")
    assert heard.hypotheses[0].scores == {"decoder": pytest.approx(-0.3)}
    assert heard.hypotheses[0].words[0].text == "oat"
    ((headers, body),) = sent
    assert headers["path"] == "/v1/audio/transcriptions"
    assert headers["Authorization"] == "Bearer secret"
    for part in ("whisper-1", "oat milk, 燕麦奶", "\r\nen\r\n", "RIFF", "verbose_json"):
        assert part.encode() in body
    assert "2 of 2 phrases" in ears.notes[0]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((503, {"Retry-After": "7"}, b""), OverloadedError, "busy"),
        ((429, {}, b""), OverloadedError, "busy"),
        ((401, {}, b""), ModelError, "SAYFIND_SPEECH_KEY"),
        ((200, {}, b"<html>"), ModelError, "no JSON"),
        ((200, {}, b"[]"), ModelError, "no JSON object"),
        ((200, {}, b"{}"), ModelError, "nonsense"),
    ],
)
def test_answers_that_are_none(service: Any, answer: Answer, error: type, words: str) -> None:
    url, _, set_answer = service
    set_answer(answer)
    with pytest.raises(error, match=words) as raised:
        HttpRecognizer(HttpRecognizerConfig(url, "m")).recognize(speech(), Context())
    if answer[0] == 503:
        assert raised.value.retry_after == 7.0


def test_nobody_listens_and_too_long_a_list() -> None:
    config = HttpRecognizerConfig("http://127.0.0.1:9", "m", timeout=2.0, prompt_characters=10)
    ears = HttpRecognizer(config, ["oat milk", "cow milk"])
    assert "1 of 2 phrases" in ears.notes[0]
    assert not ears.recognize(NOTHING, Context())
    with pytest.raises(OverloadedError, match="cannot be reached"):
        ears.recognize(speech(), Context())
    with pytest.raises(ValueError, match="http"):
        HttpRecognizerConfig("ftp://x", "m")
