"""`initlab show` in the shell."""

from __future__ import annotations

import math

import pytest

from tests.cli.running import initlab, one_json


def test_exact_distribution_and_draws_of_a_weight(tmp_path):
    done = initlab("show", "he_normal", "--shape", "256x784", "--out", "hist.png", "--json",
                   cwd=tmp_path)  # fmt: skip
    facts = one_json(done.stdout)
    assert facts["fan_in"] == 784
    assert facts["std"] == pytest.approx(math.sqrt(2 / 784), rel=1e-12)
    assert facts["drawn_std"] == pytest.approx(facts["std"], rel=0.01)
    assert (tmp_path / "hist.png").read_bytes().startswith(b"\x89PNG")


def test_a_distribution_without_fans_takes_a_size():
    shown = initlab("show", "uniform(low=-3, high=3)", "--size", "1000").stdout
    assert "1.73205" in shown  # 6 / sqrt(12)


def test_a_name_of_another_ending_is_refused_before_anything_is_drawn(tmp_path):
    done = initlab("show", "he_normal", "--shape", "3x4", "--out", "h.gif", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "out must be a file name that ends in .png, .svg or .pdf; got 'h.gif'.\n"
    )
    traced = initlab("trace", "curve", "--case", "W1=0,W2=0", "--out", "h.gif", cwd=tmp_path)
    expected = "initlab: out must be a file name that ends in .svg, .html or .json"
    assert traced.stderr.startswith(expected)
    assert list(tmp_path.iterdir()) == []


def test_other_ranks_name_their_axes():
    shape = ("--shape", "3x3x16x32")
    refused = initlab("show", "he_normal", *shape)
    assert refused.returncode == 2
    named = initlab("show", "he_normal", *shape, "--in-axis", "2", "--out-axis", "3", "--json")
    assert one_json(named.stdout)["fan_in"] == 144


def test_an_unwritable_figure_is_exit_code_5(tmp_path):
    done = initlab("show", "normal", "--size", "10", "--out", str(tmp_path / "no" / "h.png"))
    assert done.returncode == 5
