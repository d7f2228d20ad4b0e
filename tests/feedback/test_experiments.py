from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.feedback.experiments import (
    ExplorationConfig,
    Explorer,
    Interleaved,
    credit,
    interleave,
)
from sayfind.types import Hit

RANKINGS = st.permutations("abcdefgh").flatmap(
    lambda ids: st.integers(0, 8).map(lambda n: tuple(ids[:n]))
)
HITS = [Hit(str(i), 10.0 - i, ("fits",)) for i in range(12)]


@settings(deadline=None, max_examples=50)
@given(RANKINGS, RANKINGS, st.integers(0, 10), st.integers(0, 99))
def test_two_rankings_become_one_fair_list(
    first: tuple[str, ...], second: tuple[str, ...], k: int, seed: int
) -> None:
    mixed = interleave(first, second, k, random.Random(seed))
    assert len(set(mixed.products)) == len(mixed.products) == len(mixed.teams)
    assert len(mixed.products) == min(k, len({*first, *second}))
    for product, team in zip(mixed.products, mixed.teams, strict=True):
        assert product in (first, second)[team]
    if first == second:
        assert mixed.products == first[:k]
        assert abs(mixed.teams.count(0) - mixed.teams.count(1)) <= 1


def test_neither_ranking_is_favoured() -> None:
    first, second = tuple("abcd"), tuple("dcba")
    tops = Counter(interleave(first, second, 4, random.Random(s)).products[0] for s in range(2_000))
    assert abs(tops["a"] - tops["d"]) < 180
    votes = [credit(m := interleave(first, second, 4, random.Random(s)), m.products[:1])
             for s in range(2_000)]  # fmt: skip
    assert abs(sum(votes)) < 180


def test_credit_goes_to_who_was_clicked() -> None:
    shown = Interleaved(("a", "b", "c", "d"), (0, 1, 0, 1))
    assert credit(shown, ["a"]) == 1
    assert credit(shown, ["d", "d", "b", "a"]) == -1
    assert credit(shown, ["a", "b"]) == credit(shown, ["elsewhere"]) == credit(shown, []) == 0


def test_without_a_budget_nothing_is_tried() -> None:
    shown = Explorer(ExplorationConfig()).show(HITS, 6, random.Random(0))
    assert shown.hits == tuple(HITS[:6])
    assert shown.propensities == (1.0,) * 6


def test_the_budget_and_the_first_places_are_kept() -> None:
    explorer = Explorer(ExplorationConfig(budget=0.1, first_rank=3))
    generator = random.Random(5)
    pages = [explorer.show(HITS, 6, generator) for _ in range(5_000)]
    explored = [page for page in pages if page.explored]
    assert 0.08 < len(explored) / len(pages) < 0.12
    for page in pages:
        changed = [i for i, hit in enumerate(page.hits) if hit.product_id != str(i)]
        assert len(changed) == page.explored
        assert all(place >= 2 for place in changed)
        assert len({hit.product_id for hit in page.hits}) == 6


def test_propensities_are_how_often_it_happens() -> None:
    known = {"6": (9.0, 20.0), "7": (1.0, 400.0)}
    explorer = Explorer(ExplorationConfig(0.5, first_rank=4, depth=9, temperature=0.5), known)
    generator, count = random.Random(6), 30_000
    told: dict[tuple[int, str], float] = {}
    seen: Counter[tuple[int, str]] = Counter()
    for _ in range(count):
        page = explorer.show(HITS, 6, generator)
        for place, (hit, propensity) in enumerate(zip(page.hits, page.propensities, strict=True)):
            seen[place, hit.product_id] += 1
            assert told.setdefault((place, hit.product_id), propensity) == propensity
    for key, propensity in told.items():
        assert seen[key] / count == pytest.approx(propensity, abs=0.015)
    for place in range(6):
        assert sum(p for (at, _), p in told.items() if at == place) == pytest.approx(1.0, abs=1e-3)
    assert told[4, "6"] > told[4, "8"] > told[4, "7"], "the promising and the unknown come first"


def test_settings_that_make_no_sense() -> None:
    for wrong in ({"budget": 1.5}, {"first_rank": 0}, {"temperature": 0.0}):
        with pytest.raises(ValueError):
            ExplorationConfig(**wrong)  # type: ignore[arg-type]
