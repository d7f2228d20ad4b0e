"""A compiled catalogue on disk: built beside, then swapped in whole.

A shop is a folder: ``shop.json`` (version, name, examples, checksums of the other files),
``products.jsonl``, ``vocabulary.json``, ``knowledge.tsv``, ``index/`` (search), ``ears/`` (a
dictionary and a language model of each language that something in it is named in) and
``phonetic/`` (correction).
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sayfind.acoustic.sphinx import write_dictionary
from sayfind.catalog.lexicon import build_lexicon
from sayfind.catalog.load import load_products
from sayfind.catalog.mandarin_requests import (
    mandarin_lexicon,
    mandarin_queries,
    mandarin_sentences,
)
from sayfind.catalog.options import LoadOptions, LoadReport
from sayfind.catalog.phrases import (
    catalogue_phrases,
    chinese_phrases,
    spoken_queries,
    spoken_sentences,
)
from sayfind.catalog.product import Product
from sayfind.catalog.vocabulary import Vocabulary
from sayfind.correction.phonetic import PhoneticCorrector
from sayfind.errors import ShopError, StorageError
from sayfind.lm.arpa import write_arpa
from sayfind.lm.arrays import write_arrays
from sayfind.lm.backoff import BEGIN, END
from sayfind.lm.mixture import interpolate
from sayfind.lm.ngram import NGram, Smoothing, estimate
from sayfind.retrieval.dense import build_vectors
from sayfind.retrieval.lexical import LexicalIndex
from sayfind.text.phonetics import Phones
from sayfind.text.tokenise import tokenise
from sayfind.understanding.dialogue import FOLLOW_UPS
from sayfind.understanding.grammar import Grammar
from sayfind.understanding.knowledge import Fact, Graph, Knowledge, graph_of, read_facts
from sayfind.understanding.photo import ImageEncoder, LookEncoder, PhotoIndex

__all__ = ["STAGES", "Lore", "Shop"]

Weighted = tuple[Sequence[str], float]

_FEW_QUERIES = 50  # with so many, they count as much as the sentences made of the catalogue
_FOLLOW_UPS_SHARE = 0.03
FORMAT = 2
STAGES = (
    "reading the feed",
    "collecting the vocabulary",
    "indexing for search",
    "modelling what shoppers say",
    "pronouncing every word",
    "indexing by sound",
    "writing the shop",
)
"""What a build says it is at, in this order."""


@dataclass(frozen=True, slots=True)
class Lore:
    """What an owner adds to a catalogue: facts, an intent grammar as TOML, a folder of pictures."""

    facts: tuple[Fact, ...] = ()
    intents: str = ""
    images: Path | None = None
    encoder: ImageEncoder | None = None


@dataclass(frozen=True)
class Shop:
    """An opened shop. ``examples`` are queries worth showing to a newcomer."""

    folder: Path
    name: str
    products: dict[str, Product]
    vocabulary: Vocabulary
    examples: tuple[str, ...] = ()

    def grammar(self) -> Grammar | None:
        """What can be asked of it besides searching; ``None`` for a plain shop."""
        path = self.folder / "intents.toml"
        return Grammar.parse(path.read_text(encoding="utf-8")) if path.is_file() else None

    def photos(self) -> PhotoIndex | None:
        """Pictures of its products; ``None`` where it was built without any."""
        path = self.folder / "photos.npz"
        return PhotoIndex.open(path) if path.is_file() else None

    def knowledge(self) -> Knowledge:
        """What it knows of its things; nothing, where an older sayfind made it."""
        path = self.folder / "knowledge.tsv"
        return Knowledge(Graph(read_facts(path) if path.is_file() else ()), self.vocabulary)

    @property
    def num_products(self) -> int:
        """How many products can be found."""
        return len(self.products)

    def product(self, product_id: str, /) -> Product:
        """The product with an id; ``KeyError`` where there is none."""
        return self.products[product_id]

    @property
    def ears(self) -> Path:
        """The folder that ``sayfind.ears.open_ears`` opens."""
        return self.folder / "ears"

    @property
    def dictionary(self) -> Path:
        """Pronunciations of every word the English ears know; missing where nothing is English."""
        return self.ears / "words.dict"

    @property
    def arpa(self) -> Path:
        """The language model of the English ears."""
        return self.ears / "words.arpa"

    def add_vectors(self, checkpoint: Path) -> None:
        """Let products also be found by meaning (``sayfind.retrieval.dense``).

        ``checkpoint`` is a ``sentence-transformers`` folder with a BERT.

        Raises:
            ModelError: the checkpoint is no sentence encoder that can be compiled.
            StorageError: the disk is full or may not be written.
            MissingExtraError: ``onnx`` or ``tokenizers`` is not installed.
        """
        folder = self.folder / "meaning"
        build_vectors([product.title for product in self.products.values()], checkpoint, folder)
        path = self.folder / "shop.json"
        about = json.loads(path.read_text(encoding="utf-8"))
        about["files"] |= {f"meaning/{name}": sum_ for name, sum_ in _checksums(folder).items()}
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        beside.replace(path)

    @classmethod
    def build(
        cls,
        feed: str | Path,
        folder: Path,
        queries: Sequence[str] = (),
        options: LoadOptions | None = None,
        on_stage: Callable[[str], None] = lambda _: None,
        lore: Lore = Lore(),
    ) -> tuple[Shop, LoadReport]:
        """Compile a feed into a shop folder; what stood there before is replaced only at the end.

        ``lore`` is what its owner knows besides.

        Raises:
            FeedError: the feed cannot be read, or no row of it is good.
            StorageError: the disk is full or may not be written.
        """
        folder = folder.absolute()
        _check_place(folder)
        on_stage("reading the feed")
        report = load_products(feed, options or LoadOptions())
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        except OSError as error:
            raise StorageError(f"Cannot write beside {folder}: {error.strerror}.") from error
        try:
            _compile(report.products, queries, lore, beside, folder.name, on_stage)
            _swap(beside, folder)
        except OSError as error:
            raise StorageError(
                f"Cannot write {folder}: {error.strerror}; the shop there is as it was."
            ) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return cls.open(folder), report

    @classmethod
    def open(cls, folder: Path) -> Shop:
        """Open a shop folder.

        Raises:
            ShopError: there is no shop, it is damaged, or another version made it.
        """
        try:
            about = json.loads((folder / "shop.json").read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise ShopError(f"{folder} was made by another version of sayfind; build it again.")
            _check_whole(folder, about["files"])
            with (folder / "products.jsonl").open(encoding="utf-8") as lines:
                products = {p.id: p for p in map(_product, lines)}
            vocabulary = Vocabulary.from_json(
                (folder / "vocabulary.json").read_text(encoding="utf-8")
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ShopError(
                f"{folder} is not a readable shop; make one with `sayfind index FEED -o {folder}`."
            ) from error
        return cls(folder, about["name"], products, vocabulary, tuple(about["examples"]))


def _compile(
    products: list[Product],
    queries: Sequence[str],
    lore: Lore,
    folder: Path,
    name: str,
    on_stage: Callable[[str], None],
) -> None:
    on_stage("collecting the vocabulary")
    vocabulary = Vocabulary.from_products(products)
    graph = Graph([*graph_of(products, vocabulary), *lore.facts])
    (folder / "knowledge.tsv").write_text(graph.to_text(), encoding="utf-8")
    if lore.images is not None:
        photos, _ = PhotoIndex.build(products, lore.images, lore.encoder or LookEncoder())
        photos.save(folder / "photos.npz")
    if lore.intents:
        Grammar.parse(lore.intents)
        (folder / "intents.toml").write_text(lore.intents, encoding="utf-8")
    on_stage("indexing for search")
    LexicalIndex.build(products, vocabulary).save(folder / "index")
    on_stage("modelling what shoppers say")
    english = _english_model(products, vocabulary, queries)
    mandarin = _mandarin_model(products, vocabulary, queries)
    on_stage("pronouncing every word")
    (folder / "ears").mkdir()
    lexicon = _write_ears(english, build_lexicon, folder / "ears" / "words.dict")
    _write_ears(mandarin, mandarin_lexicon, folder / "ears" / "mandarin.dict")
    on_stage("indexing by sound")
    phrases = [*catalogue_phrases(products, vocabulary), *chinese_phrases(vocabulary)]
    known = {t for p in products for title in p.titles for t in tokenise(title)}
    corrector = PhoneticCorrector(
        [phrase for phrase, _ in phrases],
        known | set(lexicon),
        counts=[count for _, count in phrases],
    )
    (folder / "phonetic").mkdir()
    corrector.save(folder / "phonetic")
    on_stage("writing the shop")
    with (folder / "products.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(_row(p), ensure_ascii=False) + "\n" for p in products)
    (folder / "vocabulary.json").write_text(vocabulary.to_json(), encoding="utf-8")
    about = {
        "format": FORMAT,
        "name": name,
        "examples": _spread(queries),
        "files": _checksums(folder),
    }
    (folder / "shop.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def _checksums(folder: Path) -> dict[str, int]:
    """CRC-32 of every file in a folder, by its path in it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): zlib.crc32(p.read_bytes()) for p in paths}


def _check_whole(folder: Path, files: dict[str, int]) -> None:
    """Find out now, and by name, what would else fail somewhere in the middle of a search."""
    for name, checksum in files.items():
        if zlib.crc32((folder / name).read_bytes()) != checksum:
            raise ShopError(f"{folder / name} is damaged; build it again with `sayfind index`.")


def _check_place(folder: Path) -> None:
    """Refuse to replace what is no shop: somebody's documents, say."""
    if not folder.exists() or (folder / "shop.json").is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise StorageError(f"{folder} is there already and is no shop; choose another folder.")


def _spread(queries: Sequence[str], count: int = 8) -> list[str]:
    """A few of the queries, from all parts of the list: neighbours are often alike."""
    return list(queries[:: max(1, -(-len(queries) // count))])


def _write_ears(
    model: NGram | None,
    pronounce: Callable[[Iterable[str]], dict[str, tuple[Phones, ...]]],
    dictionary: Path,
) -> dict[str, tuple[Phones, ...]]:
    """Write what one language's ears need, unless nothing is said in it; gives its lexicon."""
    if model is None:
        return {}
    lexicon = pronounce(set(model.words) - {BEGIN, END})
    write_dictionary(lexicon, dictionary)
    arpa = dictionary.with_suffix(".arpa")
    write_arpa(model, arpa)
    write_arrays(model, arpa)
    return lexicon


def _english_model(
    products: list[Product], vocabulary: Vocabulary, queries: Sequence[str]
) -> NGram | None:
    """What is said in English: the queries there are, and sentences modelled on the catalogue."""
    return _mixture(
        [(text.split(), weight) for text, weight in spoken_queries(queries)],
        [(text.split(), weight) for text, weight in spoken_sentences(products, vocabulary, seed=0)],
        [(text.split(), weight) for text, weight in spoken_queries(FOLLOW_UPS)],
    )


def _mandarin_model(
    products: list[Product], vocabulary: Vocabulary, queries: Sequence[str]
) -> NGram | None:
    """The same of what is said in Mandarin."""
    return _mixture(
        list(mandarin_queries(queries)),
        list(mandarin_sentences(products, vocabulary)),
        list(mandarin_queries(FOLLOW_UPS)),
    )


def _mixture(
    asked: Sequence[Weighted], modelled: Sequence[Weighted], follow_ups: Sequence[Weighted]
) -> NGram | None:
    """One model of all; the more queries, the more they count, and a few dozen say a lot.

    Follow-ups ("cheaper") take a small share, and none where nothing else can be said.
    """
    models, shares = [], []
    if asked:
        share = len(asked) / (len(asked) + _FEW_QUERIES)
        models.append(
            estimate(asked, order=3, open_vocabulary=False, smoothing=Smoothing.WITTEN_BELL)
        )
        shares.append(share if modelled else 1.0)
    if modelled:
        models.append(estimate(modelled, order=3, open_vocabulary=False))
        shares.append(1 - sum(shares))
    if not models:
        return None
    models.append(estimate(follow_ups, order=3, open_vocabulary=False))
    shares = [share * (1 - _FOLLOW_UPS_SHARE) for share in shares]
    return interpolate(models, [*shares, _FOLLOW_UPS_SHARE])


def _swap(beside: Path, folder: Path) -> None:
    """Put a finished folder in the place of an older one, which goes only afterwards."""
    beside.chmod(0o755)
    old = folder.with_name(f".{folder.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        beside.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _row(product: Product) -> dict[str, Any]:
    """A product as plain values; ``dataclasses.asdict`` would copy each of them first."""
    return {f.name: getattr(product, f.name) for f in fields(product)}


def _product(line: str) -> Product:
    values = json.loads(line)
    values["category"] = tuple(values["category"])
    for key in ("attributes", "translations"):
        values[key] = {name: tuple(items) for name, items in values[key].items()}
    return Product(**values)
