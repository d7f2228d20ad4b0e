"""What every engine must do, whatever it is made of."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.retrieval.engine import Condition, Engine, EngineQuery, Family, Found
from sayfind.testing.checks import together
from sayfind.types import Range

__all__ = ["PRODUCTS", "EngineSuite", "SeedEncoder"]

PRODUCTS = (
    Product("1", "Nike Pegasus running shoes", "Nike", ("Shoes",), price=119.0, popularity=3.0,
            attributes={"colour": ("red", "white")}),
    Product("2", "Nike Revolution running shoes", "Nike", ("Shoes",), price=59.0,
            attributes={"colour": ("black",)}),
    Product("3", "Adidas Samba 跑鞋", "Adidas", ("Shoes",), price=100.0,
            attributes={"colour": ("black",), "sole": ("gum = rubber",)}),
    Product("4", "shoe bag for running shoes", "Targus", ("Bags",), price=30.0),
    Product("5", "red mug", category=("Kitchen",)),
)  # fmt: skip
"""The small shop that a suite's engine is made over."""


class SeedEncoder:
    """An ``Encoder`` that knows nothing: a vector drawn for each text, the same each time."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector of unit length for each text, ``(num_texts, 8)``."""
        drawn = [np.random.default_rng(list(text.encode())).normal(size=8) for text in texts]
        vectors = np.array(drawn, dtype=np.float32).reshape(-1, 8)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class EngineSuite(ABC):
    """Tests of ``Engine``, made anew for each over ``PRODUCTS`` with a ``SeedEncoder``."""

    @abstractmethod
    def engine(self) -> Engine:
        """The engine under test, holding ``PRODUCTS``."""

    @abstractmethod
    def opened(self, snapshot: Path) -> Engine:
        """The engine that a snapshot is opened as."""

    def test_it_is_an_engine(self) -> None:
        engine = self.engine()
        assert isinstance(engine, Engine)
        engine.close()

    def test_scores_are_sums_of_weights(self) -> None:
        engine = self.engine()
        one, two, both, twice = engine.search(
            [
                EngineQuery({"nike": 1.0}),
                EngineQuery({"pegasus": 1.0}),
                EngineQuery({"nike": 1.0, "pegasus": 1.0}),
                EngineQuery({"nike": 2.0}),
            ]
        )
        assert _ids(one) == {"1", "2"}
        assert _ids(two) == {"1"}
        single, other = _scores(one), _scores(two)
        assert math.isclose(_scores(both)["1"], single["1"] + other["1"], abs_tol=1e-4)
        assert math.isclose(_scores(twice)["2"], 2 * single["2"], abs_tol=1e-4)
        assert all(0.0 < score <= 1.0 for score in single.values())
        engine.close()

    def test_families_say_where_a_term_stands(self) -> None:
        engine = self.engine()
        present, named, goes_with, sound = engine.search(
            [
                EngineQuery({"shoe": 0.5}, Family.PRESENT),
                EngineQuery({"black": 1.0}, Family.NAMED),
                EngineQuery({"shoe": 1.0}, Family.GOES_WITH),
                EngineQuery(sounds={"zzzz": 1.0}),
            ]
        )
        assert _scores(present) == {"1": 0.5, "2": 0.5, "3": 0.5, "4": 0.5}
        assert not named, "a colour is an attribute, not a name"
        assert not sound, "nothing sounds like that"
        assert _ids(goes_with) <= {"4"}
        engine.close()

    def test_conditions_filter(self) -> None:
        engine = self.engine()
        black, white = Condition("Colour", ("black",)), Condition("colour", ("white",))
        asked = {
            ((black,),): {"2", "3"},
            ((black, white),): {"1", "2", "3"},
            ((black,), (Condition("brand", ("nike",)),)): {"2"},
            ((Condition("colour", ("black",), negated=True),),): {"1", "4", "5"},
            ((Condition("colour", ("red",), ("red",)),),): {"1", "5"},
            ((Condition("price", within=Range(50.0, 100.0)),),): {"2", "3"},
            ((Condition("price", within=Range(None, 30.0)),),): {"4"},
            ((Condition("price", within=Range(1.0, None), negated=True),),): {"5"},
            ((Condition("sole", ("gum = rubber",)),),): {"3"},
            ((Condition("nothing", ("x",)),),): set(),
        }
        for must, ids in asked.items():
            (found,) = engine.search([EngineQuery(must=must)])
            assert _ids(found) == ids, f"{must} admits {sorted(ids)}"
            assert engine.count(must) == len(ids)
            assert all(each.score == 1.0 for each in found)
        engine.close()

    def test_only_the_asked_ids(self) -> None:
        engine = self.engine()
        among = frozenset({"2", "4", "never seen"})
        (found,) = engine.search([EngineQuery({"shoe": 1.0}, among=among)])
        assert _ids(found) == {"2", "4"}
        (none,) = engine.search([EngineQuery({"shoe": 1.0}, among=frozenset())])
        assert not none
        engine.close()

    def test_boosts_multiply_exactly(self) -> None:
        engine = self.engine()
        boosts = (
            (Condition("colour", ("black",)), 0.5),
            (Condition("brand", ("adidas",), negated=True), 1.0),
        )
        plain, boosted = engine.search(
            [EngineQuery({"shoe": 1.0}), EngineQuery({"shoe": 1.0}, boosts=boosts)]
        )
        factors = {"1": 2.0, "2": 3.0, "3": 1.5, "4": 2.0}
        for name, score in _scores(plain).items():
            assert math.isclose(_scores(boosted)[name], score * factors[name], rel_tol=1e-4)
        engine.close()

    def test_vectors_give_cosines(self) -> None:
        engine = self.engine()
        vector = SeedEncoder().encode(["red mug"])[0]
        (found,) = engine.search([EngineQuery(dense=vector, k=1)])
        assert found[0].id == "5"
        assert math.isclose(found[0].score, 1.0, abs_tol=1e-3)
        engine.close()

    def test_fewer_are_the_first_of_more(self) -> None:
        engine = self.engine()
        many, *few = engine.search([EngineQuery({"shoe": 1.0}, k=k) for k in (9, 1, 2, 3)])
        for k, found in enumerate(few, start=1):
            assert [each.id for each in found] == [each.id for each in many[:k]]
        scores = [each.score for each in many]
        assert scores == sorted(scores, reverse=True)
        engine.close()

    def test_numbers_come_with_what_is_found(self) -> None:
        engine = self.engine()
        (found,) = engine.search([EngineQuery({"pegasu": 1.0, "pegasus": 1.0})])
        assert found[0].numbers["price"] == 119.0
        assert found[0].numbers["popularity"] == 3.0
        (mug,) = engine.search([EngineQuery({"mug": 1.0})])
        assert "price" not in mug[0].numbers
        engine.close()

    def test_facets_count_what_is_admitted(self) -> None:
        engine = self.engine()
        facets = engine.facets(["brand", "colour"])
        assert facets["brand"] == {"Nike": 2, "Adidas": 1, "Targus": 1}
        assert facets["colour"] == {"black": 2, "red": 1, "white": 1}
        some = engine.facets(["brand"], ((Condition("colour", ("black",)),),), {"2", "5"})
        assert some == {"brand": {"Nike": 1}}
        engine.close()

    def test_what_is_put_in_is_found_at_once(self) -> None:
        engine = self.engine()
        engine.upsert([Product("6", "Kodak camera", price=5.0), Product("1", "Nike umbrella")])
        new, old, nike = engine.search(
            [EngineQuery({"kodak": 1.0}), EngineQuery({"pegasus": 1.0}), EngineQuery({"nike": 1.0})]
        )
        assert (_ids(new), _ids(old), _ids(nike)) == ({"6"}, set(), {"1", "2"})
        assert engine.count() == 6
        engine.upsert([Product("6", "Kodak camera", price=7.0)])
        (again,) = engine.search([EngineQuery({"kodak": 1.0})])
        assert again[0].numbers["price"] == 7.0
        assert engine.count() == 6
        engine.close()

    def test_what_is_taken_out_is_gone_at_once(self) -> None:
        engine = self.engine()
        engine.delete(["1", "never seen"])
        engine.delete([])
        (found,) = engine.search([EngineQuery({"nike": 1.0})])
        assert (_ids(found), engine.count()) == ({"2"}, 4)
        engine.close()

    def test_a_snapshot_opens_as_the_same(self) -> None:
        engine = self.engine()
        queries = [EngineQuery({"shoe": 1.0}), EngineQuery(must=((Condition("sole", ("x",)),),))]
        with TemporaryDirectory() as folder:
            engine.snapshot(Path(folder) / "kept")
            expected = engine.search(queries)
            engine.delete(["1"])
            again = self.opened(Path(folder) / "kept")
            assert again.search(queries) == expected
            assert again.count() == len(PRODUCTS)
            again.close()
        engine.close()

    def test_threads_may_share_it(self) -> None:
        engine = self.engine()
        query = EngineQuery({"shoe": 1.0})
        answers = together(lambda: engine.search([query]))
        assert all(answer == answers[0] for answer in answers)
        engine.close()


def _ids(found: Sequence[Found]) -> set[str]:
    return {each.id for each in found}


def _scores(found: Sequence[Found]) -> dict[str, float]:
    return {each.id: each.score for each in found}
