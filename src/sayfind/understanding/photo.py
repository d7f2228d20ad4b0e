"""A product photo as part of the query: pictures as vectors, and what looks alike fused with words.

``LookEncoder`` is built in, and weak: it knows colours and rough shapes, not things. A CLIP-like
checkpoint (``ClipEncoder``) knows things; it needs the extra ``photo`` and a folder on disk.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import av
import numpy as np
from numpy.typing import NDArray

from sayfind.catalog.product import Product
from sayfind.errors import InputError, ModelError, ShopError, require
from sayfind.types import Hit, SearchResult

__all__ = ["ClipEncoder", "ImageEncoder", "LookEncoder", "PhotoIndex", "fused", "load_image"]

Image = NDArray[np.uint8]
Vector = NDArray[np.float32]
_SIDE = 64  # pixels to which a picture is shrunk before its look is taken
_GRID = 4
_ANGLES = 8
_RRF = 60.0  # Cormack et al. 2009


@runtime_checkable
class ImageEncoder(Protocol):
    """Turns pictures into vectors that are near where the pictures are alike."""

    name: str
    """Which encoder it is: vectors of two different ones do not compare."""

    def encode(self, image: Image) -> Vector:
        """A vector of length 1, float32 ``(size,)``, of uint8 ``(height, width, 3)``."""
        ...


def load_image(source: Path | bytes) -> Image:
    """A picture (JPEG, PNG, WebP, GIF) as uint8 ``(height, width, 3)``, red first.

    Raises:
        InputError: it is missing, or no picture.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        with av.open(io.BytesIO(data), mode="r") as container:
            frame = next(container.decode(video=0))
            return frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    except (OSError, av.error.FFmpegError, StopIteration, IndexError, ValueError) as error:
        name = "The photo" if isinstance(source, bytes) else source
        raise InputError(f"{name} is no picture that can be read; send JPEG or PNG.") from error


class LookEncoder:
    """Implements ``ImageEncoder``: where which colours are, and which way edges run."""

    name = "look-1"

    def encode(self, image: Image) -> Vector:
        """Colour shares of 64 bins, and edge directions in each of 16 cells."""
        rows, columns = (
            np.linspace(0, side - 1, _SIDE).round().astype(int) for side in image.shape[:2]
        )
        small = image[rows][:, columns].astype(np.float32) / 255
        cells = (small * 3.999).astype(int)
        bins = cells[..., 0] * 16 + cells[..., 1] * 4 + cells[..., 2]
        colours = np.sqrt(np.bincount(bins.ravel(), minlength=64) / bins.size)
        down, across = np.gradient(small.mean(axis=2))
        strength = np.hypot(down, across)
        angle = (np.arctan2(down, across) / np.pi % 1.0 * _ANGLES).astype(int) % _ANGLES
        place = np.arange(_SIDE) * _GRID // _SIDE
        slot = (place[:, None] * _GRID + place[None, :]) * _ANGLES + angle
        edges = np.bincount(slot.ravel(), strength.ravel(), minlength=_GRID * _GRID * _ANGLES)
        parts = [_unit(colours), _unit(edges)]
        return _unit(np.concatenate(parts))


class ClipEncoder:
    """Implements ``ImageEncoder`` by a CLIP-like checkpoint in a folder.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        ModelError: the folder holds no such model.
    """

    def __init__(self, folder: Path) -> None:
        transformers = require("transformers", "photo")
        self._torch = require("torch", "photo")
        self.name = f"clip:{folder.resolve().name}"
        try:
            self._model: Any = transformers.AutoModel.from_pretrained(
                folder, local_files_only=True
            ).eval()
            self._processor: Any = transformers.AutoImageProcessor.from_pretrained(
                folder, local_files_only=True
            )
            self._features: Callable[..., Any] = self._model.get_image_features
        except (OSError, ValueError, AttributeError) as error:
            raise ModelError(f"{folder} holds no CLIP-like model of transformers.") from error

    def encode(self, image: Image) -> Vector:
        """The projected image features."""
        inputs = self._processor(images=image, return_tensors="pt")
        with self._torch.inference_mode():
            features = self._features(**inputs)
        features = getattr(features, "pooler_output", features)
        return _unit(features[0].numpy())


@dataclass(frozen=True, slots=True)
class PhotoIndex:
    """Pictures of products: ``vectors`` is float32 ``(num_pictures, size)``, rows of length 1."""

    encoder: str
    product_ids: tuple[str, ...]
    vectors: Vector

    @classmethod
    def build(
        cls, products: Sequence[Product], folder: Path, encoder: ImageEncoder
    ) -> tuple[PhotoIndex, tuple[str, ...]]:
        """The pictures that ``Product.image`` names in a folder, and those that cannot be read."""
        ids, vectors, bad = [], [], []
        for product in products:
            path = folder / Path(product.image).name
            if not product.image:
                continue
            try:
                vectors.append(encoder.encode(load_image(path)))
                ids.append(product.id)
            except InputError:
                bad.append(product.image)
        stacked = np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)
        return cls(encoder.name, tuple(ids), stacked), tuple(bad)

    def save(self, path: Path) -> None:
        """Write it as one NumPy archive."""
        np.savez(
            path, encoder=self.encoder, ids=np.array(self.product_ids, str), vectors=self.vectors
        )

    @classmethod
    def open(cls, path: Path) -> PhotoIndex:
        """Read what ``save`` wrote.

        Raises:
            ShopError: it is damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as kept:
                ids = tuple(map(str, kept["ids"]))
                return cls(str(kept["encoder"]), ids, kept["vectors"])
        except (OSError, ValueError, KeyError) as error:
            raise ShopError(f"{path} is damaged; build the shop again.") from error

    def similar(self, image: Image, encoder: ImageEncoder, k: int) -> list[tuple[str, float]]:
        """The (product, cosine) of the ``k`` pictures most alike.

        Raises:
            ModelError: the pictures were encoded by another encoder.
        """
        if encoder.name != self.encoder:
            raise ModelError(
                f"The shop's pictures were encoded by {self.encoder}, not {encoder.name}; "
                "index it with this encoder."
            )
        if not self.product_ids:
            return []
        cosines = self.vectors @ encoder.encode(image)
        order = np.argsort(-cosines, kind="stable")[:k]
        return [(self.product_ids[i], float(cosines[i])) for i in order]


def fused(
    result: SearchResult, alike: Sequence[tuple[str, float]], k: int, weight: float = 1.0
) -> SearchResult:
    """Words and looks as one order, by reciprocal ranks; without words it is the look's order.

    Where words were said, only what they found takes part: "this in black" is black.
    """
    rank = {product: place for place, (product, _) in enumerate(alike, 1)}
    if not result.hits:
        hits = [Hit(product, cosine, ("looks alike",)) for product, cosine in alike[:k]]
        return replace(result, hits=tuple(hits), total=max(result.total, len(hits)))
    hits = []
    for place, hit in enumerate(result.hits, 1):
        looks = rank.get(hit.product_id)
        score = 1 / (_RRF + place) + (weight / (_RRF + looks) if looks else 0.0)
        reasons = (*hit.reasons, "looks alike") if looks else hit.reasons
        hits.append(replace(hit, score=score, reasons=reasons))
    hits.sort(key=lambda hit: -hit.score)
    return replace(result, hits=tuple(hits[:k]))


def _unit(vector: NDArray[Any]) -> Vector:
    norm = float(np.linalg.norm(vector))
    return (vector / norm if norm else vector).astype(np.float32)
