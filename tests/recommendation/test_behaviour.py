from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sayfind.errors import InputError, MissingExtraError, ModelError
from sayfind.recommendation.behaviour import (
    Behaviour,
    BehaviourConfig,
    Factors,
    Taste,
    learn_behaviour,
    tastes,
)
from sayfind.recommendation.factorise import FactorConfig, factorise, fold_in
from sayfind.types import Action, FeedbackEvent

DAY = 86_400.0
CONFIG = BehaviourConfig()


def taste(*products: str, bought: str = "", weight: float = 1.0) -> Taste:
    return Taste(dict.fromkeys(products, 1.0), frozenset(bought), weight)


def clicks(session: str, *products: str, day: float = 0.0) -> list[FeedbackEvent]:
    return [
        FeedbackEvent("t", Action.CLICKED, p, 1, session=session, time=day * DAY + i)
        for i, p in enumerate(products)
    ]


def test_a_session_becomes_a_taste() -> None:
    events = [*clicks("ann", "a", "b", "a"),
              FeedbackEvent("t", Action.BOUGHT, "b", session="ann", time=9.0)]  # fmt: skip
    (found,) = tastes({"ann": events, "looker": []}, 9.0, CONFIG)
    assert list(found.products.items()) == [("a", 1.0), ("b", 5.0)]
    assert found.bought == {"b"}
    assert found.weight == 1.0


def test_older_sessions_count_less() -> None:
    (old, new) = tastes(
        {"old": clicks("old", "a"), "new": clicks("new", "a", day=30.0)}, 30.0 * DAY, CONFIG
    )
    assert old.weight == pytest.approx(0.5, abs=0.01)
    assert new.weight == 1.0
    trend = [taste("a", "old", weight=0.1)] * 9 + [taste("a", "new")] * 5
    assert learn_behaviour(trend, {}).viewed["a"][0][0] == "new"


def test_what_lies_together_is_near_and_one_session_is_one_vote() -> None:
    found = [taste("a", "b", bought="ab")] * 5 + [taste("a", "c")] * 2 + [taste("c")] * 20
    known = learn_behaviour(found, {})
    assert [name for name, _ in known.viewed["a"]] == ["b", "c"]
    assert known.bought == {"a": known.bought["a"], "b": known.bought["b"]}
    assert all(0.0 < score <= 1.0 for row in known.viewed.values() for _, score in row)
    score = dict(known.viewed["a"])["b"]
    assert score == pytest.approx(5 / ((7 + 3) * (5 + 3)) ** 0.5)


def test_what_is_looked_at_next_has_a_direction() -> None:
    known = learn_behaviour([taste("phone", "case")] * 4, {})
    assert [name for name, _ in known.following["phone"]] == ["case"]
    assert "case" not in known.following


def test_only_the_nearest_are_kept() -> None:
    found = [taste("a", str(i)) for i in range(50)]
    known = learn_behaviour(found, {}, config=BehaviourConfig(neighbours=7))
    assert len(known.viewed["a"]) == 7


def test_it_survives_the_disk(tmp_path: Path) -> None:
    factors = Factors(("a", "商品"), np.ones((2, 3), dtype=np.float32))
    known = learn_behaviour([taste("a", "商品")], {"a": 2.0}, {"红色": {"a": 0.5}}, factors)
    known.save(tmp_path)
    again = Behaviour.open(tmp_path)
    assert (again.wanted, again.viewed, again.answers) == (
        known.wanted,
        known.viewed,
        known.answers,
    )
    assert again.factors is not None and again.factors.products == factors.products
    assert np.array_equal(again.factors.vectors, factors.vectors)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"version": 7}', '{"version": 1}'])
def test_damage_is_an_error(tmp_path: Path, body: str) -> None:
    (tmp_path / "behaviour.json").write_text(body)
    with pytest.raises(ModelError, match="sayfind learn"):
        Behaviour.open(tmp_path)


def test_damaged_factors_are_an_error(tmp_path: Path) -> None:
    Behaviour().save(tmp_path)
    (tmp_path / "factors.npz").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(ModelError):
        Behaviour.open(tmp_path)


def camps(count: int) -> list[Taste]:
    """Two kinds of people, who like either of two kinds of products."""
    generator = np.random.default_rng(0)
    found = []
    for i in range(count):
        kind = "xy"[i % 2]
        chosen = generator.choice(8, 4, replace=False)
        found.append(taste(*(f"{kind}{number}" for number in chosen)))
    return found


def test_tastes_are_told_apart_by_the_kept_library() -> None:
    pytest.importorskip("implicit", reason="implicit is not installed (extra: recommend)")
    config = FactorConfig(factors=2)
    factors = factorise(camps(300), config)
    scores = dict(zip(factors.products, fold_in(factors, [("x0", 1.0), ("x1", 1.0)]), strict=True))
    mine = [scores[name] for name in factors.products if name[0] == "x"]
    other = [scores[name] for name in factors.products if name[0] == "y"]
    assert min(mine) > max(other)
    again = factorise(camps(300), config)
    assert np.allclose(again.vectors, factors.vectors, atol=1e-5), "the seed decides"


def test_folding_in_is_the_librarys_own_step() -> None:
    als = pytest.importorskip("implicit.als", reason="implicit is not installed")
    sparse = pytest.importorskip("scipy.sparse")
    config = FactorConfig(factors=4)
    factors = factorise(camps(200), config)
    limits = pytest.importorskip("threadpoolctl").threadpool_limits
    with limits(1, "blas"):
        model = als.AlternatingLeastSquares(factors=4, regularization=config.penalty, alpha=1.0)
    model.item_factors = factors.vectors
    row = np.zeros(len(factors.products), dtype=np.float32)
    row[[0, 3]] = 1.0 + config.confidence
    with limits(1, "blas"):
        person = model.recalculate_user(0, sparse.csr_matrix(row[None]))
    liked = [(factors.products[i], 1.0) for i in (0, 3)]
    ours = fold_in(factors, liked, config)
    theirs = factors.vectors @ np.asarray(person).ravel()
    assert ours == pytest.approx(theirs, abs=1e-3)


def test_strangers_have_no_taste() -> None:
    factors = Factors(("a",), np.ones((1, 2), dtype=np.float32))
    assert not fold_in(factors, [("never sold", 1.0)]).any()


def test_nothing_to_factorise(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("implicit", reason="implicit is not installed (extra: recommend)")
    with pytest.raises(InputError, match="no tastes"):
        factorise([])
    monkeypatch.setitem(__import__("sys").modules, "implicit.als", None)
    with pytest.raises(MissingExtraError, match=r"sayfind\[recommend\]"):
        factorise(camps(2))


def test_settings_that_make_no_sense() -> None:
    for wrong in ({"half_life": 0.0}, {"shrink": -1.0}, {"neighbours": 0}):
        with pytest.raises(ValueError):
            BehaviourConfig(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        FactorConfig(penalty=0.0)
