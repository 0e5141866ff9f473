"""Cells of tables: which are empty, and their texts."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from dynscaling_nb.inputs.cells import is_list, is_missing, is_number, text_of, whole


@pytest.mark.parametrize(
    "cell", [None, "", " \t", math.nan, np.float32("nan"), pd.NA, pd.NaT, [], {}, np.array([])]
)
def test_an_empty_cell_is_missing(cell):
    assert is_missing(cell)


@pytest.mark.parametrize("cell", ["NA", "None", "null", "nan", 0, 0.0, False, [None], math.inf])
def test_words_for_nothing_are_words_and_zero_is_a_number(cell):
    assert not is_missing(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        (-0.0, "0"),
        (np.int64(7), "7"),
        (np.float64(7.5), "7.5"),
        (" 007 ", "007"),
        (Decimal("7.50"), "7.50"),
        (1e300, str(int(1e300))),
        (math.inf, "inf"),
    ],
)
def test_a_whole_number_has_no_decimals(cell, text):
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("cell", "number"), [(3, 3), (3.0, 3), (3.5, None), ("3", None), (True, None), (None, None)]
)
def test_only_a_number_is_whole(cell, number):
    assert whole(cell) == number


def test_a_text_is_no_list_and_a_truth_no_number():
    assert is_list([1])
    assert is_list(np.array(["a"]))
    assert not is_list("ab")
    assert not is_list({"a": 1})
    assert is_number(1.5)
    assert not is_number(True)
