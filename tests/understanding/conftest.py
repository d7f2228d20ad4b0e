"""A small general shop, by hand, and a way to write down what was understood."""

from __future__ import annotations

import pytest

from sayfind.catalog.vocabulary import Entry, Vocabulary
from sayfind.types import Constraint, Query
from sayfind.understanding import ConstraintUnderstander

# field -> (products per value, values as "written|other form|...")
SHOP: dict[str, tuple[int, list[str]]] = {
    "brand": (
        40,
        [
            "Nike|耐克", "Adidas|阿迪达斯|阿迪", "Apple|苹果", "Orange", "Samsung|三星",
            "New Balance|新百伦", "Levi's|levis|李维斯", "Under Armour|安德玛", "Huawei|华为",
            "Xiaomi|小米", "The North Face|北面", "Uniqlo|优衣库", "Sony|索尼", "Max Factor",
            "Three Squirrels|三只松鼠", "Gap", "Red Bull|红牛",
        ],
    ),
    "category": (
        80,
        [
            "Running shoes|running shoe|跑鞋|跑步鞋", "Shoes|shoe|鞋|鞋子",
            "Headphones|headphone|耳机", "Laptops|laptop|笔记本电脑|笔记本", "Phones|phone|手机",
            "Phone cases|phone case|手机壳", "Jackets|jacket|夹克|外套", "Sofas|sofa|沙发",
            "Dresses|dress|连衣裙", "Coffee|咖啡", "Frying pans|frying pan|煎锅|平底锅",
            "T-shirts|t-shirt|t shirt|t恤", "Socks|sock|袜子",
            "Televisions|tv|television|电视|电视机", "Fruit|水果",
        ],
    ),
    "color": (
        300,
        [
            "Black|黑色|黑", "White|白色|白", "Red|红色|红", "Blue|蓝色|蓝", "Orange|橙色",
            "Brown|棕色", "Dark blue|深蓝色", "Green|绿色",
        ],
    ),
    "size": (
        60,
        ["S|small|小号", "M|medium|中号", "L|large|大号", "XL|extra large", "42", "43", "38"],
    ),
    "material": (
        50,
        [
            "Leather|皮|皮质|皮革|真皮", "Cotton|棉|纯棉", "Stainless steel|不锈钢", "Suede",
            "Wood|实木|木",
        ],
    ),
    "storage": (30, ["64GB", "128GB", "256GB", "1TB"]),
    "screen_size": (30, ["27 inch", '43.2 cm (17")', '15.6"', "55 inch"]),
    "volume": (10, ["500 ml", "1 L"]),
    "flavour": (10, ["Apple|苹果味", "Sugar free|无糖", "Orange|橙子味"]),
    "feature": (
        10,
        ["Wireless|无线", "Non-stick|不粘", "Waterproof|防水", "Noise cancelling|降噪"],
    ),
}  # fmt: skip


def _shop() -> Vocabulary:
    entries = []
    for field, (count, values) in SHOP.items():
        for written in values:
            value, *others = written.split("|")
            entries.append(Entry(field, value, (value.lower(), *others), count))
    return Vocabulary(tuple(entries))


@pytest.fixture(scope="session")
def shop() -> Vocabulary:
    return _shop()


@pytest.fixture(scope="session")
def understander(shop: Vocabulary) -> ConstraintUnderstander:
    return ConstraintUnderstander(shop)


def _described(constraint: Constraint) -> str:
    value = constraint.value
    if not isinstance(value, str):
        low = "" if value.low is None else f"{value.low:g}"
        high = "" if value.high is None else f"{value.high:g}"
        value = f"{low}..{high}{value.unit and ' '}{value.unit}"
    return f"{'-' if constraint.negated else ''}{constraint.field}={value}"


@pytest.fixture(scope="session")
def described():
    """Constraints as "color=Red; -brand=Nike; price=..50 USD"."""

    def describe(query: Query) -> str:
        return "; ".join(_described(constraint) for constraint in query.constraints)

    return describe
