from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sayfind.data.corpora import CORPORA, prepare, prepare_audio_cmn, prepare_barista
from sayfind.data.sets import Reason
from sayfind.errors import ConfigError, InputError
from sayfind.types import Language


def test_words_and_syllables_of_one_set(sets: Any) -> None:
    rows = [
        {"path": "1.wav", "text": "从_出发", "language": "zh", "speaker": "Y", "unit": "word"},
        {"path": "2.wav", "text": "_lvan2", "language": "zh", "speaker": "C", "unit": "pinyin"},
        {"path": "3.wav", "text": "luun", "language": "zh", "speaker": "C", "unit": "pinyin"},
    ]
    files = {f"{n}.wav": sets.wav() for n in (1, 2, 3)}
    corpus = prepare_audio_cmn(sets.tar("audio-cmn", sets.table(rows), files))
    word, sound = corpus.utterances
    assert (word.id, word.written, word.spoken) == ("audio-cmn/1.wav", "从…出发", "从出发")
    assert word.pinyin == ("cong2", "chu1", "fa1")
    assert (sound.written, sound.pinyin, sound.speaker) == ("_lvan2", ("lvan2",), "C")
    assert [(e.id, e.reason) for e in corpus.left_out] == [("3.wav", Reason.BAD_ROW)]
    assert corpus.training() == corpus.utterances
    assert word.audio().seconds == 0.5


def test_what_is_for_measuring_is_not_trained_on(sets: Any) -> None:
    table = b'path\tslots\n1.wav\t"{""size"": ""large""}"\n'
    corpus = prepare_barista(sets.tar("barista-dev", table, {"1.wav": sets.wav()}))
    (order,) = corpus.utterances
    assert (order.spoken, order.language) == ("", Language.ENGLISH)
    assert order.case.slots == {"size": "large"}
    with pytest.raises(ConfigError, match="barista-dev is for measuring only"):
        corpus.training()


def test_silence_stays_among_commands_only(sets: Any) -> None:
    rows = [
        {"path": "1.wav", "text": "", "language": "en", "speaker": "-"},
        {"path": "2.wav", "text": "stop", "language": "en", "speaker": "gsc-1"},
    ]
    files = {"1.wav": sets.wav(), "2.wav": sets.wav()}
    commands = prepare(sets.tar("speech-commands-v2", sets.table(rows), files))
    assert [(u.spoken, u.speaker) for u in commands.utterances] == [("", ""), ("stop", "gsc-1")]
    vctk = prepare(sets.tar("vctk-p239", sets.table(rows), files))
    assert [u.spoken for u in vctk.utterances] == ["stop"]
    assert [e.reason for e in vctk.left_out] == [Reason.EMPTY_REFERENCE]


def test_a_text_without_a_word_is_named(sets: Any) -> None:
    rows = [{"path": "1.wav", "text": "[noise]", "language": "en"}]
    corpus = prepare(sets.tar("my-own", sets.table(rows), {"1.wav": sets.wav()}))
    assert corpus.utterances == ()
    assert [(e.id, e.reason) for e in corpus.left_out] == [("1.wav", Reason.EMPTY_REFERENCE)]


def test_a_set_of_ones_own_by_its_columns(sets: Any) -> None:
    rows = [
        {"path": "1.wav", "text": "Red coat!", "language": "en"},
        {"path": "2.wav", "text": "红色 coat", "language": "zh"},
    ]
    files = {"1.wav": sets.wav(), "2.wav": sets.wav()}
    corpus = prepare(sets.folder("my-own", sets.table(rows), files))
    assert [u.spoken for u in corpus.utterances] == ["red coat", "红色 coat"]
    bare = sets.folder("bare", sets.table([{"path": "1.wav"}]), files)
    with pytest.raises(InputError, match="no column text, language"):
        prepare(bare)


EXPECTED = {  # utterances, speakers known by name
    "aishell1-S0252": (380, 1), "aishell3-demo": (101, 73), "alphanumeric-dev": (92, 31),
    "audio-cmn": (10_303, 2), "barista-dev": (211, 0), "en-misc": (102, 7),
    "fsdd-digits": (1_185, 6), "kathleen-arctic": (157, 1), "keywords-en": (3_677, 0),
    "librispeech-devclean-14spk": (869, 14), "librispeech-sample": (496, 4),
    "librispeech-tc100-178spk": (178, 178), "misc-zh": (27, 12), "pinyin-syllables": (1_630, 1),
    "seedlingo-zh": (401, 1), "speech-commands-v2": (4_890, 239),
    "speechocean762-train": (2_500, 125), "vctk-mini": (71, 8), "vctk-p239": (503, 1),
}  # fmt: skip


def test_every_corpus_has_its_expectation() -> None:
    assert set(EXPECTED) == set(CORPORA)


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_real_corpora(shared_data: Path, name: str) -> None:
    corpus = prepare(shared_data / "speech" / f"{name}.tar")
    speakers = {u.speaker for u in corpus.utterances} - {""}
    assert (len(corpus.utterances), len(speakers)) == EXPECTED[name]
    assert len({u.id for u in corpus.utterances}) == len(corpus.utterances)
    for utterance in corpus.utterances:
        letters = set(utterance.spoken) - set("abcdefghijklmnopqrstuvwxyz' ")
        if utterance.language is Language.ENGLISH:
            assert not letters, utterance
        elif utterance.case.row.get("unit") not in ("pinyin", "syllable"):
            assert letters or name == "aishell1-S0252", utterance
            assert utterance.pinyin or " " in utterance.spoken, utterance
    last = corpus.utterances[-1]
    assert last.audio().seconds == pytest.approx(last.case.seconds, abs=0.05)
