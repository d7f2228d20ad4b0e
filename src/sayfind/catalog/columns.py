"""Which of a feed's columns is which: the synonyms, the languages, and the shop's own overrides.

Names are compared without case and punctuation: ``Product_Name``, ``productName`` and
``g:product-name`` are one name. Knows nothing of the values.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sayfind.errors import FeedError

__all__ = ["FIELDS", "ColumnMap", "Role", "compare_key"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id", "productid", "itemid", "skuid", "sku", "productkey", "productsku", "itemnumber",
        "productnumber", "articlenumber", "articleid", "objectid", "uniqid", "uid", "uuid", "code",
        "productcode", "itemcode", "asin", "handle", "mpn", "gtin", "ean", "upc", "商品id",
        "商品编号", "商品编码", "产品编号", "编号", "货号", "款号",
    ),
    "title": (
        "title", "producttitle", "productname", "name", "itemtitle", "itemname", "displayname",
        "item", "menuitem", "商品标题", "商品名称", "产品名称", "标题", "商品名", "名称", "品名",
    ),
    "brand": (
        "brand", "brandname", "productbrand", "manufacturer", "manufacturername", "vendor",
        "vendorname", "supplier", "suppliername", "make", "maker", "品牌", "品牌名称", "厂商",
    ),
    "category": (
        "categorypath", "categories", "category", "categoryname", "productcategory",
        "productcategories", "producttype", "breadcrumb", "breadcrumbs", "taxonomy",
        "maincategory", "department", "googleproductcategory", "类目", "分类", "品类", "商品类目",
        "商品分类", "类别",
    ),
    "price": (
        "saleprice", "specialprice", "currentprice", "finalprice", "price", "unitprice",
        "priceamount", "pricevalue", "sellingprice", "regularprice", "listprice", "retailprice",
        "msrp", "rrp", "售价", "促销价", "价格", "单价", "原价",
    ),
    "currency": ("currency", "currencycode", "pricecurrency", "币种", "货币"),
    "description": (
        "description", "productdescription", "longdescription", "body", "bodyhtml",
        "shortdescription", "summary", "overview", "描述", "商品描述", "简介", "详情",
    ),
    "popularity": (
        "popularity", "popularityscore", "sales", "salescount", "salesvolume", "unitssold",
        "quantitysold", "sold", "orders", "ordercount", "purchases", "clicks", "views",
        "viewcount", "reviewcount", "reviewscount", "numreviews", "ratingcount", "销量", "月销量",
        "人气", "热度",
    ),
    "rank": ("rank", "salesrank", "bestsellerrank", "bestsellingrank", "popularityrank"),
    "url": ("url", "link", "producturl", "productlink", "canonicalurl", "permalink", "链接"),
    "image": (
        "image", "imageurl", "imagelink", "imagesrc", "images", "mainimage", "picture", "thumbnail",
        "photo", "图片", "主图",
    ),
    "subcategory": (
        "subcategory", "subcategoryname", "subsubcategory", "subdepartment", "子类目", "二级类目",
        "三级类目",
    ),
}  # fmt: skip
"""Our fields, and the names feeds use for them, the one to prefer first.

``rank`` (1 is the best seller) becomes popularity; ``subcategory`` is a further category step.
"""

_LEFTOVER = {"title": "model", "name": "model", "price": "regular_price", "category": "kind"}
_LANGUAGES = {
    "zh": "zh", "cn": "zh", "chs": "zh", "zhcn": "zh", "zhhans": "zh", "cht": "zh", "zhtw": "zh",
    "zhhk": "zh", "zhhant": "zh", "chinese": "zh", "en": "en", "enus": "en", "engb": "en",
    "english": "en",
}  # fmt: skip
_TAIL = re.compile(
    r"[\s_.:\-(\[@]+(zh[\s_\-]?(?:cn|tw|hk|hans|hant)|zh|cn|chs|cht|chinese|en[\s_\-]?(?:us|gb)|en"
    r"|english)[)\]]?$",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z])(Zh|ZH|Cn|CN|En|EN)$")
_HAN_HEAD = re.compile(r"^(中文|英文)(.+)$|^(.+?)(中文名?|英文名?)$")
_ATTRIBUTE = re.compile(r"^(?:attr|attribute|attributes|spec|specs)[_.:](?:[a-z]_)?", re.IGNORECASE)
_CONTAINERS = re.compile(
    r"^(?:attributes?|specs?|specifications?|propert(?:y|ies)|details?|features?|options?"
    r"|metadata|product_detail)\.",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"(?:category|cat|categories)?(?:level|lvl|l)?(\d)(?:name)?")


@dataclass(frozen=True, slots=True)
class Role:
    """What one column is for.

    ``field`` is one of ``FIELDS``, or ``attribute``, or ``ignore``. ``name`` is the attribute's.
    ``language`` is ``zh`` or ``en`` for a translation. ``order`` ranks columns with the same role.
    """

    field: str
    name: str = ""
    language: str = ""
    order: int = 0


def compare_key(name: str) -> str:
    """A column name without case, punctuation and namespace.

    >>> compare_key("g:Product-Name") == compare_key("product_name") == "productname"
    True
    """
    name = unicodedata.normalize("NFKC", name).strip().casefold().removeprefix("g:")
    return "".join(c for c in name if c.isalnum())


class ColumnMap:
    """Answers ``role(column)`` for every column of one feed.

    Built from the columns seen so far; a column that turns up later (JSON) is judged when it
    comes, but can no longer become the id or the title.
    """

    def __init__(
        self,
        columns: Iterable[str],
        overrides: Mapping[str, str] | None = None,
        attributes: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
    ) -> None:
        self._known = {column: compare_key(column) for column in columns}
        self._included = None if attributes is None else {compare_key(a) for a in attributes}
        self._ignored = {compare_key(name) for name in ignore}
        self._roles: dict[str, Role] = {}
        self._overridden: dict[str, str] = {}
        for field, column in (overrides or {}).items():
            self._override(field, column)
        self._single = {field: self._choose(field) for field in ("id", "title", "description")}

    def role(self, column: str) -> Role:
        """What a column is for."""
        found = self._roles.get(column)
        if found is None:
            found = self._roles[column] = self._restricted(column, self._judge(column))
        return found

    @property
    def chosen(self) -> dict[str, str]:
        """Our field -> the feed's column, for every field that has one (the preferred one)."""
        best: dict[str, tuple[int, str]] = {}
        for column in self._known:
            role = self.role(column)
            if role.field in ("attribute", "ignore") or role.language:
                continue
            if role.field not in best or role.order < best[role.field][0]:
                best[role.field] = (role.order, column)
        return {field: column for field, (_, column) in best.items()}

    @property
    def has_translated_title(self) -> bool:
        """Whether a title can be taken from a column such as ``title_zh``."""
        return any(self.role(c).field == "title" for c in self._known)

    def _override(self, field: str, column: str) -> None:
        wanted = compare_key(column)
        matches = [c for c, key in self._known.items() if c == column]
        matches = matches or [c for c, key in self._known.items() if key == wanted]
        if not matches:
            near = difflib.get_close_matches(column, self._known, n=1, cutoff=0.0)
            hint = f"; the nearest one is {near[0]!r}" if near else ""
            raise FeedError(f"The feed has no column {column!r} to use as {field}{hint}.")
        base, language = _split_language(field)
        known = base if base in FIELDS else "attribute"
        name = base if known == "attribute" else ""
        self._roles[matches[0]] = Role(known, name, language, -1)
        if not language:
            self._overridden[base] = matches[0]

    def _choose(self, field: str) -> str | None:
        """The one column for a field that must not be mixed from two (ids above all)."""
        if field in self._overridden:
            return self._overridden[field]
        ranks = {name: i for i, name in enumerate(FIELDS[field])}
        found = [
            (ranks[key], column)
            for column, key in self._known.items()
            if key in ranks and column not in self._roles and key not in self._ignored
        ]
        return min(found)[1] if found else None

    def _judge(self, column: str) -> Role:
        stripped = _CONTAINERS.sub("", column)
        if _ATTRIBUTE.match(stripped):
            name = _ATTRIBUTE.sub("", stripped).replace("__", "_").strip("_ .")
            return Role("attribute", name or column)
        base, language = _split_language(stripped)
        field, order = _field_of(compare_key(base))
        if not field:
            return Role("attribute", base, language)
        if language:
            return Role(field, "", language, order) if field in _TRANSLATED else Role("ignore")
        if field in self._single and self._single[field] != column:
            return self._leftover(base, field)
        if field in self._overridden:
            return self._leftover(base, field)
        return Role(field, "", "", order)

    def _leftover(self, name: str, field: str) -> Role:
        """A second column for a field that is settled: an attribute, under a name of its own."""
        key = compare_key(name)
        if field in ("description", "url", "image"):
            return Role("ignore")
        return Role("attribute", _LEFTOVER.get(key, f"feed_{key}" if key in FIELDS else name))

    def _restricted(self, column: str, role: Role) -> Role:
        keys = {compare_key(column), compare_key(role.name)}
        if keys & self._ignored or not compare_key(column):
            return Role("ignore")
        if role.field == "attribute" and self._included is not None and not keys & self._included:
            return Role("ignore")
        return role

    def leftover_name(self, column: str, field: str) -> str:
        """The attribute under which a less preferred value of a field is kept, or empty."""
        role = self._restricted(column, self._leftover(column, field))
        return role.name if role.field == "attribute" else ""


_TRANSLATED = frozenset({"title", "brand", "category"})
_BY_KEY = {name: (field, i) for field, names in FIELDS.items() for i, name in enumerate(names)}


def _field_of(key: str) -> tuple[str, int]:
    """Our field for a comparison key and its preference, or an empty name."""
    if key in _BY_KEY:
        return _BY_KEY[key]
    level = _LEVEL.fullmatch(key)
    if level and not key.isdigit():
        return "subcategory", int(level[1]) - 100
    return "", 0


def _split_language(column: str) -> tuple[str, str]:
    """``title_zh`` -> (``title``, ``zh``); a name without a language comes back as it is."""
    for pattern in (_TAIL, _HUMP):
        tail = pattern.search(column)
        if tail and tail.start() > 0:
            return column[: tail.start()], _LANGUAGES[compare_key(tail[1])]
    han = _HAN_HEAD.match(column)
    if han:
        mark, base = (han[1], han[2]) if han[1] else (han[4], han[3])
        return base, "zh" if mark.startswith("中文") else "en"
    return column, ""
