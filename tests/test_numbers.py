"""Numbers as a reader sees them: a true minus, thousands with commas, short exponents."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from initlab.numbers import MINUS, decimals, shown


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.5, ".3g", "0.5"), (-0.0179, ".3g", "−0.0179"), (1234.0, ".3g", "1,230"),
        (98765.4, ".3g", "98,800"), (99999.9, ".3g", "1e5"), (123456.0, ".6g", "123,456"),
        (1.2e-7, ".2g", "1.2e−7"), (-5.5e12, ".3g", "−5.5e12"), (-39.36313, ".4f", "−39.3631"),
        (15000.0, ".0f", "15,000"), (0.1, "#.3g", "0.100"), (-0.04, ".1f", "0.0"),
        (-0.0, ".3g", "0"), (math.inf, ".3g", "inf"), (-math.inf, ".1f", "−inf"),
        (math.nan, ".3g", "nan"),
    ],
)  # fmt: skip
def test_a_number_is_written_for_a_reader(value, form, text):
    assert shown(value, form) == text


def test_what_is_read_back_is_the_number_rounded_to_so_many_digits():
    generator = np.random.default_rng(0)
    for value in generator.standard_normal(300) * 10.0 ** generator.integers(-12, 12, 300):
        read = float(shown(value).replace(MINUS, "-").replace(",", ""))
        assert Decimal(read) == Decimal(float(f"{value:.3g}"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "0"), (1.0, "1"), (-0.54594595, "−0.5459"), (0.0629, "0.0629"), (7e-5, "7e−5"),
        (123456.0, "1.2e5"), (12345.0, "12,345"), (100.0, "100"), (-4.4e-9, "−4.4e−9"),
        (math.inf, "inf"), (math.nan, "nan"),
    ],
)  # fmt: skip
def test_decimals_end_at_the_last_that_is_not_0(value, text):
    assert decimals(value, 4) == text
