"""What changed between two results: a broken stage is caught, a sound one is not accused."""

from __future__ import annotations

import copy
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind import Shop, VoiceSearch
from sayfind.errors import InputError
from sayfind.evaluation.compare import Changes, compare_files, compare_results
from sayfind.evaluation.compare_ratios import compare_ratios
from sayfind.evaluation.run import Evaluation, evaluate
from sayfind.evaluation.run_plan import Kind, Plan
from sayfind.evaluation.significance import compare
from sayfind.types import Change, NBest


def of(changes: Changes, measure: str) -> Any:
    return next(change for change in changes.measures if change.measure == measure)


def reversing(shop: Shop) -> VoiceSearch:
    """A pipeline whose retriever gives its list backwards."""
    search = VoiceSearch(shop)
    whole = search.retriever.search

    class Reversing:
        def search(self, query, k):
            result = whole(query, k)
            return replace(result, hits=result.hits[::-1])

    search.retriever = Reversing()
    return search


def shouting(shop: Shop) -> VoiceSearch:
    """A pipeline whose corrector writes brands in capitals."""
    search = VoiceSearch(shop)
    brands = {p.brand.lower() for p in shop.products.values()}
    pattern = re.compile(rf"\b({'|'.join(brands)})\b")

    class Shouting:
        def correct(self, n_best, audio):
            shouted = tuple(
                replace(h, text=pattern.sub(lambda m: m[0].upper(), h.text))
                for h in n_best.hypotheses
            )
            made = tuple(
                Change(m[0], m[0].upper(), m.start(), m.end(), True, "brands are important")
                for m in pattern.finditer(n_best.text)
            )
            return NBest(shouted, n_best.probabilities, n_best.language), made

    search.corrector = Shouting()
    return search


def test_a_retriever_that_reverses_its_list_is_caught(typed_run: Evaluation) -> None:
    broken = evaluate(typed_run.plan, factory=reversing)
    changes = compare_results(typed_run.result, broken.result)
    main = of(changes, "ndcg_at_10")
    assert main.is_significant and main.comparison.difference < -0.1
    assert not of(changes, "zero_result_rate").is_significant
    assert len(changes.worse) > len(changes.better)


@pytest.mark.skipif(not shutil.which("flite"), reason="needs flite (apt)")
def test_a_corrector_that_shouts_brands_is_caught(small_shop: Shop, spoken: Path) -> None:
    plan = Plan(Kind.TRANSCRIPTION, spoken, shop=small_shop.folder)
    sound, broken = evaluate(plan), evaluate(plan, factory=shouting)
    assert sound.result["over_correction"]["value"] == 0.0
    assert broken.result["over_correction"]["value"] > 0.5
    change = of(compare_results(sound.result, broken.result), "over_correction")
    assert change.is_significant and change.after > change.before


def test_the_same_system_is_not_accused(typed_run: Evaluation) -> None:
    again = evaluate(typed_run.plan)
    changes = compare_results(typed_run.result, again.result)
    assert changes.measures and not changes.better and not changes.worse
    for change in changes.measures:
        assert change.comparison.p == 1.0 and not change.is_significant
    assert not [name for name, _, _ in changes.settings if name != "commit"]
    assert changes.unpaired == 0


def test_files(typed_run: Evaluation, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(json.dumps(typed_run.result), encoding="utf-8")
    other = copy.deepcopy(typed_run.result)
    other["settings"]["seed"] = 5
    other["cases"].pop()
    second.write_text(json.dumps(other), encoding="utf-8")
    changes = compare_files(first, second)
    assert changes.cases == len(other["cases"]) and changes.unpaired == 1
    assert changes.settings == (("seed", 0, 5),)
    told = json.loads(json.dumps(changes.to_json(), allow_nan=False))
    assert told["measures"]["ndcg_at_10"]["significant"] is False


def test_cases_that_cannot_be_paired(typed_run: Evaluation) -> None:
    other = copy.deepcopy(typed_run.result)
    for case in other["cases"]:
        case["snr"] = 3.0
    with pytest.raises(InputError, match="no case in common"):
        compare_results(typed_run.result, other)
    other["kind"] = "slots"
    with pytest.raises(InputError, match="cannot be compared"):
        compare_results(typed_run.result, other)


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "slots"}', '{"cases": [{"id": 1}]}'])
def test_a_file_that_is_no_result(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.json is not a result"):
        compare_files(path, path)


COLUMNS = st.lists(st.tuples(*[st.integers(0, 5)] * 2, st.integers(1, 9)), min_size=2, max_size=30)


@given(COLUMNS)
def test_equal_denominators_agree_with_the_test_of_means(rows: list[tuple[int, ...]]) -> None:
    ours, theirs, weights = np.array(rows, dtype=np.float64).T
    ratios = compare_ratios(ours, weights, theirs, weights)
    means = compare(ours, theirs, weights)
    assert ratios.difference == pytest.approx(means.difference, abs=1e-12)
    assert ratios.low <= ratios.difference <= ratios.high
    assert 0 < ratios.p <= 1
    back = compare_ratios(theirs, weights, ours, weights)
    assert back.p == pytest.approx(ratios.p, abs=1e-12)
    if (ours == theirs).all():
        assert ratios.p == 1.0
