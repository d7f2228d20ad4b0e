"""The graph, its plain file, RDF, and the rules with what they say."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.errors import InputError
from sayfind.types import Constraint, NBest, Query, Range
from sayfind.understanding import ConstraintUnderstander
from sayfind.understanding.knowledge import Fact, Graph, Knowledge, Relation, graph_of, read_facts
from sayfind.understanding.knowledge.rdf import facts_of_turtle, turtle

PRODUCTS = [
    Product("1", "Apple iPhone 15", "Apple", ("Electronics", "Phones"), price=800.0,
            translations={"brand": ("苹果",)}),
    Product("2", "Apple MacBook", "Apple", ("Electronics", "Laptops"), price=1200.0),
    Product("3", "Red Fuji apples", "FarmCo", ("Food", "Apples"), price=4.0,
            translations={"category": ("苹果",)}),
    Product("4", "Green apples", "FarmCo", ("Food", "Apples"), price=3.0),
    Product("5", "Spigen case for iPhone 15", "Spigen", ("Electronics", "Cases"), price=20.0),
    Product("6", "适用iPhone 15的手机壳", "Spigen", ("Electronics", "Cases"), price=9.0),
    Product("7", "Oat milk", "FarmCo", ("Food", "Oat milk"), price=3.0),
    Product("8", "Sandal", "Nike", ("Shoes", "Sandals"), price=30.0),
]  # fmt: skip
VOCABULARY = Vocabulary.from_products(PRODUCTS)
OWN = [
    Fact("category:Footwear", Relation.ALSO, "kicks"),
    Fact("category:Sandals", Relation.IS_A, "category:Footwear"),
    Fact("category:Almond milk", Relation.INSTEAD, "category:Oat milk"),
    Fact("brand:Nike", Relation.ALSO, "swoosh"),
    Fact("category:Cases", Relation.PART_OF, "category:Phones"),
    Fact("category:Cases", Relation.PART_OF, "thing:iPad"),
]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge(Graph([*graph_of(PRODUCTS, VOCABULARY), *OWN]), VOCABULARY)


def asked(text: str) -> Query:
    return ConstraintUnderstander(VOCABULARY).understand(NBest.from_text(text))


def test_a_catalogue_says_much_by_itself(knowledge: Knowledge) -> None:
    graph = knowledge.graph
    assert "苹果" in graph.objects("brand:Apple", Relation.ALSO)
    assert graph.objects("category:Phones", Relation.IS_A) == {"category:Electronics": 1.0}
    assert graph.objects("brand:FarmCo", Relation.SELLS)["category:Apples"] == 2.0
    assert graph.objects("category:Apples", Relation.COSTS) == {"3..4": 1.0}
    assert set(graph.subjects(Relation.FITS, "thing:iPhone 15")) == {"product:5", "product:6"}
    assert "category:Phones" in graph.below("category:Electronics")


def test_a_circle_ends() -> None:
    graph = Graph([Fact("category:a", Relation.IS_A, "category:b"),
                   Fact("category:b", Relation.IS_A, "category:a")])  # fmt: skip
    assert graph.below("category:a") == ("category:b",)


@pytest.mark.parametrize(
    ("price", "field"), [(Range(None, 5.0), "category"), (Range(700.0, None), "brand")]
)
def test_the_price_decides_what_apple_is(knowledge: Knowledge, price: Range, field: str) -> None:
    both = (Constraint("brand", "Apple", 0.5, text="苹果"),
            Constraint("category", "Apples", 0.5, text="苹果"))  # fmt: skip
    query, fired = knowledge.infer(Query("苹果", "苹果", (*both, Constraint("price", price))))
    assert [c.field for c in query.constraints] == [field, "price"]
    assert query.constraints[0].confidence == 1.0
    assert f"苹果 is the {field}" in fired[0] and "costs" in fired[0]


def test_the_category_decides_what_apple_is(knowledge: Knowledge) -> None:
    both = (Constraint("brand", "Apple", 0.5, text="apple"),
            Constraint("flavour", "Apple", 0.5, text="apple"))  # fmt: skip
    laptops = Constraint("category", "Laptops", 1.0, text="laptop")
    query, fired = knowledge.infer(Query("apple laptop", "apple laptop", (*both, laptops)))
    assert [c.field for c in query.constraints] == ["brand", "category"]
    assert fired == ("apple is the brand Apple: Apple sells Laptops.",)


def test_where_nothing_speaks_for_either_both_stay(knowledge: Knowledge) -> None:
    both = (Constraint("brand", "Apple", 0.5, text="苹果"),
            Constraint("category", "Apples", 0.5, text="苹果"))  # fmt: skip
    query, fired = knowledge.infer(Query("苹果", "苹果", both))
    assert (query.constraints, fired) == (both, ())


def test_a_case_for_a_telephone_is_no_telephone(knowledge: Knowledge) -> None:
    for text in ("case for iphone 15", "apple case for my iphone 15", "iphone 15的手机壳"):
        query, fired = knowledge.infer(asked(text))
        assert query.first("fits").value == "iPhone 15", text
        assert "What fits iPhone 15" in fired[0]
    assert knowledge.infer(asked("iphone 15"))[1] == ()


def test_an_owners_names_and_broader_categories(knowledge: Knowledge) -> None:
    query, fired = knowledge.infer(asked("swoosh"))
    assert query.first("brand").value == "Nike" and fired == ("swoosh is the brand Nike.",)
    query, fired = knowledge.infer(asked("kicks under 50"))
    assert query.first("category").value == "Sandals"
    assert query.first("price") is not None
    assert fired == ("kicks is the category Sandals.",)


@pytest.mark.parametrize(
    ("text", "whole"),
    [("phone accessories", "Phones"), ("apple phone parts under 50", "Phones"),
     ("accessories for my ipad", "iPad"), ("ipad配件", "iPad")],
)  # fmt: skip
def test_parts_of_a_thing_are_what_belongs_to_it(
    knowledge: Knowledge, text: str, whole: str
) -> None:
    before = asked(text)
    query, fired = knowledge.infer(before)
    assert [c.value for c in query.constraints if c.field == "category"] == ["Cases"]
    assert query.first("brand") == before.first("brand")
    assert query.first("price") == before.first("price")
    assert fired == (f"What belongs to {whole} is asked for: Cases.",)
    assert "phone" not in query.terms and "ipad" not in query.terms


def test_a_thing_without_parts_stays_itself(knowledge: Knowledge) -> None:
    for text in ("phone", "laptop parts", "accessories"):
        query = asked(text)
        assert knowledge.infer(query) == (query, ())


def test_what_serves_instead(knowledge: Knowledge) -> None:
    wish = Constraint("category", "Almond milk", text="almond milk")
    query, said = knowledge.instead(Query("almond milk", "almond milk", (wish,)))
    assert query.first("category").value == "Oat milk" and query.terms == "Oat milk"
    assert said == "There is no Almond milk like that; Oat milk may serve instead."
    assert knowledge.instead(asked("phones")) is None


def test_the_plain_file_and_turtle_say_the_same(knowledge: Knowledge, tmp_path: Path) -> None:
    plain, ttl = tmp_path / "k.tsv", tmp_path / "k.ttl"
    plain.write_text("# mine\n\n" + knowledge.graph.to_text(), encoding="utf-8")
    assert Graph(read_facts(plain)) == knowledge.graph
    pytest.importorskip("rdflib")
    ttl.write_text(turtle(knowledge.graph), encoding="utf-8")
    assert Graph(read_facts(ttl)) == knowledge.graph


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
some_facts = st.lists(
    st.builds(
        Fact,
        names.map("brand:{}".format),
        st.sampled_from([Relation.SELLS, Relation.INSTEAD]),
        names.map("category:{}".format),
        st.sampled_from([1.0, 2.0, 7.5]),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=30)
@given(some_facts)
def test_any_names_survive_turtle(tmp_path_factory: pytest.TempPathFactory, facts) -> None:
    pytest.importorskip("rdflib")
    path = tmp_path_factory.mktemp("rdf") / "k.ttl"
    path.write_text(turtle(Graph(facts)), encoding="utf-8")
    assert Graph(facts_of_turtle(path)) == Graph(facts)


@pytest.mark.parametrize(
    ("line", "said"),
    [("brand:Nike also swoosh", "tabs"), ("brand:Nike\tloves\tx", "relations are"),
     ("Nike\talso\tx", "brand:Nike"), ("brand:a\tsells\tcategory:b\tmany", "no number")],
)  # fmt: skip
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "k.tsv"
    path.write_text(f"# fine\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"line 2: .*{said}"):
        read_facts(path)
    with pytest.raises(InputError, match="Cannot read"):
        read_facts(tmp_path / "nowhere.tsv")
    bad = tmp_path / "bad.ttl"
    bad.write_text("<<<", encoding="utf-8")
    pytest.importorskip("rdflib")
    with pytest.raises(InputError, match="Turtle"):
        read_facts(bad)


def test_a_query_is_read_in_a_moment(knowledge: Knowledge) -> None:
    many = [Fact(f"product:{i}", Relation.FITS, f"thing:Widget {i}") for i in range(20_000)]
    large = Knowledge(Graph([*knowledge.graph, *many]), VOCABULARY)
    query = asked("red case for my widget 777 under 20 dollars please")
    large.infer(query)
    started = time.process_time()
    for _ in range(100):
        _, fired = large.infer(query)
    assert (time.process_time() - started) / 100 < 0.005
    assert "Widget 777" in fired[0]
