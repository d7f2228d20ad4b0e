"""The log of changes: what is acknowledged is kept, whatever happens to the process."""

from __future__ import annotations

import fcntl
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayfind import updates
from sayfind.catalog.product import Product
from sayfind.errors import InputError, ShopError, StorageError
from sayfind.updates import Changes, UpdateLog, difference, product_of, row_of

MUG = Product("1", "red mug", "Kodak", ("Kitchen", "Mugs"), price=8.0,
              attributes={"colour": ("red",)}, translations={"title": ("红色杯子",)})  # fmt: skip

small = st.builds(
    Product, st.sampled_from("abcd"), st.sampled_from(("mug", "hat")), price=st.floats(0, 9)
)
steps = st.lists(
    st.one_of(
        small.map(lambda product: Changes((product,))),
        st.sampled_from("abcd").map(lambda name: Changes(removed=(name,))),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(st.lists(small, max_size=4), steps)
def test_changes_add_up(first: list[Product], steps: list[Changes]) -> None:
    catalogue = {product.id: product for product in first}
    at_once = Changes()
    one_by_one = dict(catalogue)
    for step in steps:
        at_once = at_once.then(step)
        one_by_one = step.applied(one_by_one)
    assert at_once.applied(catalogue) == one_by_one
    assert not {p.id for p in at_once.put} & set(at_once.removed)


@settings(deadline=None)
@given(st.lists(small, max_size=4), st.lists(small, max_size=4))
def test_a_difference_makes_one_of_the_other(before: list[Product], after: list[Product]) -> None:
    old, new = {p.id: p for p in before}, {p.id: p for p in after}
    assert difference(old, list(new.values())).applied(old) == new
    assert difference(old, list(new.values()), whole=False).applied(old) == old | new
    assert not difference(old, list(old.values()))


def test_products_come_back_as_they_were() -> None:
    assert product_of(json.loads(json.dumps(row_of(MUG)))) == MUG
    assert product_of({"id": "2", "title": "hat", "price": None}) == Product("2", "hat")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"id": "1"}, "an id and a title"),
        ({"id": "1", "title": "  "}, "an id and a title"),
        ({"id": 7, "title": "x"}, "The id of a product is a text"),
        ({"id": "1", "title": "x", "colour": "red"}, "has no 'colour'"),
        ({"id": "1", "title": "x", "price": -1}, "a number from 0 on"),
        ({"id": "1", "title": "x", "price": float("nan")}, "a number from 0 on"),
        ({"id": "1", "title": "x", "price": True}, "a number from 0 on"),
        ({"id": "1", "title": "x", "category": "Shoes"}, "lists of texts"),
        ({"id": "1", "title": "x", "attributes": ["red"]}, "map names"),
        ({"id": "1", "title": "x", "attributes": {"colour": [1]}}, "lists of texts"),
    ],
)
def test_what_is_no_product_is_said_plainly(values: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        product_of(values)


def test_readers_go_on_where_they_were(tmp_path: Path) -> None:
    log = UpdateLog(tmp_path)
    assert log.read() == (Changes(), 0)
    first = log.append(Changes((MUG,)))
    assert log.read() == (Changes((MUG,)), first)
    second = UpdateLog(tmp_path).append(Changes(removed=("1",)))
    assert log.read(first) == (Changes(removed=("1",)), second)
    assert log.read() == (Changes(removed=("1",)), second)
    assert log.read(second) == (Changes(), second)


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_half_a_line_was_never_acknowledged(tmp_path: Path, cut: int) -> None:
    log = UpdateLog(tmp_path)
    kept = log.append(Changes((MUG,)))
    log.append(Changes(removed=("1",)))
    data = log.path.read_bytes()
    log.path.write_bytes(data[:-cut])
    assert log.read() == (Changes((MUG,)), kept)
    again = UpdateLog(tmp_path)
    again.append(Changes((Product("2", "hat"),)))
    assert [product.id for product in again.read()[0].put] == ["1", "2"]


def test_damage_before_the_end_is_an_error(tmp_path: Path) -> None:
    log = UpdateLog(tmp_path)
    log.append(Changes((MUG,)))
    log.append(Changes(removed=("1",)))
    data = bytearray(log.path.read_bytes())
    data[20] ^= 0xFF
    log.path.write_bytes(data)
    with pytest.raises(ShopError, match="byte 0 are damaged"):
        log.read()
    with pytest.raises(ShopError, match="byte 0 are damaged"):
        UpdateLog(tmp_path).append(Changes((MUG,)))


def test_two_writers_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "_PATIENCE", 0.05)
    log = UpdateLog(tmp_path)
    log.append(Changes((MUG,)))
    with log.path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ShopError, match="Another process is changing"):
            log.append(Changes((MUG,)))
    log.append(Changes((MUG,)))


def test_a_disk_that_may_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="Cannot write"):
        UpdateLog(tmp_path / "missing").append(Changes((MUG,)))


WRITER = """
import itertools, sys
from pathlib import Path
from sayfind.catalog.product import Product
from sayfind.updates import Changes, UpdateLog
log, number = UpdateLog(Path(sys.argv[1])), int(sys.argv[2])
for count in itertools.count():
    name = f"{number}-{count}"
    log.append(Changes((Product(name, "a thing " * (count % 50 + 1)),)))
    print(name, flush=True)
"""


@pytest.mark.slow
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    """Each writer is killed at a drawn moment; what it acknowledged is in the log."""
    rng = random.Random(0)
    acknowledged: list[str] = []
    for number in range(50):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            acknowledged.append(writer.stdout.readline().strip())
            time.sleep(rng.random() * 0.05)
            writer.send_signal(signal.SIGKILL)
            acknowledged += writer.stdout.read().split("\n")[:-1]
    started = time.perf_counter()
    changes, _ = UpdateLog(tmp_path).read()
    assert time.perf_counter() - started < 5.0
    assert set(acknowledged) <= {product.id for product in changes.put}
    UpdateLog(tmp_path).append(Changes(removed=(acknowledged[0],)))
    assert acknowledged[0] in UpdateLog(tmp_path).read()[0].removed
