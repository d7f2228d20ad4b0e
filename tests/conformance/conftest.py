"""A small shop, built once, whose stages the suites try."""

from __future__ import annotations

import pytest

from sayfind import Shop

FEED = """id\ttitle\ttitle_zh\tbrand\tbrand_zh\tcategory\tcolor\tprice\tcurrency\trating
1\tNike Pegasus running shoes\t耐克 飞马 跑鞋\tNike\t耐克\tShoes\tblack\t119\tUSD\t4.5
2\tNike Revolution running shoes\t耐克 跑鞋\tNike\t耐克\tShoes\twhite\t59\tUSD\t4.2
3\tAdidas Samba shoes\t阿迪达斯 桑巴\tAdidas\t阿迪达斯\tShoes\tblack\t100\tUSD\t4.9
4\tSony noise cancelling headphones\t索尼 降噪耳机\tSony\t索尼\tHeadphones\tblack\t349\tUSD\t4.7
5\tBose noise cancelling headphones\t博士 降噪耳机\tBose\t博士\tHeadphones\twhite\t299\tUSD\t4.6
"""
QUERIES = ["sony noise cancelling headphones", "black nike running shoes under fifty dollars"]


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Five products in two languages."""
    home = tmp_path_factory.mktemp("conformance")
    (home / "feed.tsv").write_text(FEED, encoding="utf-8")
    return Shop.build(home / "feed.tsv", home / "shop", QUERIES)[0]
