from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sayfind.catalog.load import FeedFormat, LoadOptions, LoadReport, load_products
from sayfind.catalog.product import Product
from sayfind.errors import FeedError

Write = Callable[..., Path]

CSV = "id,title,brand,price,colour\n1,Red shoe,Nike,19.99,red|blue\n2,Hat,,5,\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_file


def one(path: Path, **options: object) -> Product:
    report = load_products(path, LoadOptions(**options))  # type: ignore[arg-type]
    assert not report.rejected, report.rejected
    assert len(report.products) == 1
    return report.products[0]


def rows(products: list[Product]) -> list[tuple[str, str, str, float | None]]:
    return [(p.id, p.title, p.brand, p.price) for p in products]


EXPECTED = [("1", "Red shoe", "Nike", 19.99), ("2", "Hat", "", 5.0)]
OBJECTS = [
    {"id": 1, "title": "Red shoe", "brand": "Nike", "price": 19.99, "colour": ["red", "blue"]},
    {"id": 2, "title": "Hat", "brand": None, "price": 5},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.csv.gz", CSV),
        ("a.csv", "\ufeff" + CSV),
        ("a.csv", CSV.replace("\n", "\r\n")),
        ("a.csv", CSV.replace("\n", "\r")),
        ("a.csv", CSV.replace(",", ";")),
        ("a.csv", CSV.replace("|", "; ").replace(",", "\t")),
        ("a.tsv", CSV.replace(",", "\t")),
        ("a.tsv.gz", CSV.replace(",", "\t")),
        ("a.txt", CSV.replace(",", "\t")),
        ("feed", CSV),
        ("a.csv", CSV.encode("utf-16")),
        ("a.jsonl", "\n\n".join(map(json.dumps, OBJECTS))),
        ("a.jsonl.gz", "\n".join(map(json.dumps, OBJECTS)) + "\n"),
        ("a.json", json.dumps(OBJECTS)),
        ("a.json", json.dumps(OBJECTS, indent=4)),
        ("a.json.gz", json.dumps(OBJECTS)),
        ("a.json", "\n".join(map(json.dumps, OBJECTS))),
        ("a.json", json.dumps({"products": OBJECTS}, indent=2)),
        ("feed", json.dumps(OBJECTS)),
        ("feed.gz", "\n".join(map(json.dumps, OBJECTS))),
    ],
)
def test_formats(write: Write, name: str, content: str | bytes) -> None:
    report = load_products(write(name, content))
    assert rows(report.products) == EXPECTED
    assert report.products[0].attributes == {"colour": ("red", "blue")}
    assert (report.num_rows, report.rejected) == (2, [])
    assert report.columns["title"] == "title"


def test_a_format_can_be_forced(write: Write) -> None:
    path = write("feed.dat", CSV.replace(",", "\t"))
    assert rows(load_products(path, LoadOptions(format=FeedFormat.TSV)).products) == EXPECTED


def test_a_path_may_be_text(write: Write) -> None:
    assert load_products(str(write("a.csv", CSV))).num_rows == 2


@pytest.mark.parametrize("encoding", ["gb18030", "latin-1", "utf-16-le"])
def test_other_encodings(write: Write, encoding: str) -> None:
    title = "耐克跑鞋" if encoding != "latin-1" else "Café Größe"
    path = write("a.csv", f"id,title\n1,{title}\n".encode(encoding))
    assert one(path, encoding=encoding).title == title


def test_quotes_line_breaks_and_inches(write: Write) -> None:
    text = 'id,title,description\n1,"A 17"" screen, black","two\nlines"\n2,17" screen,x\n'
    first, second = load_products(write("a.csv", text)).products
    assert first.title == 'A 17" screen, black'
    assert first.description == "two lines"
    assert second.title == '17" screen'


def test_line_numbers_count_lines_not_rows(write: Write) -> None:
    text = 'id,title,description\n1,One,"two\nlines"\n\n2,,x\n3,Three,x\n'
    report = load_products(write("a.csv", text))
    assert [(r.line, r.reason) for r in report.rejected] == [(5, "no title")]
    assert report.num_rows == 3


def test_translations(write: Write) -> None:
    product = one(
        write(
            "a.csv",
            "id,title,title_zh,brand,brand_zh,category,category_zh,color,color_zh\n"
            "1,Running shoe,跑鞋,Nike,耐克,Shoes > Running,鞋 > 跑步,Red|Black,红色|黑色\n",
        )
    )
    assert product.translations == {
        "title": ("跑鞋",),
        "brand": ("耐克",),
        "category": ("跑步",),
        "color": ("红色", "黑色"),
    }
    assert product.category == ("Shoes", "Running")
    assert product.titles == ("Running shoe", "跑鞋")


def test_only_translated_titles(write: Write) -> None:
    product = one(write("a.csv", "id,title_zh,title_en\n1,跑鞋,Running shoe\n"))
    assert product.titles == ("Running shoe", "跑鞋")


def test_a_translation_equal_to_the_original_is_none(write: Write) -> None:
    assert one(write("a.csv", "id,title,title_en\n1,Shoe,Shoe\n")).translations == {}


def test_nested_json(write: Write) -> None:
    value = {
        "id": 7,
        "title": "Phone",
        "brand": {"name": "Acme"},
        "price": {"amount": "12.50", "currency": "EUR"},
        "attributes": {"color": ["black", "white"], "size": {"eu": 42}},
        "specs": [{"name": "Weight", "value": "200 g"}, {"name": "Weight", "value": "0.2 kg"}],
        "attr_b_touchscreen": True,
        "attr_b_stylus": False,
        "attr_n_diagonal": 6.0,
        "attr_n_weight": 0.125,
        "nothing": None,
    }
    product = one(write("a.jsonl", json.dumps(value)), columns={"brand": "brand.name"})
    assert (product.id, product.brand, product.price, product.currency) == (
        "7",
        "Acme",
        12.5,
        "EUR",
    )
    assert product.attributes == {
        "color": ("black", "white"),
        "size.eu": ("42",),
        "Weight": ("200 g", "0.2 kg"),
        "touchscreen": ("yes",),
        "diagonal": ("6",),
        "weight": ("0.125",),
    }


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("red", ("red",)),
        ("red|blue|red", ("red", "blue")),
        ("red; blue", ("red", "blue")),
        ("red;blue", ("red;blue",)),
        ("TRUE", ("yes",)),
        ("false", None),
        ("N/A", None),
        ("007", ("007",)),
        ("1.50", ("1.50",)),
    ],
)
def test_attribute_cells(write: Write, cell: str, values: tuple[str, ...] | None) -> None:
    product = one(write("a.csv", f"id,title,it\n1,A,{cell}\n"))
    assert product.attributes.get("it") == values


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("Shoes", ("Shoes",)),
        ("Shoes > Running shoes", ("Shoes", "Running shoes")),
        ("Apparel & Accessories > Clothing, Tops", ("Apparel & Accessories", "Clothing, Tops")),
        ("/home/garden", ("home", "garden")),
        ("TV/Video", ("TV/Video",)),
        ("Home / Garden", ("Home", "Garden")),
        ("鞋>跑鞋", ("鞋", "跑鞋")),
        ("", ()),
    ],
)
def test_category_paths(write: Write, cell: str, path: tuple[str, ...]) -> None:
    assert one(write("a.csv", f'id,title,category\n1,A,"{cell}"\n')).category == path


def test_category_columns_by_level(write: Write) -> None:
    product = one(write("a.csv", "id,title,Subcategory,Category\n1,A,Boots,Shoes\n"))
    assert product.category == ("Shoes", "Boots")
    product = one(write("b.csv", "id,title,category_2,category_1\n1,A,Boots,Shoes\n"))
    assert product.category == ("Shoes", "Boots")
    lists = json.dumps({"id": 1, "title": "A", "categories": ["Phones", "Prepaid"]})
    assert one(write("c.jsonl", lists)).category == ("Phones", "Prepaid")


def test_the_sale_price_wins_and_the_other_is_kept(write: Write) -> None:
    path = write("a.csv", "id,title,price,sale_price\n1,A,20,15\n2,B,20,\n")
    first, second = load_products(path).products
    assert (first.price, first.attributes["regular_price"]) == (15.0, ("20",))
    assert (second.price, dict(second.attributes)) == (20.0, {})


def test_the_brand_wins_over_the_manufacturer(write: Write) -> None:
    product = one(write("a.csv", 'id,title,Manufacturer,Brand\n1,A,"Contoso, Ltd",Contoso\n'))
    assert product.brand == "Contoso"
    assert product.attributes == {"Manufacturer": ("Contoso, Ltd",)}


def test_currency_by_column_text_and_option(write: Write) -> None:
    path = write("a.csv", "id,title,price,currency\n1,A,5,eur\n2,B,£5,eur\n3,C,5,\n")
    report = load_products(path, LoadOptions(currency="CNY"))
    assert [p.currency for p in report.products] == ["EUR", "GBP", "CNY"]


def test_popularity_and_rank(write: Write) -> None:
    path = write("a.csv", 'id,title,sales,rank\n1,A,"1,200",\n2,B,,4\n3,C,,\n')
    assert [p.popularity for p in load_products(path).products] == [1200.0, 0.25, 0.0]


def test_html_leaves_the_description(write: Write) -> None:
    assert one(
        write("a.csv", "id,title,body\n1,A,<p>Warm <b>coat</b></p>\n")
    ).description.split() == [
        "Warm",
        "coat",
    ]


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("<b>Red</b> shoes", "Red shoes"),
        ("R&amp;D &#39;22 caf&eacute; &#x5c0f;", "R&D '22 café 小"),
        ("Salt&nbsp;&amp;&nbsp;vinegar", "Salt & vinegar"),
        ("black&notebook H&M AT&T &unknown;", "black&notebook H&M AT&T &unknown;"),
        ("size < 5 and > 3", "size < 5 and > 3"),
        ("I <3 coffee", "I <3 coffee"),
    ],
)
def test_html_leaves_the_title(write: Write, title: str, plain: str) -> None:
    assert one(write("a.csv", f"id,title\n1,{title}\n")).title == plain


def test_a_title_of_nothing_but_tags_is_none(write: Write) -> None:
    with pytest.raises(FeedError, match="no title"):
        load_products(write("a.csv", "id,title\n1,<br/><p></p>\n"))


def test_row_numbers_as_ids(write: Write) -> None:
    path = write("a.csv", "title\nA\n\nB\n")
    report = load_products(path, LoadOptions(row_numbers_as_ids=True))
    assert [p.id for p in report.products] == ["1", "2"]


def test_columns_seen_late_still_count(write: Write) -> None:
    lines = [{"id": n, "name": f"Thing {n}"} for n in range(500)]
    lines[450]["colour"] = "red"
    report = load_products(write("a.jsonl", "\n".join(map(json.dumps, lines))))
    assert report.products[450].attributes == {"colour": ("red",)}


def test_a_first_row_without_a_title_does_not_choose_the_columns(write: Write) -> None:
    lines = [{"id": 0, "name": "n0"}, *({"id": n, "name": "n", "title": "T"} for n in (1, 2))]
    report = load_products(write("a.jsonl", "\n".join(map(json.dumps, lines))))
    assert [p.title for p in report.products] == ["T", "T"]
    assert [r.line for r in report.rejected] == [1]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_progress(write: Write, name: str) -> None:
    content = "id,title\n" + "".join(f"{n},Product number {n}\n" for n in range(20_000))
    calls: list[tuple[int, int | None]] = []
    load_products(write(name, content), on_progress=lambda done, total: calls.append((done, total)))
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[-1] == (20_000, 20_000)
    middle = calls[len(calls) // 2][1]
    assert middle is not None
    assert 10_000 < middle < 40_000


def test_array_pieces_of_any_size(write: Write) -> None:
    objects = [{"id": n, "title": "x" * (n % 977), "name": "y"} for n in range(1, 3000)]
    report = load_products(write("a.json", json.dumps(objects, indent=1)))
    assert report.num_rows == 2999
    assert [r.line for r in report.rejected] == [5 * (n - 1) + 2 for n in (977, 1954, 2931)]


SHARED = Path(__file__).parents[3] / "shared" / "data" / "catalog"
FEEDS = {
    "icecat/products.jsonl.gz": 19_406,
    "bestbuy/ecommerce.json.gz": 3_291,
    "contoso/Products.csv.gz": 2_517,
    "retail-demo-store/products.jsonl.gz": 2_465,
}


@pytest.mark.shared
@pytest.mark.parametrize("name", FEEDS)
def test_real_feeds(name: str) -> None:
    if not (SHARED / name).is_file():
        pytest.skip("needs ../shared/data/catalog")
    numbered = name.startswith("bestbuy")
    report: LoadReport = load_products(SHARED / name, LoadOptions(row_numbers_as_ids=numbered))
    assert len(report.products) == report.num_rows == FEEDS[name]
    assert all(product.title and product.price is not None for product in report.products)


@pytest.mark.shared
def test_a_feed_without_ids_says_so() -> None:
    if not (SHARED / "bestbuy/ecommerce.json.gz").is_file():
        pytest.skip("needs ../shared/data/catalog")
    with pytest.raises(FeedError, match="row_numbers_as_ids"):
        load_products(SHARED / "bestbuy/ecommerce.json.gz")
