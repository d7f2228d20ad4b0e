"""pocketsphinx by its C interface: what its binding hears, from any number of threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sayfind import Audio, Context, demo, load_audio
from sayfind.acoustic import sphinx_library
from sayfind.acoustic.sphinx import HURRIED, SphinxConfig, SphinxRecognizer, write_dictionary
from sayfind.acoustic.sphinx_library import LibraryDecoder, open_decoder
from sayfind.errors import ModelError
from sayfind.lm.arpa import write_arpa
from sayfind.lm.ngram import estimate
from sayfind.text.phonetics import cmudict

SENTENCES = ["sony headphones", "show me headphones", "stony head phones", "a red sofa"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("ears")
    words = {word for sentence in SENTENCES for word in sentence.split()}
    sounds = cmudict()
    lexicon = {word: (tuple(sounds[word].split()),) for word in words}
    write_dictionary(lexicon, folder / "words.dict")
    texts = [(sentence.split(), 1.0) for sentence in SENTENCES]
    write_arpa(estimate(texts, 2, open_vocabulary=False), folder / "words.arpa")
    return folder / "words.dict", folder / "words.arpa"


@pytest.fixture(scope="module")
def clips() -> list[Audio]:
    clip = load_audio(demo.recording_path("sony-headphones"))
    noise = np.random.default_rng(0).normal(0, 0.02, len(clip.samples)).astype(np.float32)
    half = Audio(clip.samples[: len(clip.samples) // 2], clip.rate)
    return [clip, Audio(clip.samples + noise, clip.rate), half, Audio(noise, clip.rate)]


def test_it_hears_what_the_binding_hears(files, clips, monkeypatch) -> None:
    by_library = SphinxRecognizer(*files)
    assert isinstance(by_library._decoders.queue[0], LibraryDecoder)
    monkeypatch.setattr(sphinx_library, "_library", lambda: None)
    by_binding = SphinxRecognizer(*files)
    assert not isinstance(by_binding._decoders.queue[0], LibraryDecoder)
    heard = [by_library.recognize(clip, Context()) for clip in clips]
    assert heard == [by_binding.recognize(clip, Context()) for clip in clips]
    assert heard[0].text.endswith("sony headphones")
    assert len(heard[0].hypotheses) > 1


def test_in_a_hurry_it_hears_the_same_clip_the_same_way(files, clips) -> None:
    recognizer = SphinxRecognizer(*files, HURRIED)
    heard = [recognizer.recognize(clip, Context()) for clip in (clips[0], clips[1], clips[0])]
    assert heard[0] == heard[2]
    assert heard[0].text


def test_many_threads_hear_what_one_hears(files, clips) -> None:
    recognizer = SphinxRecognizer(*files)
    alone = [recognizer.recognize(clip, Context()) for clip in clips]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda clip: recognizer.recognize(clip, Context()), clips * 3))
    assert together == alone * 3


def test_other_threads_run_while_it_hears(files, clips) -> None:
    decoder = SphinxRecognizer(*files)._decoders.get()
    decoder.start_utt()
    pcm = (clips[0].samples * 32767).astype("<i2").tobytes() * 8
    hearing = threading.Thread(target=decoder.process_raw, args=(pcm,), kwargs={"full_utt": True})
    hearing.start()
    turns = 0
    while hearing.is_alive():
        time.sleep(0.001)
        turns += 1
    decoder.end_utt()
    assert turns > 10


def test_refusals_are_errors(files, tmp_path) -> None:
    dictionary, arpa = files
    with pytest.raises(RuntimeError, match="no setting wings"):
        open_decoder(dict=str(dictionary), lm=str(arpa), wings=2)
    with pytest.raises(ModelError, match="missing"):
        SphinxRecognizer(dictionary, tmp_path / "gone.arpa")
    (tmp_path / "bad.arpa").write_text("nothing")
    with pytest.raises(ModelError, match="cannot read"):
        SphinxRecognizer(dictionary, tmp_path / "bad.arpa")
    decoder = open_decoder(dict=str(dictionary), lm=str(arpa))
    decoder.start_utt()
    with pytest.raises(RuntimeError, match="cannot hear"):
        decoder.start_utt()


def test_settings_that_make_no_sense() -> None:
    for wrong in ({"num_decoders": 0}, {"num_hypotheses": 0}, {"acoustic_scale": 0.0}):
        with pytest.raises(ValueError, match="at least 1"):
            SphinxConfig(**wrong)
