from __future__ import annotations

from pathlib import Path

import pytest

from sayfind.catalog.load import LoadOptions, load_products
from sayfind.errors import FeedError

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel>
<title>My shop</title>
<link>https://shop.example</link>
<item>
  <g:id>A1</g:id>
  <title>Plain title</title>
  <g:title><![CDATA[Red & blue "shoe"]]></g:title>
  <g:description>Warm &amp; dry</g:description>
  <g:link>https://shop.example/a1</g:link>
  <g:image_link>https://shop.example/a1.jpg</g:image_link>
  <g:price>1,299.00 USD</g:price>
  <g:sale_price>999.00 USD</g:sale_price>
  <g:brand>Nike</g:brand>
  <g:product_type>Shoes &gt; Running</g:product_type>
  <g:google_product_category>187</g:google_product_category>
  <g:color>red</g:color>
  <g:size>42</g:size>
  <g:shipping><g:country>US</g:country><g:price>5 USD</g:price></g:shipping>
  <g:product_detail>
    <g:section_name>General</g:section_name>
    <g:attribute_name>Sole</g:attribute_name>
    <g:attribute_value>rubber</g:attribute_value>
  </g:product_detail>
  <g:product_highlight>light</g:product_highlight>
  <g:product_highlight>fast</g:product_highlight>
</item>
<item>
  <g:id>A2</g:id>
  <g:title>鞋</g:title>
  <g:price>5 monkeys</g:price>
</item>
<item><g:id>A3</g:id><title>Hat</title></item>
</channel>
</rss>
"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<title>Shop</title>
<entry>
<g:id>A1</g:id><title>Shoe</title><link rel="alternate" href="https://shop.example/1"/>
<summary>Nice</summary><g:price>5.00 EUR</g:price>
</entry>
</feed>
"""


def feed(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "feed.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_rss(tmp_path: Path) -> None:
    report = load_products(feed(tmp_path, RSS))
    shoe, hat = report.products
    assert (shoe.id, shoe.title, shoe.brand) == ("A1", 'Red & blue "shoe"', "Nike")
    assert (shoe.price, shoe.currency) == (999.0, "USD")
    assert shoe.category == ("Shoes", "Running")
    assert shoe.description == "Warm & dry"
    assert (shoe.url, shoe.image) == ("https://shop.example/a1", "https://shop.example/a1.jpg")
    assert shoe.attributes["color"] == ("red",)
    assert shoe.attributes["Sole"] == ("rubber",)
    assert shoe.attributes["product_highlight"] == ("light", "fast")
    assert not any("shipping" in name or "country" in name for name in shoe.attributes)
    assert (hat.id, hat.title) == ("A3", "Hat")
    assert [(r.line, "bad price" in r.reason) for r in report.rejected] == [(29, True)]


def test_atom(tmp_path: Path) -> None:
    (product,) = load_products(feed(tmp_path, ATOM)).products
    assert (product.id, product.title, product.price) == ("A1", "Shoe", 5.0)
    assert (product.url, product.description) == ("https://shop.example/1", "Nice")


def test_without_a_namespace(tmp_path: Path) -> None:
    text = "<products><product><id>1</id><name>Shoe</name></product></products>"
    (product,) = load_products(feed(tmp_path, text)).products
    assert (product.id, product.title) == ("1", "Shoe")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss SYSTEM "http://evil.example/x.dtd">',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE rss>",
    ],
)
def test_document_types_are_refused(tmp_path: Path, declaration: str) -> None:
    text = declaration + RSS.partition("?>")[2].replace("Plain title", "&b;")
    with pytest.raises(FeedError, match="document type"):
        load_products(feed(tmp_path, text))


def test_a_bad_byte_costs_its_item(tmp_path: Path) -> None:
    report = load_products(feed(tmp_path, RSS.encode().replace(b"Hat", b"H\xffat")))
    assert [p.id for p in report.products] == ["A1"]
    assert "bad encoding" in report.rejected[1].reason


def test_a_declared_encoding(tmp_path: Path) -> None:
    text = RSS.replace("UTF-8", "GB18030").encode("gb18030")
    report = load_products(feed(tmp_path, text.replace(b"5 monkeys", b"5 CNY")))
    assert [p.title for p in report.products][1] == "鞋"
    with pytest.raises(FeedError, match="unknown encoding"):
        load_products(feed(tmp_path, RSS.replace("UTF-8", "klingon")))


def test_a_huge_item_is_left_out(tmp_path: Path) -> None:
    report = load_products(
        feed(tmp_path, RSS.replace("Hat", "x" * 5000)), LoadOptions(max_row=2000)
    )
    assert [p.id for p in report.products] == ["A1"]
    assert "longer than the limit" in report.rejected[1].reason


def test_a_deep_document_is_no_danger(tmp_path: Path) -> None:
    text = "<rss>" + "<item>" + "<a>" * 20_000 + "x" + "</a>" * 20_000 + "</item></rss>"
    with pytest.raises(FeedError, match="nested more deeply"):
        load_products(feed(tmp_path, text))
