"""The bundled demo: what the data card promises, and that the script still makes the same file."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from sayfind.demo import catalog_path, queries_path, recording_names, recording_path
from sayfind.errors import InputError

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_demo_catalog.py"
COLUMNS = (
    "id", "title", "title_zh", "brand", "brand_zh", "category", "category_zh", "color", "color_zh",
    "size", "material", "material_zh", "price", "currency", "popularity", "rating", "description",
    "image",
)  # fmt: skip
ALWAYS = ("id", "title", "title_zh", "brand", "category", "category_zh", "price", "description")


@cache
def rows() -> tuple[dict[str, str], ...]:
    with catalog_path().open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t"))


def has_han(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)


def test_size_and_columns() -> None:
    assert len(rows()) >= 1500
    assert tuple(rows()[0]) == COLUMNS
    assert all(set(row) == set(COLUMNS) and None not in row.values() for row in rows())


@pytest.mark.parametrize("column", ALWAYS)
def test_no_empty_cell(column: str) -> None:
    assert all(row[column].strip() for row in rows())


def test_categories_have_two_steps_and_enough_products() -> None:
    counts = Counter(row["category"] for row in rows())
    assert len(counts) >= 14
    assert all(len(category.split(" > ")) == 2 for category in counts)
    assert min(counts.values()) >= 15
    assert all(len(row["category_zh"].split(" > ")) == 2 for row in rows())


def test_rows_are_unique() -> None:
    assert len({row["id"] for row in rows()}) == len(rows())
    for title in ("title", "title_zh"):
        offers = Counter((row[title], row["color"], row["size"]) for row in rows())
        assert max(offers.values()) == 1


@pytest.mark.parametrize("column", ["brand", "category", "color", "material"])
def test_a_name_has_one_translation(column: str) -> None:
    found = defaultdict(set)
    for row in rows():
        found[row[column]].add(row[f"{column}_zh"])
    assert [name for name, names in found.items() if len(names) > 1] == []


def test_no_two_brands_share_a_chinese_name() -> None:
    owners = defaultdict(set)
    for row in rows():
        owners[row["brand_zh"]].add(row["brand"])
    owners.pop("")
    assert [name for name, brands in owners.items() if len(brands) > 1] == []


def test_titles_name_the_brand_in_their_script() -> None:
    for row in rows():
        assert row["title"].startswith(row["brand"]), row["title"]
        assert row["title_zh"].startswith(row["brand_zh"] or row["brand"]), row["title_zh"]
        assert not has_han(row["title"] + row["description"]), row["title"]
    assert sum(has_han(row["title_zh"]) for row in rows()) >= 0.97 * len(rows())


def test_text_is_clean() -> None:
    for row in rows():
        for value in row.values():
            assert value == " ".join(value.split()), value
            assert not re.search(r"[{}=|]| ,|,,|\.\.", value), value
        assert row["description"].endswith(".") and row["description"][0].isupper() | (
            row["description"].startswith(row["brand"])
        )


def test_numbers_are_plausible() -> None:
    assert {row["currency"] for row in rows()} == {"USD"}
    assert all(0.5 < float(row["price"]) < 15000 for row in rows())
    assert all(3 <= float(row["rating"]) <= 5 for row in rows())
    assert all(int(row["popularity"]) >= 1 for row in rows())


def test_popularity_has_a_long_tail() -> None:
    sold = sorted((int(row["popularity"]) for row in rows()), reverse=True)
    assert sum(sold[: len(sold) // 5]) > 0.5 * sum(sold)


@pytest.mark.parametrize(
    ("brand", "brand_zh"),
    [
        ("Xiaomi", "小米"), ("Huawei", "华为"), ("Asics", "亚瑟士"), ("Skechers", "斯凯奇"),
        ("Fjällräven", "北极狐"), ("Zojirushi", "象印"), ("De'Longhi", "德龙"), ("Braun", "博朗"),
        ("Sennheiser", "森海塞尔"), ("Lancôme", "兰蔻"), ("Estée Lauder", "雅诗兰黛"),
        ("L'Oréal", "欧莱雅"), ("La Roche-Posay", "理肤泉"), ("Le Creuset", "酷彩"),
        ("Zwilling", "双立人"), ("Thermos", "膳魔师"), ("Moutai", "茅台"), ("Royal Canin", "皇家"),
        ("Häagen-Dazs", "哈根达斯"), ("Nespresso", ""), ("SK-II", ""), ("Hoka", ""), ("Bose", ""),
    ],
)  # fmt: skip
def test_brands(brand: str, brand_zh: str) -> None:
    assert {row["brand_zh"] for row in rows() if row["brand"] == brand} == {brand_zh}


def test_script_makes_the_same_bytes(tmp_path: Path) -> None:
    made = tmp_path / "catalog.tsv"
    subprocess.run([sys.executable, str(SCRIPT), "--out", str(made)], check=True)
    assert made.read_bytes() == catalog_path().read_bytes()


def test_script_check_tells_an_old_file(tmp_path: Path) -> None:
    old = tmp_path / "catalog.tsv"
    old.write_text("id\n", encoding="utf-8")
    command = [sys.executable, str(SCRIPT), "--check"]
    assert subprocess.run(command, check=False).returncode == 0
    assert subprocess.run([*command, "--out", str(old)], check=False).returncode == 1


def test_queries() -> None:
    queries = queries_path().read_text(encoding="utf-8").splitlines()
    assert len(queries) >= 300
    assert len(set(queries)) == len(queries)
    assert all(query and query == " ".join(query.split()) for query in queries)
    chinese = [query for query in queries if has_han(query)]
    mixed = [query for query in chinese if re.search(r"[A-Za-z]{3}", query)]
    assert len(chinese) >= 100 and len(mixed) >= 15


def test_recordings() -> None:
    assert recording_names() == ("black-backpack", "nike-running-shoes", "sony-headphones")
    for name in recording_names():
        # STREAMINFO, the first block of a FLAC file: 20 bits of rate, 3 of channels - 1, 5 of
        # bits - 1, 36 of the number of samples, from the 18th byte on.
        head = recording_path(name).read_bytes()[:26]
        packed = int.from_bytes(head[18:26], "big")
        rate, channels = packed >> 44, (packed >> 41 & 7) + 1
        samples = packed & (1 << 36) - 1
        assert head[:4] == b"fLaC"
        assert (rate, channels) == (16_000, 1)
        assert 1.0 < samples / rate < 4.0


def test_unknown_recording_names_the_known() -> None:
    with pytest.raises(InputError, match="black-backpack"):
        recording_path("moon-landing")


def test_data_card_counts_are_true() -> None:
    card = (catalog_path().parent / "README.md").read_text(encoding="utf-8")
    queries = queries_path().read_text(encoding="utf-8").splitlines()
    assert f"{len(rows()):,} offers" in card
    assert f"{len({row['category'] for row in rows()})} categories" in card
    assert f"{len({row['brand'] for row in rows()})} real brands" in card
    assert f"{len(queries)} things" in card
