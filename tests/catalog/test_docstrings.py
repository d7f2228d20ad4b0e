from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = ["columns", "cells", "cross_script", "forms", "inflection", "speakable"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(f"sayfind.catalog.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
