"""Labels of figures as messages."""

from __future__ import annotations

import pytest

from initlab.teaching.lessons.catalogue import translations
from initlab.teaching.lessons.labels import NUMBER_FORM, messages_of, translated

RUSSIAN = {
    "seed {0}, the median of {1} runs": "из {1} зёрен медиана: {0}",
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
        ("seed 2, the median of 6 runs", "из 6 зёрен медиана: 2"),
        ("test, 100 points\nx2", "проверка, точек: 100\nx2"),
        ("training loss", "потери при обучении"),
        ("zeros", "zeros"),
        ("unknown words 5", "unknown words 5"),
    ],
)
def test_numbers_come_back_in_their_places(text, shown):
    assert translated(text, RUSSIAN) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("seed 2, the median of 1,200 runs", "из 1\N{NO-BREAK SPACE}200 зёрен медиана: 2"),
        ("test, 0.5 points", "проверка, точек: 0,5"),
        ("−0.25", "−0,25"),
        ("62.5 %", "62,5 %"),
        ("14000", "14\N{NO-BREAK SPACE}000"),
        ("0.00012", "0,00012"),
        ("$\\mathdefault{10^{0.5}}$", "$\\mathdefault{10^{0.5}}$"),
        ("normal(std=0.1)", "normal(std=0.1)"),
        ("unknown words 0.5", "unknown words 0.5"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(text, shown):
    form = {NUMBER_FORM: "12\N{NO-BREAK SPACE}345,6"}
    assert translated(text, RUSSIAN | form) == shown


@pytest.mark.parametrize(("language", "shown"), [("zh", "62.5%"), ("ru", "62,5 %")])
def test_a_tick_in_percent_is_written_as_in_the_text(language, shown):
    assert translated("62.5 %", translations(language)) == shown


def test_an_init_is_never_translated_even_if_someone_translated_its_name():
    assert translated("zeros", {"zeros": "нули"}) == "zeros"
