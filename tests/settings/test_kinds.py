"""What a text of the command line stands for, and what each kind says is allowed."""

from __future__ import annotations

import pytest

from initlab.errors import ArgumentError
from initlab.settings import kinds


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (kinds.whole(0, 9), "7", 7),
        (kinds.number(above=0), "1e-3", 0.001),
        (kinds.SEED, "0", 0),
        (kinds.SEEDS, "50", 50),
        (kinds.RATES, "0.1", 0.1),
        (kinds.WIDTHS, "2,10,5,1", [2, 10, 5, 1]),
        (kinds.ARGUMENTS, "betas=(0.9, 0.99)", ("betas", (0.9, 0.99))),
        (kinds.ARGUMENTS, "mode=fast", ("mode", "fast")),
        (kinds.TEXT, "a", "a"),
    ],
)
def test_a_text_is_read_as_a_value(kind, text, value):
    assert kind.read("it", text) == value


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (kinds.whole(0, 9_000), "abc", "it must be an integer from 0 to 9,000; got 'abc'."),
        (kinds.whole(1), "1.5", "it must be an integer >= 1; got '1.5'."),
        (kinds.whole(1), "0", "it must be an integer >= 1; got 0."),
        (kinds.number(above=0), "nan", "it must be a finite number > 0; got nan."),
        (kinds.SEEDS, "abc", "it must be an integer from 1 to 100,000; got 'abc'."),
        (kinds.RATES, "-1", "it must be a finite number > 0 and <= 1e+06; got -1.0."),
        (kinds.WIDTHS, "2,,1", "it must be widths separated by commas, such as 2,10,5,1; got"),
        (kinds.ARGUMENTS, "x", "it must be of the form name=value; got 'x'."),
    ],
)
def test_a_wrong_text_is_refused_with_what_is_allowed(kind, text, sentence):
    with pytest.raises(ArgumentError) as refused:
        kind.read("it", text)
    assert str(refused.value).startswith(sentence)
    assert kind.expected("it") == refused.value.expected


def test_what_python_takes_is_more_than_one_option():
    assert kinds.SEEDS.check("seeds", 3) == (0, 1, 2)
    assert kinds.SEEDS.check("seeds", [5, 3]) == (5, 3)
    assert kinds.RATES.check("learning_rate", [0.1, 1]) == (0.1, 1.0)
    assert kinds.ARGUMENTS.check("a", [("b", 1)]) == {"b": 1}


def test_a_rate_may_belong_to_an_init_in_python_and_in_the_shell():
    named = {"he_normal": 0.1, "normal(std=10)": 1e-5}
    assert kinds.RATES.check("learning_rate", named) == named
    texts = ["he_normal=0.1", "normal(std=10)=1e-05"]
    read = [kinds.RATES.read("learning-rate", text) for text in texts]
    assert kinds.RATES.check("learning_rate", read) == named
    assert kinds.RATES.read("learning-rate", "0.1") == 0.1
    typed = r"got 'he_normal=0\.1, normal\(std=10\)=1e-05, 0\.01'"
    with pytest.raises(ArgumentError, match=rf"not both; {typed}"):
        kinds.RATES.check("learning_rate", [*read, 0.01])
    with pytest.raises(ArgumentError, match=r"got 'zeros=1, zeros=2'\. zeros occurs twice\."):
        kinds.RATES.check("learning_rate", [("zeros", 1), ("zeros", 2)])
    with pytest.raises(ArgumentError, match=r"must be a finite number > 0 .*got -1.* \(zeros\)"):
        kinds.RATES.check("learning_rate", {"zeros": -1})


@pytest.mark.parametrize("rates", [[()], [("zeros",)], [([], 1)], [((), 0.1)], [("a", 1, 2)]])
def test_rates_that_are_no_pairs_of_an_init_and_a_number_are_refused(rates):
    with pytest.raises(ArgumentError, match="or a mapping from each init to its rate; got"):
        kinds.RATES.check("learning_rate", rates)
