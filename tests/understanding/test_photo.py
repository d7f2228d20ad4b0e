"""A photo as part of the query, and the screen as mild wishes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sayfind.catalog.product import Product
from sayfind.errors import InputError, ModelError, ShopError
from sayfind.types import Constraint, Hit, Query, Screen, SearchResult
from sayfind.understanding.photo import (
    ClipEncoder,
    ImageEncoder,
    LookEncoder,
    PhotoIndex,
    fused,
    load_image,
)
from sayfind.understanding.screen import with_screen

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 180, 40)


def picture(colour: tuple[int, int, int], wide: bool, seed: int = 0) -> np.ndarray:
    """A bar of a colour on white, lying or standing, a little noisy."""
    image = np.full((90, 120, 3), 245, np.uint8)
    rows, columns = (slice(35, 55), slice(10, 110)) if wide else (slice(5, 85), slice(50, 70))
    image[rows, columns] = colour
    noise = np.random.default_rng(seed).integers(-8, 8, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    image_file = pytest.importorskip("PIL.Image")
    shapes = {"red-wide": (RED, True), "red-tall": (RED, False), "blue-wide": (BLUE, True)}
    for name, (colour, wide) in shapes.items():
        image_file.fromarray(picture(colour, wide, 1)).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return tmp_path


PRODUCTS = [
    Product(name, name, image=f"https://shop.example/{name}.png")
    for name in ("red-wide", "red-tall", "blue-wide", "broken", "missing")
]


def test_what_looks_alike_is_found(pictures: Path) -> None:
    encoder = LookEncoder()
    assert isinstance(encoder, ImageEncoder)
    index, bad = PhotoIndex.build([*PRODUCTS, Product("x", "x")], pictures, encoder)
    assert index.product_ids == ("red-wide", "red-tall", "blue-wide")
    assert [Path(name).stem for name in bad] == ["broken", "missing"]
    for name, (colour, wide) in {"red-wide": (RED, True), "blue-wide": (BLUE, True),
                                 "red-tall": (RED, False)}.items():  # fmt: skip
        found = index.similar(picture(colour, wide, 7), encoder, 3)
        assert found[0][0] == name
        assert found[0][1] <= 1.0 + 1e-5
    index.save(pictures / "photos.npz")
    again = PhotoIndex.open(pictures / "photos.npz")
    assert again.product_ids == index.product_ids and np.array_equal(again.vectors, index.vectors)
    (pictures / "photos.npz").write_bytes(b"x")
    with pytest.raises(ShopError, match="build the shop again"):
        PhotoIndex.open(pictures / "photos.npz")


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (64, 64), (700, 3)])
def test_any_shape_has_a_look(shape: tuple[int, int]) -> None:
    vector = LookEncoder().encode(np.zeros((*shape, 3), np.uint8))
    assert vector.dtype == np.float32 and np.linalg.norm(vector) == pytest.approx(1.0)


def test_what_is_no_picture_is_said(pictures: Path) -> None:
    for source in (pictures / "broken.png", pictures / "nowhere.png", b"", b"GIF89a"):
        with pytest.raises(InputError, match="JPEG or PNG"):
            load_image(source)
    assert load_image((pictures / "red-wide.png").read_bytes()).shape == (90, 120, 3)


def test_words_and_looks_are_fused() -> None:
    result = SearchResult((Hit("a", 3.0, ("title",)), Hit("b", 2.0), Hit("c", 1.0)), 3)
    together = fused(result, [("c", 0.9), ("elsewhere", 0.8)], 10)
    assert [hit.product_id for hit in together.hits] == ["c", "a", "b"]
    assert together.hits[0].reasons == ("looks alike",) and together.hits[1].reasons == ("title",)
    alone = fused(SearchResult(), [("c", 0.9), ("d", 0.8)], 1)
    assert [(h.product_id, h.score) for h in alone.hits] == [("c", 0.9)] and alone.total == 1
    assert fused(result, [], 10).hits[0].product_id == "a"


def test_another_encoders_pictures_do_not_compare() -> None:
    index = PhotoIndex("clip:x", ("a",), np.ones((1, 3), np.float32))
    with pytest.raises(ModelError, match="clip:x, not look-1"):
        index.similar(picture(RED, True), LookEncoder(), 1)
    assert PhotoIndex("look-1", (), np.zeros((0, 0), np.float32)).similar(
        picture(RED, True), LookEncoder(), 1
    ) == []  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_clip_checkpoint_encodes(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
             "num_attention_heads": 2}  # fmt: skip
    config = transformers.CLIPConfig(
        vision_config={**small, "image_size": 32, "patch_size": 16},
        text_config={**small, "vocab_size": 50},
        projection_dim=8,
    )
    transformers.CLIPModel(config).save_pretrained(tmp_path)
    size = {"height": 32, "width": 32}
    processor = transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=size)
    processor.save_pretrained(tmp_path)
    encoder = ClipEncoder(tmp_path)
    assert isinstance(encoder, ImageEncoder)
    first, second = (encoder.encode(picture(colour, True)) for colour in (RED, BLUE))
    assert first.shape == (8,) and np.linalg.norm(first) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(first, encoder.encode(picture(RED, True)))
    assert not np.allclose(first, second)
    with pytest.raises(ModelError, match="CLIP-like"):
        ClipEncoder(tmp_path / "nowhere")


def test_the_screen_is_a_mild_wish(shop) -> None:
    query = Query("red", "red", (Constraint("color", "Red"),))
    screen = Screen(category="Running shoes", tags=("blue", "leather", "unheard of"))
    seen = with_screen(query, screen, shop)
    found = {(c.field, c.value): c.confidence for c in seen.constraints}
    assert found == {
        ("color", "Red"): 1.0, ("category", "Running shoes"): 0.4, ("material", "Leather"): 0.4,
    }  # fmt: skip
    assert with_screen(query, Screen(), shop) is query
    assert with_screen(Query(""), screen, shop) == Query("")
