"""One raw row made a ``Product``, or the reason why it cannot be."""

from __future__ import annotations

import re

from sayfind.catalog.cells import Cells, RowError, cell_text, first_of
from sayfind.catalog.columns import ColumnMap, compare_key
from sayfind.catalog.options import LoadOptions, RawRow
from sayfind.catalog.prices import MISSING, Price, parse_price
from sayfind.catalog.product import Product

__all__ = ["RowReader"]

_STEPS = re.compile(r"\s*[>›»→]\s*|\s*\|\s*|\s*::\s*|\s+/\s+")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_TAG = re.compile(r"<[/!a-zA-Z][^<>]{0,500}>")


_MAX_REMEMBERED = 200_000


class RowReader:
    """Makes products of one feed's rows; remembers the ids it has seen."""

    def __init__(self, columns: ColumnMap, options: LoadOptions) -> None:
        self._columns, self._options = columns, options
        self._seen: set[str] = set()
        self._memory: dict[str | float, tuple[str, ...]] = {}
        quoted = "|".join(re.escape(separator) for separator in options.separators)
        self._separator = re.compile(quoted) if quoted else None

    def product(self, row: RawRow, number: int) -> Product:
        """The product in a row, the feed's ``number``-th.

        Raises:
            RowError: with the reason for which it is left out.
        """
        if row.problem:
            raise RowError(row.problem)
        cells = Cells(self._columns, row.values)
        identifier = self._identifier(cells, number)
        title, title_translations = _best_language(cells, "title")
        title = _without_tags(title)
        self._check_title(title)
        price = self._price(cells)
        brand, brand_translations = _best_language(cells, "brand")
        category, category_translations = self._category(cells)
        attributes, translations = self._attributes(cells)
        for name, values in (
            ("title", tuple(map(_without_tags, title_translations))),
            ("brand", brand_translations),
            ("category", category_translations),
        ):
            if values:
                translations[name] = values
        self._seen.add(identifier)
        return Product(
            id=identifier,
            title=title,
            brand=brand,
            category=category,
            description=_without_tags(cells.text("description")),
            price=price.amount if price else None,
            currency=(price.currency if price else "") or self._currency(cells),
            popularity=_popularity(cells),
            attributes=attributes,
            translations=translations,
            url=cells.text("url"),
            image=cells.text("image"),
        )

    def _identifier(self, cells: Cells, number: int) -> str:
        identifier = cells.text("id")
        if not identifier and self._options.row_numbers_as_ids:
            identifier = str(number)
        if not identifier:
            raise RowError("no id")
        if len(identifier) > 200:
            raise RowError("id of more than 200 characters")
        if identifier in self._seen:
            raise RowError(f"duplicate id {identifier!r}")
        return identifier

    def _check_title(self, title: str) -> None:
        if not title:
            raise RowError("no title")
        if len(title) > self._options.max_title:
            raise RowError(
                f"title of {len(title):,} characters (the limit is {self._options.max_title:,})"
            )

    def _price(self, cells: Cells) -> Price | None:
        for value in cells.candidates("price"):
            try:
                price = parse_price(
                    value,
                    cents=self._options.price_in_cents,
                    decimal_comma=self._options.decimal_comma,
                )
            except ValueError as error:
                raise RowError(str(error)) from error
            if price is not None:
                return price
        return None

    def _currency(self, cells: Cells) -> str:
        return (cells.text("currency") or self._options.currency).upper()

    def _category(self, cells: Cells) -> tuple[tuple[str, ...], tuple[str, ...]]:
        path = _path(next(iter(cells.candidates("category")), None))
        for value in cells.in_order("subcategory"):
            path += tuple(step for step in _path(value) if step not in path)
        translated = [
            (language, steps[-1])
            for language, value in cells.translated.get("category", ())
            if (steps := _path(value))
        ]
        if not path and translated:
            first = min(translated)[1]
            path, translated = (first,), [t for t in translated if t[1] != first]
        return path, tuple(dict.fromkeys(t for _, t in translated if t not in path))

    def _attributes(
        self, cells: Cells
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        attributes: dict[str, tuple[str, ...]] = {}
        for name, value in cells.attributes:
            values = self._values(value)
            if values:
                known = attributes.get(name)
                attributes[name] = tuple(dict.fromkeys(known + values)) if known else values
        names = {compare_key(name): name for name in attributes} if cells.translations else {}
        translations: dict[str, tuple[str, ...]] = {}
        for base, value in cells.translations:
            own = names.get(compare_key(base))
            values = self._values(value)
            if own is None:
                attributes.setdefault(base, values)
            elif values and values != attributes[own]:
                translations[own] = translations.get(own, ()) + values
        return {n: v for n, v in attributes.items() if v}, translations

    def _values(self, value: object) -> tuple[str, ...]:
        """An attribute's values: truth becomes ``yes``, several values in a cell come apart."""
        if isinstance(value, bool):
            return ("yes",) if value else ()
        if not isinstance(value, str | float):
            return self._parsed(value)
        known = self._memory.get(value)
        if known is None:
            known = self._parsed(value)
            if len(self._memory) < _MAX_REMEMBERED:
                self._memory[value] = known
        return known

    def _parsed(self, value: object) -> tuple[str, ...]:
        if isinstance(value, list | tuple):
            return tuple(dict.fromkeys(v for item in value for v in self._values(item)))
        text = cell_text(value)
        if not text or text.casefold() in MISSING:
            return ()
        truth = _BOOLEANS.get(text.casefold())
        if truth is not None:
            return ("yes",) if truth else ()
        if self._separator is None or not self._separator.search(text):
            return (text,)
        parts = (part.strip() for part in self._separator.split(text))
        return tuple(dict.fromkeys(part for part in parts if part))


def _path(value: object) -> tuple[str, ...]:
    """The steps of a category: a list's items, or a text split at ``>``, ``|``, `` / ``."""
    if isinstance(value, list | tuple):
        paths = [_path(item) for item in value]
        deep = [path for path in paths if len(path) > 1]
        return deep[-1] if deep else tuple(dict.fromkeys(s for path in paths for s in path))
    text = cell_text(value)
    if text.startswith("/"):
        return tuple(step.strip() for step in text.split("/") if step.strip())
    return tuple(step for step in _STEPS.split(text) if step)


def _without_tags(text: str) -> str:
    """Text without HTML, if there is any: "<b>Red</b> shoes", but "size < 5" stays."""
    return " ".join(_TAG.sub(" ", text).split()) if "<" in text else text


def _best_language(cells: Cells, field: str) -> tuple[str, tuple[str, ...]]:
    """A field's text (English where it comes only in languages) and its translations."""
    main = cells.text(field)
    translated = [
        (language, text)
        for language, value in cells.translated.get(field, ())
        if (text := cell_text(first_of(value)))
    ]
    if not main and translated:
        main = min(translated, key=lambda pair: pair[0])[1]
    return main, tuple(dict.fromkeys(text for _, text in translated if text != main))


def _popularity(cells: Cells) -> float:
    """Popularity as given, or the reciprocal of a sales rank.

    Raises:
        RowError: a word, or a negative number.
    """
    text = cells.text("popularity")
    if text and text.casefold() not in MISSING:
        return _number(text, "popularity")
    text = cells.text("rank")
    if text and text.casefold() not in MISSING:
        return 1.0 / max(1.0, _number(text, "rank"))
    return 0.0


def _number(text: str, name: str) -> float:
    try:
        number = float(text.replace(",", ""))
    except ValueError as error:
        raise RowError(f"{name} {text[:40]!r} is not a number") from error
    if not 0 <= number < float("inf"):
        raise RowError(f"{name} {text[:40]!r} is not a number from 0 up")
    return number
