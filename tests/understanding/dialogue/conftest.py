"""A small shop that is really searched, and a talk with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.types import Constraint, Context, DialogueState, NBest, Screen
from sayfind.understanding import ConstraintUnderstander
from sayfind.understanding.dialogue import Dialogue, Turn

# brand, its Chinese name, category path, Chinese category, title, colours, sizes, material, price
ROWS = """
Nike|耐克|Shoes/Running shoes|跑鞋|Pegasus|Red,Blue,Black|41,42,43|Mesh|120
Nike|耐克|Shoes/Running shoes|跑鞋|Vomero|Blue,White|42,43|Mesh|150
Adidas|阿迪达斯|Shoes/Running shoes|跑鞋|Boost|Black,White|41,42,43|Mesh|90
Adidas|阿迪达斯|Shoes/Running shoes|跑鞋|Adizero|Red,Black|42,43|Mesh|110
Asics|亚瑟士|Shoes/Running shoes|跑鞋|Kayano|Blue,Black|41,42|Mesh|160
Nike|耐克|Clothing/Socks|袜子|Crew|White,Black,Red|S,M,L|Cotton|12
Adidas|阿迪达斯|Clothing/Socks|袜子|Ankle|White,Blue|S,M,L|Cotton|9
Uniqlo|优衣库|Clothing/Jackets|外套|Parka|Black,Blue|S,M,L,XL|Cotton|60
Nike|耐克|Clothing/Jackets|外套|Windrunner|Red,Black|M,L,XL|Nylon|95
Levi's|李维斯|Clothing/Jackets|外套|Trucker|Brown,Black|S,M,L|Leather|180
Sony|索尼|Electronics/Headphones|耳机|WH-1000|Black,White|||350
Sony|索尼|Electronics/Headphones|耳机|WF-C700|Black,Blue|||100
Apple|苹果|Electronics/Headphones|耳机|AirPods Max|White,Blue|||500
Samsung|三星|Electronics/Headphones|耳机|Buds|White,Black|||140
Apple|苹果|Electronics/Phones|手机|iPhone 15|Black,Blue,Red|||800
Samsung|三星|Electronics/Phones|手机|Galaxy S24|Black,White|||750
Xiaomi|小米|Electronics/Phones|手机|Redmi 13|Blue,Black|||180
IKEA|宜家|Home/Sofas|沙发|Kivik|Brown,Blue||Leather|900
IKEA|宜家|Home/Sofas|沙发|Ektorp|White,Red||Cotton|500
""".strip().splitlines()
CHINESE = {"Red": "红色", "Blue": "蓝色", "Black": "黑色", "White": "白色", "Brown": "棕色"}


def _product(number: int, row: str) -> Product:
    brand, brand_zh, path, category_zh, name, colours, sizes, material, price = row.split("|")
    category = tuple(path.split("/"))
    columns = {"color": colours, "size": sizes, "material": material}
    columns["size" if sizes[:1].isdigit() else "clothing_size"] = columns.pop("size")
    attributes = {key: tuple(cell.split(",")) for key, cell in columns.items() if cell}
    return Product(
        id=f"p{number}",
        title=f"{brand} {name} {category[-1]}",
        brand=brand,
        category=category,
        price=float(price),
        currency="USD",
        attributes=attributes,
        translations={
            "title": (f"{brand_zh} {name} {category_zh}",),
            "brand": (brand_zh,),
            "category": (category_zh,),
            "color": tuple(CHINESE[colour] for colour in attributes["color"]),
        },
    )


@dataclass
class Talk:
    """A conversation with the shop; ``say`` goes on with it."""

    shop: Shop
    state: DialogueState | None = None
    turns: list[Turn] = field(default_factory=list)
    prices: tuple[float, ...] = ()

    def say(self, text: str, **more: object) -> Turn:
        screen = more.pop("screen", Screen())
        context = Context(state=self.state, screen=screen, **more)
        n_best = NBest.from_text(text)
        query = self.shop.understander.understand(n_best)
        turn = self.shop.dialogue.turn(n_best, query, context)
        result = self.shop.index.search(turn.query, 20)
        shown = tuple(hit.product_id for hit in result.hits)
        self.state = replace(turn.state, now=replace(turn.state.now, shown=shown))
        self.prices = tuple(self.shop.products[i].price or 0.0 for i in shown)
        self.turns.append(turn)
        return turn

    def wish(self, name: str) -> Constraint | None:
        return next((c for c in self.state.now.constraints if c.field == name), None)


class Shop:
    def __init__(self) -> None:
        products = [_product(i, row) for i, row in enumerate(ROWS, 1)]
        self.products = {p.id: p for p in products}
        vocabulary = Vocabulary.from_products(products)
        self.index = LexicalIndex.build(products, vocabulary)
        self.understander = ConstraintUnderstander(vocabulary)
        self.dialogue = Dialogue(self.understander, vocabulary, self.products.get)

    def talk(self) -> Talk:
        return Talk(self)


@pytest.fixture(scope="session")
def small_shop() -> Shop:
    return Shop()


@pytest.fixture
def talk(small_shop: Shop) -> Talk:
    return small_shop.talk()
