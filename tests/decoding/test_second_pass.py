from __future__ import annotations

import numpy as np
import pytest

from sayfind.decoding.ctc_score import best_path, forward_scores, token_numbers
from sayfind.decoding.phone_retrieval import PhoneRetrieval
from sayfind.decoding.second_pass import SecondPass, SecondPassConfig, acoustic_evidence
from sayfind.text.phonetics import phones, readings
from sayfind.types import Hypothesis, NBest, Word

BRANDS = [
    "asics gel kayano", "nike pegasus", "adidas samba", "new balance", "saucony kinvara",
    "hoka clifton", "brooks ghost", "mizuno wave rider", "salomon speedcross", "under armour",
    "puma deviate", "reebok nano", "altra torin", "merrell vapor", "skechers go run",
]  # fmt: skip


@pytest.fixture(scope="module")
def second(tokens) -> SecondPass:
    return SecondPass(PhoneRetrieval.build(BRANDS, tokens))


@pytest.mark.parametrize("name", BRANDS)
def test_a_name_is_found_inside_a_sentence(second, said, name) -> None:
    rng = np.random.default_rng(len(name))
    posteriors = said(phones(f"show me {name} please"), rng, error=0.1)
    judged = second.judge(posteriors)
    assert judged[0].text == name
    frames = len(phones("show me")) * 3 + 1
    assert judged[0].start == pytest.approx(0.03 * frames, abs=0.2)
    assert judged[0].relative <= 0
    assert [j.score for j in judged] == sorted((j.score for j in judged), reverse=True)
    assert sum(j.confidence for j in judged) <= 1 + 1e-9
    assert judged[0].confidence > 0.5


def test_no_name_no_confidence(second, said) -> None:
    posteriors = said(phones("what time is it in the kitchen"), np.random.default_rng(0))
    judged = second.judge(posteriors)
    assert not judged or judged[0].confidence < 0.1
    assert second.judge(said([], np.random.default_rng(0))) == ()


def test_in_a_longer_list_more_is_asked_of_a_name(tokens, said) -> None:
    posteriors = said(phones("hoka clifton"), np.random.default_rng(3), error=0.3)
    others = [f"{a} {b}" for a in BRANDS for b in BRANDS if a != b]
    sure = [
        SecondPass(PhoneRetrieval.build(names, tokens)).judge(posteriors)[0]
        for names in (BRANDS, [*BRANDS, *others])
    ]
    assert sure[0].text == "hoka clifton"
    assert sure[1].confidence < sure[0].confidence


def heard_wrong(text: str, places: list[tuple[float, float]]) -> Hypothesis:
    words = (Word(w, *place) for w, place in zip(text.split(), places, strict=True))
    return Hypothesis(text, {"lm": -3.0}, tuple(words))


def test_a_misread_name_is_put_in_its_place(second, said) -> None:
    posteriors = said(phones("show me saucony kinvara please"), np.random.default_rng(1))
    places = [(0.0, 0.2), (0.2, 0.4), (0.4, 0.9), (1.0, 1.6), (1.7, 2.1)]
    first = heard_wrong("show me sock canberra please", places)
    joined = second.join(posteriors, NBest((first,), (1.0,)))
    assert joined.text == "show me saucony kinvara please"
    assert sum(joined.probabilities) == pytest.approx(1.0)
    assert joined.confidence > 0.9
    assert all("acoustic" in h.scores for h in joined.hypotheses)
    assert joined.hypotheses[0].scores["lm"] == -3.0


def test_speech_without_a_name_stays(second, said) -> None:
    text = "what time is it"
    posteriors = said(phones(text), np.random.default_rng(2))
    joined = second.join(posteriors, NBest.from_text(text))
    assert joined.text == text


def test_nothing_heard_and_a_name_in_the_sound(second, said) -> None:
    posteriors = said(phones("hoka clifton"), np.random.default_rng(2))
    assert second.join(posteriors, NBest()).text == "hoka clifton"


def test_evidence_is_the_best_reading_by_the_forward_algorithm(said, tokens) -> None:
    posteriors = said(phones("tomato"), np.random.default_rng(0))
    values = acoustic_evidence(posteriors, ["tomato", "potato", "耐克", ""])
    strings = [token_numbers(reading, tokens) for reading in readings("tomato", 4)]
    expected = float(forward_scores(posteriors, strings).max()) - best_path(posteriors)
    assert values[0] == pytest.approx(expected)
    assert values[1] < values[0] - 2
    assert values[2] == values[3] < -1000


@pytest.mark.parametrize("settings", [{"num_candidates": 0}, {"kept": 0}, {"temperature": 0.0}])
def test_settings_that_make_no_sense(settings) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        SecondPassConfig(**settings)
