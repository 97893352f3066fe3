"""Labels of figures as messages."""

from __future__ import annotations

import pytest

from initlab.teaching.lessons.labels import messages_of, translated

RUSSIAN = {
    "seed {0}, the median of {1}": "из {1} зёрен медиана: {0}",
    "test, {0} points": "проверка, точек: {0}",
    "training loss": "потери при обучении",
}


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("step 100", ["step {0}"]),
        ("test, 100 points\nx2", ["test, {0} points"]),
        ("digits, 20 of 1,200 training images", ["digits, {0} of {1} training images"]),
        ("std 0.0881 → 1e-05", ["std {0} → {1}"]),
        ("validation R² −0.0729\nseed 3", ["validation R² {0}", "seed {0}"]),
        ("0, outer circle", ["{0}, outer circle"]),
        ("W1, 256 × 64", []),
        ("x2", []),
        ("−0.5", []),
        ("$10^{2}$", []),
        (r"$\mathrm{loss}$", []),
        (r"loss $\lambda$", [r"loss $\lambda$"]),
        ("he_normal", []),
        ("normal(std=10)", []),
        ("W1=normal,B1=normal,\nW2=normal,B2=normal", []),
    ],
)
def test_words_are_messages_and_numbers_are_places(text, messages):
    assert list(messages_of(text)) == messages


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("seed 2, the median of 6", "из 6 зёрен медиана: 2"),
        ("test, 100 points\nx2", "проверка, точек: 100\nx2"),
        ("training loss", "потери при обучении"),
        ("zeros", "zeros"),
        ("unknown words 5", "unknown words 5"),
    ],
)
def test_numbers_come_back_in_their_places(text, shown):
    assert translated(text, RUSSIAN) == shown


def test_a_start_is_never_translated_even_if_someone_translated_its_name():
    assert translated("zeros", {"zeros": "нули"}) == "zeros"
