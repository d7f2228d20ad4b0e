from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.catalog.columns import FIELDS, ColumnMap, Role, compare_key
from sayfind.errors import FeedError


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("id", "id"), ("ID", "id"), ("g:id", "id"), ("SKU", "id"), ("Product ID", "id"),
        ("product_id", "id"), ("productId", "id"), ("ProductKey", "id"), ("商品编号", "id"),
        ("title", "title"), ("Product Name", "title"), ("productName", "title"), ("name", "title"),
        ("商品名称", "title"), ("brand", "brand"), ("Supplier", "brand"), ("vendor", "brand"),
        ("Manufacturer", "brand"), ("品牌", "brand"), ("category", "category"),
        ("product_type", "category"), ("google_product_category", "category"),
        ("category_path", "category"), ("Categories", "category"), ("类目", "category"),
        ("Sub-Category", "subcategory"), ("category_2", "subcategory"), ("lvl1", "subcategory"),
        ("price", "price"), ("sale_price", "price"), ("Unit Price", "price"), ("售价", "price"),
        ("Currency", "currency"), ("description", "description"), ("body", "description"),
        ("short_description", "description"), ("Body HTML", "description"),
        ("popularity", "popularity"), ("sales", "popularity"), ("销量", "popularity"),
        ("rank", "rank"), ("Sales Rank", "rank"), ("link", "url"), ("url", "url"),
        ("image_link", "image"), ("image", "image"),
    ],
)  # fmt: skip
def test_synonyms(column: str, field: str) -> None:
    assert ColumnMap([column]).role(column).field == field


@pytest.mark.parametrize(
    ("column", "field", "name", "language"),
    [
        ("title_zh", "title", "", "zh"),
        ("name_cn", "title", "", "zh"),
        ("Title (zh)", "title", "", "zh"),
        ("title-zh-CN", "title", "", "zh"),
        ("titleZh", "title", "", "zh"),
        ("title.en", "title", "", "en"),
        ("brand_zh", "brand", "", "zh"),
        ("category_en", "category", "", "en"),
        ("品牌英文名", "brand", "", "en"),
        ("中文标题", "title", "", "zh"),
        ("color_zh", "attribute", "color", "zh"),
        ("Colour (zh)", "attribute", "Colour", "zh"),
        ("screen", "attribute", "screen", ""),
        ("garden", "attribute", "garden", ""),
        ("en", "attribute", "en", ""),
    ],
)
def test_languages(column: str, field: str, name: str, language: str) -> None:
    role = ColumnMap([column]).role(column)
    assert (role.field, role.name, role.language) == (field, name, language)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("attr_t_product_colour", "product_colour"),
        ("attr_n_display_diagonal", "display_diagonal"),
        ("attr_b_wi_fi", "wi_fi"),
        ("attr_t_contrast_ratio__typical_", "contrast_ratio_typical"),
        ("attr_t_brand", "brand"),
        ("attributes.colour", "colour"),
        ("specs.Screen Size", "Screen Size"),
        ("milkAmount", "milkAmount"),
        ("Color", "Color"),
        ("Unit Cost", "Unit Cost"),
        ("size.eu", "size.eu"),
    ],
)
def test_attribute_names_stay_readable(column: str, name: str) -> None:
    assert ColumnMap([column]).role(column) == Role("attribute", name)


def test_title_wins_over_name_which_becomes_the_model() -> None:
    columns = ColumnMap(["id", "name", "title"])
    assert columns.chosen["title"] == "title"
    assert columns.role("name") == Role("attribute", "model")


def test_a_second_id_becomes_an_attribute() -> None:
    columns = ColumnMap(["sku", "id", "title"])
    assert columns.chosen["id"] == "id"
    assert columns.role("sku") == Role("attribute", "sku")


def test_a_column_that_comes_late_cannot_become_the_id() -> None:
    columns = ColumnMap(["sku", "title"])
    assert columns.role("id").field == "attribute"


def test_overrides() -> None:
    columns = ColumnMap(
        ["Artikel", "Bezeichnung", "title", "Farbe", "Titel CN"],
        {"id": "artikel", "title": "Bezeichnung", "colour": "Farbe", "title_zh": "titel_cn"},
    )
    assert columns.role("Artikel").field == "id"
    assert columns.role("Bezeichnung").field == "title"
    assert columns.role("title").field == "attribute"
    assert columns.role("Farbe") == Role("attribute", "colour", "", -1)
    assert columns.role("Titel CN") == Role("title", "", "zh", -1)


def test_an_override_to_a_missing_column_names_the_nearest() -> None:
    with pytest.raises(FeedError, match="'Bezeichnung'"):
        ColumnMap(["id", "Bezeichnung"], {"title": "Bezeichnug"})


def test_attributes_to_include_and_to_ignore() -> None:
    columns = ColumnMap(["id", "title", "a", "b"], attributes=["A"])
    assert [columns.role(c).field for c in "ab"] == ["attribute", "ignore"]
    columns = ColumnMap(["id", "title", "brand", "b"], ignore=["b", "Brand"])
    assert [columns.role(c).field for c in ("brand", "b")] == ["ignore", "ignore"]


def test_no_two_fields_share_a_name() -> None:
    names = [name for synonyms in FIELDS.values() for name in synonyms]
    assert len(names) == len(set(names))
    assert all(compare_key(name) == name for name in names)


@given(st.text(max_size=30))
def test_every_column_has_a_role(column: str) -> None:
    role = ColumnMap([column]).role(column)
    assert role.field in {*FIELDS, "attribute", "ignore"}
    if role.field == "attribute":
        assert role.name
