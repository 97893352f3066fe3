"""`initlab inits` in the shell."""

from __future__ import annotations

import math

import pytest

from initlab import recipe
from initlab.cli.inits import inits_command
from initlab.initializers import catalogue
from initlab.nonlinearities import mean_fields
from tests.cli.running import initlab, one_json


def test_every_start_is_listed_with_formula_and_source():
    shown = " ".join(initlab("inits").stdout.split())
    for row in catalogue():
        assert row["name"] in shown
        assert " ".join(row["formula"].split()[:3]) in shown


def test_json_is_the_catalogue():
    assert one_json(initlab("inits", "--json").stdout)["inits"] == catalogue()


def test_one_start_is_found_by_its_alias():
    shown = initlab("inits", "xavier_uniform").stdout
    assert "glorot_uniform" in shown
    assert "Glorot" in shown


def test_page_of_one_says_what_a_reader_needs():
    shown = " ".join(initlab("inits", "he_normal", "--shape", "128,784").stdout.split())
    for words in ("formula W ~ N(0, 2/", "use for ReLU", "not for", "checked", "fan_in 784",
                  "std 0.0505", "fan_in (keeps activations' std)"):  # fmt: skip
        assert words in shown


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("normal", "initlab inits normal --shape"),
        ("normal(std=3)", "initlab inits 'normal(std=3)' --shape"),
        ("fixup", "initlab inits 'fixup(branches=...)' --shape"),
        ("fixup --shape 9x9", "mean and std need the argument branches, as in fixup(branches=...)"),
    ],
)
def test_the_next_command_keeps_the_arguments_and_names_the_missing_one(name, command):
    assert command in " ".join(initlab("inits", *name.split()).stdout.split())


def test_brackets_of_a_formula_are_printed():
    assert "[gain Q, -gain Q]" in initlab("inits", "looks_linear").stdout


def test_numbers_for_a_layer_are_the_distributions():
    done = initlab("inits", "fixup(branches=16)", "--shape", "32x16x3x3", "--json")
    (row,) = one_json(done.stdout)["inits"]
    assert row["name"] == "fixup"
    assert (row["layer"]["fan_in"], row["layer"]["fan_out"]) == (144, 288)
    assert row["layer"]["std"] == pytest.approx(math.sqrt(2 / 144) / 4, rel=1e-12)


def test_family_and_search_choose_rows():
    rows = one_json(initlab("inits", "--family", "residual", "--json").stdout)["inits"]
    assert len(rows) >= 6
    assert {row["family"] for row in rows} == {"residual"}
    rows = one_json(initlab("inits", "--search", "Transformer branch", "--json").stdout)["inits"]
    assert "gpt2_residual" in {row["name"] for row in rows}
    assert "he_normal" not in {row["name"] for row in rows}


def test_list_with_a_shape_says_which_argument_is_missing():
    done = initlab("inits", "--family", "residual", "--shape", "4x4", "--json")
    rows = {row["name"]: row["layer"] for row in one_json(done.stdout)["inits"]}
    assert rows["deepnorm"]["std"] is None
    assert "layers" in rows["deepnorm"]["note"]


def test_edge_of_chaos_shows_the_fixed_point():
    shown = initlab("inits", "edge_of_chaos(nonlinearity=tanh, bias_std=0.2)").stdout
    assert "q* = 0.512" in shown
    assert "trainable depth: no limit in theory" in shown


def test_json_holds_the_gain_and_the_mean_field_that_are_shown():
    (row,) = one_json(initlab("inits", "forward_gain(nonlinearity=relu)", "--json").stdout)["inits"]
    assert row["gain"] == pytest.approx(math.sqrt(2), rel=1e-12)
    done = initlab("inits", "edge_of_chaos(nonlinearity=tanh, bias_std=0.2)", "--json")
    (row,) = one_json(done.stdout)["inits"]
    assert row["mean_field"]["q_star"] == pytest.approx(0.512, abs=5e-4)
    assert row["mean_field"]["trainable_depth"] is None  # no limit


def test_the_edge_of_chaos_is_solved_once(monkeypatch, capsys):
    solved, solve = [], mean_fields.edge_of_chaos
    monkeypatch.setattr(
        mean_fields, "edge_of_chaos", lambda *given: solved.append(given) or solve(*given)
    )
    mean_fields.named_edge.cache_clear()
    call = "edge_of_chaos(nonlinearity=erf, bias_std=0.1)"
    inits_command(name=call, family=None, search=None, shape="8x8", json_=False)
    assert "q* " in capsys.readouterr().out
    assert solved == [("erf", 0.1)]


def test_gain_of_a_nonlinearity_is_shown():
    shown = initlab("inits", "backward_gain(nonlinearity=relu, mode=fan_in)").stdout
    assert "1.41421356" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hee_normal"], "Did you mean 'he_normal'"),
        (["--family", "residul"], "Did you mean 'residual'"),
        (["--search", "tranformer"], "Did you mean 'transformer'"),
        (["--search", "tranformer width"], "Did you mean 'transformer'"),
        (["--search", "fixup identity sine"], "No entry contains all of these words."),
        (["--family", "residual", "--search", "sine"], "of the family 'residual' contains"),
        (["he_normal", "--family", "residual"], "left out with the name"),
        (["he_normal", "--shape", "3xq"], "sizes joined by x or commas"),
        (["fixup(branches=0)"], "branches must be an integer"),
    ],
)
def test_bad_input_is_one_sentence(arguments, words):
    done = initlab("inits", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_recipes_are_listed_and_shown_with_their_rules():
    shown = initlab("inits").stdout
    assert "lstm_forget, megatron" in " ".join(shown.split())
    assert "Recipes" not in initlab("inits", "--family", "residual").stdout
    page = initlab("inits", "recipe:t5(width=64)").stdout
    assert "*.q.weight=variance_scaling(scale=0.015625)" in page
    assert "Raffel" in page
    (row,) = one_json(initlab("inits", "recipe:gpt2", "--json").stdout)["recipes"]
    assert row["rules"] == str(recipe("gpt2"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["recipe:gtp2"], "Did you mean 'gpt2'"), (["recipe:t5", "--shape", "2x2"], "shape must be"),
     (["recipe:t5(width=0)"], "width must be a finite number > 0")],
)  # fmt: skip
def test_bad_recipes_are_one_sentence(arguments, words):
    done = initlab("inits", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
