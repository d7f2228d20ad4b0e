from __future__ import annotations

import numpy as np
import pytest

from sayfind.text.phone_set import (
    ENGLISH_PHONES,
    MANDARIN_FINALS,
    MANDARIN_INITIALS,
    NUM_CLASSES,
    atom_classes,
    atom_costs,
    atom_gaps,
    atoms,
    homophone_classes,
    is_phone,
)

ALL = (*ENGLISH_PHONES, *MANDARIN_INITIALS, *MANDARIN_FINALS)


def test_the_inventory() -> None:
    assert len(ENGLISH_PHONES) == 39
    assert len(MANDARIN_INITIALS) == 21
    assert len(MANDARIN_FINALS) == 36 * 5
    assert len(set(ALL)) == len(ALL)


def test_no_two_phones_are_the_same_atoms() -> None:
    assert len({atoms((phone,)) for phone in ALL}) == len(ALL)


@pytest.mark.parametrize(
    ("final", "count"), [("a1", 1), ("ang1", 2), ("iang4", 3), ("ai2", 1), ("van5", 3), ("er2", 1)]
)
def test_finals_come_apart(final: str, count: int) -> None:
    assert len(atoms((final,))) == count


@pytest.mark.parametrize("name", ["", "AA1", "ang", "ang6", "-n", "aa", "Zh"])
def test_what_is_no_phone(name: str) -> None:
    assert not is_phone(name)
    with pytest.raises(ValueError, match="is not a phone"):
        atoms((name,))


def test_costs_are_symmetric_bounded_and_zero_only_on_the_diagonal() -> None:
    costs = atom_costs()
    assert np.array_equal(costs, costs.T)
    assert not costs.diagonal().any()
    assert (costs[~np.eye(len(costs), dtype=bool)] > 0).all()
    assert costs.max() <= 1.0


def test_gaps_cost_something_and_never_more_than_one() -> None:
    assert (atom_gaps() > 0).all() and (atom_gaps() <= 1).all()


def test_every_atom_that_is_no_glide_has_a_class() -> None:
    classes = atom_classes()
    assert classes.max() < NUM_CLASSES
    glides = [i for phone in ("Y",) for i in atoms((phone,))]
    assert all(classes[i] == 0 for i in glides)
    assert all(classes[atoms((phone,))[0]] for phone in ("P", "zh", "AA", "er4", "ang2", "TH"))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [("n", "l", True), ("zh", "z", True), ("an1", "ang4", True), ("in1", "ing2", True),
     ("f", "h", True), ("b", "p", False), ("N", "L", False), ("a1", "e1", False)],
)  # fmt: skip
def test_near_homophones(a: str, b: str, same: bool) -> None:
    classes = homophone_classes()
    key = [[int(classes[i]) for i in atoms((phone,))] for phone in (a, b)]
    assert (key[0] == key[1]) is same
