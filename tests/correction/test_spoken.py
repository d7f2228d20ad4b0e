from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.correction.apply import apply, did_you_mean
from sayfind.correction.chain import Chain
from sayfind.correction.confusion import confusion_network, recombined
from sayfind.correction.decision import Decision, DecisionConfig, decide, differences
from sayfind.correction.enhancement import EnhancementConfig, Enhancer, finish, smooth
from sayfind.correction.locks import lock_signature
from sayfind.correction.phonetic import PhoneticCorrector
from sayfind.correction.replacement import Replacer, word_doubts
from sayfind.correction.rescoring import LogLinear, Pool, tune
from sayfind.correction.sources import CatalogueSource, ClickSource, NGramSource
from sayfind.correction.spoken import SpokenConfig, SpokenCorrector
from sayfind.correction.targets import Targets
from sayfind.lm.ngram import estimate
from sayfind.types import Audio, Change, Hypothesis, NBest

TITLES = [
    *["camera bag black"] * 20,
    "camera tripod",
    "iron pad 50 cm",
    "leather wallet",
    "lite fan",
]
PARTS = ("red", "camera", "bag", "bags", "pad", "not", "50", "手", "机", ",")
WORDS = st.lists(st.sampled_from(PARTS), max_size=6)
TEXTS = st.tuples(WORDS, st.sampled_from([" ", "  ", ""])).map(lambda t: t[1].join(t[0]))
SILENCE = Audio(np.zeros(160, np.float32), 16_000)


def heard(**readings: float) -> NBest:
    """Readings with their acoustic score; the name's underscores are spaces."""
    found = [Hypothesis(n.replace("_", " "), {"own": v}) for n, v in readings.items()]
    return NBest.from_scores(found, list(readings.values()))


class FakeScorer:
    """Says what it was told about some phrases, ``None`` of the others."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values = values

    def score(self, audio: Audio, phrases: Sequence[str]) -> list[float | None]:
        return [self.values.get(phrase) for phrase in phrases]


def catalogue_corrector(weight: float = 1.0, **settings: float) -> SpokenCorrector:
    model = LogLinear({"own": 1.0, "catalogue": weight})
    decision = DecisionConfig(**settings)
    return SpokenCorrector(
        [CatalogueSource.build(TITLES)], config=SpokenConfig(model, decision, recombined=4)
    )


# --- differences


@given(TEXTS, TEXTS)
def test_differences_give_one_text_of_the_other(before: str, after: str) -> None:
    changes = differences(before, after, True, "why", {}, "test")
    assert apply(before, changes) == after
    assert [before[c.start : c.end] for c in changes] == [c.before for c in changes]
    assert all(a.end <= b.start for a, b in pairwise(changes))


def test_a_difference_is_of_whole_words() -> None:
    (change,) = differences("camera pad black", "camera bag black", True, "", {}, "")
    assert (change.before, change.after) == ("pad", "bag")


# --- decision


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_least_loss_is_chosen(kept: float, best: float) -> None:
    best = min(best, 1 - kept)
    verdict = decide(kept, best, DecisionConfig())
    least = min(verdict.keep, verdict.change, verdict.ask)
    chosen = {"keep": verdict.keep, "change": verdict.change, "ask": verdict.ask}
    assert chosen[verdict.decision] == pytest.approx(least)


def test_the_dearer_a_broken_reading_the_rarer_a_change() -> None:
    assert decide(0.2, 0.8, DecisionConfig(breaking=1.2)).decision is Decision.CHANGE
    assert decide(0.2, 0.8, DecisionConfig(breaking=5.0, asking=0.2)).decision is Decision.ASK
    assert decide(0.2, 0.8, DecisionConfig(breaking=5.0, asking=9.0)).decision is Decision.KEEP


# --- confusion network


def test_the_right_sentence_may_be_spread_over_readings() -> None:
    n_best = heard(red_camera_pad=-1.0, bread_camera_bag=-1.1, red_camel_bag=-1.5)
    assert recombined(n_best)[0][0] == "red camera bag"


@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=5, unique=True))
def test_slots_are_distributions(texts: list[str]) -> None:
    n_best = NBest.from_scores(
        [Hypothesis(t) for t in texts], [-float(i) for i in range(len(texts))]
    )
    slots = confusion_network(n_best)
    assert len(slots) == 2 * len(n_best.text.split()) + 1
    assert all(sum(slot.values()) == pytest.approx(1.0) for slot in slots)
    known = {h.text for h in n_best.hypotheses}
    assert not known & {text for text, _ in recombined(n_best)}


# --- sources


def test_the_catalogue_prefers_what_it_has() -> None:
    source = CatalogueSource.build(TITLES)
    bag, pad, odd = source.scores(["camera bag", "camera pad", "camera zzz"])
    assert bag > pad > odd
    assert bag == pytest.approx(math.log(21 / 25))


def test_clicks_are_shares() -> None:
    source = ClickSource({"Camera Bag": 3, "camera bag": 1, "tripod": 5})
    bag, tripod, new = source.scores(["camera  bag", "tripod", "sofa"])
    assert (bag, tripod) == (math.log(4.5 / 9.5), math.log(5.5 / 9.5))
    assert new < bag


def test_the_ngram_judges_what_is_written_as_it_is_said() -> None:
    model = estimate([(["u", "s", "b", "hub"], 3.0), (["red", "bag"], 1.0)], open_vocabulary=False)
    source = NGramSource(model)
    hub, said = source.scores(["usb hub", "u s b hub"])
    assert hub == said == pytest.approx(model.sentence(["u", "s", "b", "hub"]))
    assert source.scores(["qqq"])[0] < -16


# --- rescoring


def test_zero_weights_for_new_evidence_keep_the_order() -> None:
    n_best = heard(camera_pad=-1.0, camera_bag=-1.4)
    readings = [h.with_score("catalogue", -9.0 * i) for i, h in enumerate(n_best.hypotheses)]
    assert LogLinear({"own": 1.0}).order(readings, n_best).text == "camera pad"


def test_tuning_finds_the_evidence_that_helps_and_no_other() -> None:
    rng = np.random.default_rng(0)
    pools = []
    for _ in range(60):
        own, noise = rng.normal(size=5), rng.normal(size=5)
        right = int(rng.integers(5))
        good = rng.normal(size=5) + 3.0 * (np.arange(5) == right)
        scores = [{"own": own[i], "good": good[i], "noise": noise[i]} for i in range(5)]
        pools.append(Pool(scores, [float(i != right) for i in range(5)]))
    model = tune(pools, LogLinear({"own": 1.0}), ("own", "good", "noise"))
    assert model.weights["good"] > 0.5
    assert model.weights["good"] > 3 * model.weights["noise"]
    assert model.weights["good"] > model.weights["own"]
    assert tune([], LogLinear({"own": 1.0})) == LogLinear({"own": 1.0})


# --- replacement


@pytest.fixture(scope="module")
def targets() -> Targets:
    return Targets.build(["camera bag", "Xiaomi", "laptop", "power bank"], ["camera", "laptops"])


def test_doubtful_words_are_those_with_rivals() -> None:
    doubts = word_doubts(heard(camera_pad=-1.0, camera_bag=-1.1), None)
    assert doubts[1] > 2 * doubts[0]


def test_replacements_come_from_the_closed_set(targets: Targets) -> None:
    found = Replacer(targets).replaced(heard(lap_tops=-1.0, lab_tubs=-1.1, let_up=-1.1))
    assert found[0].text == "laptops"
    known = {"laptop", "laptops", "lap", "tops"}  # the closed set, and what was heard
    assert {word for r in found for word in r.text.split()} <= known


def test_numbers_and_negations_are_not_replaced(targets: Targets) -> None:
    found = Replacer(targets).replaced(heard(not_lap_tub_50=-1.0, no_lad_dub_15=-1.0))
    assert found
    assert all(r.text.startswith("not ") and r.text.endswith(" 50") for r in found)


# --- the corrector


def test_what_the_catalogue_has_wins_over_what_it_has_not() -> None:
    n_best, changes = catalogue_corrector().correct(
        heard(camera_pad=-1.0, camera_bag=-1.4, camera_tag=-3.0), None
    )
    assert n_best.text == "camera bag"
    assert sum(n_best.probabilities) == pytest.approx(1.0)
    taken = [c for c in changes if c.accepted]
    assert [(c.before, c.after) for c in taken] == [("pad", "bag")]
    assert taken[0].scores["gain_catalogue"] > 0 > taken[0].scores["gain_own"]
    assert taken[0].scores["loss_change"] < taken[0].scores["loss_keep"]


def test_a_small_margin_asks_and_keeps_the_text() -> None:
    corrector = catalogue_corrector(weight=0.28, breaking=4.0)
    first = heard(camera_pad=-1.0, camera_bag=-1.3)
    n_best, changes = corrector.correct(first, None)
    assert n_best.text == "camera pad"
    assert [c.reason for c in changes] == ["asked: nearly as likely"]
    assert did_you_mean("camera pad", changes) == ("camera bag",)


def test_typed_text_is_none_of_its_business() -> None:
    typed = NBest.from_text("camera pad")
    assert catalogue_corrector().correct(typed, None) == (typed, ())
    assert catalogue_corrector().correct(NBest(), SILENCE) == (NBest(), ())


def test_the_sound_has_its_say_about_new_readings(targets: Targets) -> None:
    n_best = heard(power_pan=-1.0, powder_bang=-1.2)
    config = SpokenConfig(LogLinear({"own": 1.0}), DecisionConfig(breaking=1.0), recombined=0)
    for value, expected in ((2.0, "power bank"), (-30.0, "power pan")):
        corrector = SpokenCorrector(
            [], Replacer(targets), FakeScorer({"power bank": value}), config
        )
        assert corrector.correct(n_best, SILENCE)[0].text == expected


@given(st.lists(TEXTS.filter(str.strip), min_size=2, max_size=5, unique=True))
def test_numbers_and_negations_stay_and_the_trail_is_true(texts: list[str]) -> None:
    found = [Hypothesis(t, {"own": -0.1 * i}) for i, t in enumerate(texts)]
    n_best = NBest.from_scores(found, [-0.1 * i for i in range(len(texts))])
    corrected, changes = catalogue_corrector(breaking=1.0).correct(n_best, None)
    assert lock_signature(corrected.text) == lock_signature(n_best.text)
    assert apply(n_best.text, [c for c in changes if c.accepted]) == corrected.text
    assert sum(corrected.probabilities) == pytest.approx(1.0)
    assert corrected.confidence == max(corrected.probabilities)


# --- enhancement


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("um i want uh a red bag", "i want a red bag"),
        ("the the red bag", "the red bag"),
        ("红色的的包", "红色的的包"),
        ("呃那个红色的包", "红色的包"),
        ("那个牌子的包", "牌子的包"),
        ("go go bag", "go go bag"),
        ("usb hub", "usb hub"),
        ("um", "um"),
        ("50 50 bag", "50 50 bag"),
    ],
)
def test_hesitations_are_smoothed(text: str, bare: str) -> None:
    assert smooth(text) == bare


def test_a_word_cut_off_is_finished_only_where_one_is_meant() -> None:
    words = {"speaker": 9.0, "spear": 1.0, "specs": 8.0}
    words = {w: words[w] for w in sorted(words)}
    assert finish("blue spea", words) == "blue speaker"
    assert finish("blue spec", words) == "blue specs"
    assert finish("blue spe", words) == "blue spe"
    assert finish("blue speaker", words) == "blue speaker"


def test_other_ways_stand_beside_the_verbatim_words() -> None:
    enhancer = Enhancer({"television": 1.0}, {"television"}.__contains__)
    n_best, changes = enhancer.correct(NBest.from_text("um a red tv"), None)
    assert [h.text for h in n_best.hypotheses] == ["um a red tv", "a red tv", "a red television"]
    assert n_best.confidence == max(n_best.probabilities)
    assert sum(n_best.probabilities) == pytest.approx(1.0)
    assert changes == ()
    off = Enhancer({}, {"television"}.__contains__, EnhancementConfig(share=0.0))
    typed = NBest.from_text("um a red tv")
    assert off.correct(typed, None) == (typed, ())


# --- the chain


def test_a_chain_tells_one_story(targets: Targets) -> None:
    phonetic = PhoneticCorrector(["camera bag", "Xiaomi"], ["camera", "bag"])
    chain = Chain([catalogue_corrector(), phonetic])
    first = heard(shiaomi_camera_pad=-1.0, shiaomi_camera_bag=-1.3)
    n_best, changes = chain.correct(first, SILENCE)
    assert n_best.text == "Xiaomi camera bag"
    taken: list[Change] = [c for c in changes if c.accepted]
    assert apply(first.text, taken) == n_best.text
    assert all(first.text[c.start : c.end] == c.before for c in changes)
    assert {c.source for c in taken} == {"rescoring, phonetic"}
