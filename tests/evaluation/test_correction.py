from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.evaluation.correction import (
    CorrectionCase,
    correction_gain,
    over_correction_rate,
    recovery_rate,
    relative_error_reduction,
)

TEXTS = st.sampled_from(["hp laser jet", "hp laser", "h p laser jet", "canon", ""])


def test_gain_and_reduction_are_of_errors() -> None:
    cases = [
        CorrectionCase("easy riser bike", "easy liser bike", "easy riser bike"),  # mended
        CorrectionCase("cat food dry", "cat foot try", "cat food try"),  # half mended
        CorrectionCase("red shoes now", "red shoes now", "red shows now"),  # broken
    ]
    assert correction_gain(cases).value == pytest.approx(1 / 9)
    assert relative_error_reduction(cases).value == pytest.approx(1 / 3)
    assert over_correction_rate(cases).value == 1.0
    assert recovery_rate(cases).value == 0.5


def test_over_correction_is_a_share_of_what_was_right() -> None:
    cases = [
        CorrectionCase("a b", "a b", "a b"),
        CorrectionCase("a b", "A b!", "A b!"),
        CorrectionCase("a b", "a b", "a c"),
        CorrectionCase("a b", "x", "y"),
    ]
    figure = over_correction_rate(cases)
    assert (figure.value, figure.n) == (pytest.approx(1 / 3), 3)


def test_changing_the_case_of_a_right_reading_is_over_correction() -> None:
    shouted = CorrectionCase("hp laser jet", "hp laser jet", "HP laser jet")
    assert over_correction_rate([shouted]).value == 1.0
    assert correction_gain([shouted]).value == 0.0


def test_writing_it_as_the_reference_does_is_no_over_correction() -> None:
    polished = CorrectionCase("HP LaserJet", "hp laserjet", "HP LaserJet")
    assert over_correction_rate([polished]).value == 0.0


def test_chinese_is_compared_by_character() -> None:
    case = CorrectionCase("华为手机", "花为手机", "华为手机")
    assert correction_gain([case]).value == 0.25
    assert recovery_rate([case]).value == 1.0


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_leaving_everything_alone_changes_nothing(pairs: list[tuple[str, str]]) -> None:
    cases = [CorrectionCase(said, heard, heard) for said, heard in pairs]
    for figure in (correction_gain(cases), relative_error_reduction(cases)):
        assert not figure.is_defined or figure.value == 0.0
    for figure in (over_correction_rate(cases), recovery_rate(cases)):
        assert not figure.is_defined or figure.value == 0.0


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_mending_everything_takes_all_errors_away(pairs: list[tuple[str, str]]) -> None:
    cases = [CorrectionCase(said, heard, said) for said, heard in pairs]
    reduction = relative_error_reduction(cases)
    assert not reduction.is_defined or reduction.value == 1.0
    rates = [over_correction_rate(cases), recovery_rate(cases)]
    assert sum(rate.n for rate in rates) == len(cases)
    assert not rates[0].is_defined or rates[0].value == 0.0
    assert not rates[1].is_defined or rates[1].value == 1.0


def test_with_nothing_to_judge_nothing_is_claimed() -> None:
    assert not over_correction_rate([CorrectionCase("a", "b", "c")]).is_defined
    assert not recovery_rate([CorrectionCase("a", "a", "a")]).is_defined
    assert not relative_error_reduction([CorrectionCase("a", "a", "a")]).is_defined
