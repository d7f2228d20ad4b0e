"""What is built of a catalogue, with more put into it afterwards."""

from __future__ import annotations

import pytest

from sayfind.catalog.phonetic_index import PhoneticIndex
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.correction.targets import Targets
from sayfind.text.phonetics import phones

FIRST = ["nike shoes", "sony headphones", "red mug", "耐克", "adidas"]
MORE = ["kodak camera", "索尼", "pegasus"]


def test_a_phonetic_index_finds_old_and_new() -> None:
    whole = PhoneticIndex.build([*FIRST, *MORE])
    extended = PhoneticIndex.build(FIRST).extended(MORE)
    assert extended.phrases == whole.phrases
    for asked in (*FIRST, *MORE, "codac camra", "nikey"):
        assert extended.nearest(phones(asked), 3) == whole.nearest(phones(asked), 3)
    sound = phones("i want a kodak camera please")
    assert extended.windows(sound, 2)[0].phrase == whole.windows(sound, 2)[0].phrase


def test_an_index_extended_twice_and_by_nothing(tmp_path) -> None:
    index = PhoneticIndex.build([]).extended(FIRST).extended([]).extended(MORE)
    index.save(tmp_path)
    again = PhoneticIndex.open(tmp_path)
    assert [again.nearest(phones(p), 1)[0][0] for p in (*FIRST, *MORE)] == list(range(8))


def test_targets_know_what_came_later() -> None:
    before = Targets.build(FIRST, ["blue"], [3.0] * len(FIRST))
    after = before.extended([*MORE, "adidas"], ["Ektar"])
    whole = Targets.build([*FIRST, *MORE], ["blue", "Ektar"])
    assert after.known_words == whole.known_words
    assert after.knows("ektar")
    assert after.knows("cameras"), "in the plural too"
    assert not before.knows("ektar")
    assert len(after.texts) == len(before.texts) + len(MORE), "what is there stays once"
    near = after.near_sound(phones("codac camra"), "codaccamra", 1)
    assert after.texts[near[0].target] == "kodak camera"
    assert [n.target for n in after.homophones(phones("索泥"), "索泥")]


@pytest.mark.parametrize("brand", ["Kodak", "NIKE"])
def test_a_vocabulary_takes_new_values_of_its_fields(brand: str) -> None:
    shop = Vocabulary.from_products([Product("1", "shoes", "Nike", attributes={"c": ("red",)})])
    more = shop.extended([Product("2", "film", brand, ("Films",), attributes={"new": ("x",)})])
    brands = [entry.value for entry in more.entries_of("brand")]
    assert brands == (["Nike"] if brand == "NIKE" else ["Nike", "Kodak"])
    assert [entry.value for entry in more.entries_of("category")] == ["Films"]
    assert "new" not in more.fields, "a new column waits for a build"
    assert shop.extended([Product("3", "shoes", "Nike")]) is shop
