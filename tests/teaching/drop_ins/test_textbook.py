"""The textbook's curve: what ``train`` prints, and that it trains as the study does."""

from __future__ import annotations

import re

import numpy as np
import pytest

from initlab.errors import ArgumentError
from initlab.networks import DenseNetwork, gradients
from initlab.teaching.drop_ins.files import write_drop_ins
from initlab.teaching.drop_ins.textbook import DataLoader_7, train

ZEROS = (np.zeros((1, 2)), np.zeros((1, 2)), np.zeros((2, 1)), np.zeros((1, 1)))


@pytest.fixture(scope="module")
def points():
    return DataLoader_7()


def test_zeros_print_the_textbooks_lines_and_only_b2_moves(points, capsys):
    w1, b1, w2, b2 = train(points, *ZEROS)
    printed = capsys.readouterr().out.splitlines()
    line = r"轮数 (\d+), 迭代 (\d+), 训练集: loss (\S+), accu (\S+), 验证集: loss \S+, accu \S+"
    found = [re.fullmatch(line, one).groups() for one in printed[:2]]
    assert [one[:2] for one in found] == [("998", "24975"), ("999", "25000")]
    assert abs(float(found[1][2]) - 0.0228) < 0.0003  # the textbook's 0.022787
    assert abs(float(found[1][3]) - 0.4996) < 0.001
    assert printed[2:5] == ["W1 = [[0. 0.]]", "B1 = [[0. 0.]]", "W2 = [[0.] [0.]]"]
    assert re.fullmatch(r"B2 = \[\[0\.5\d+\]\]", printed[5])
    assert not any(array.any() for array in (w1, b1, w2))
    assert abs(b2.item() - 0.5943) < 0.01  # the textbook's, of another shuffle


def test_a_step_follows_the_gradient_of_the_loss(points):
    generator = np.random.default_rng(0)
    first = [generator.normal(size=array.shape) for array in ZEROS]
    one_batch = train(points, *first, learning_rate=0.5, epochs=1, batch_size=800)
    network = DenseNetwork((1, 2, 1), nonlinearity="tanh", loss="half_mean_squared_error")
    parameters = dict(zip(("W1", "b1", "W2", "b2"), (array.T for array in first), strict=True))
    _, slope = gradients(network, parameters, points.train_x, points.train_y.ravel())
    for name, before, after in zip(slope, first, one_batch, strict=True):
        assert np.allclose(after, before - 0.5 * slope[name].T, rtol=1e-12, atol=1e-14)


def test_what_is_left_out_is_drawn_as_the_textbook_draws_it(points):
    np.random.seed(5)
    drawn = train(points, epochs=1, batch_size=800, learning_rate=0)
    np.random.seed(5)
    assert np.array_equal(drawn[0], np.random.normal(size=(1, 2)))


def test_a_weight_of_another_shape_is_refused_in_one_sentence(points):
    words = r"W1 must be an array of shape \(1, 2\); got an array of shape \(2, 1\)"
    with pytest.raises(ArgumentError, match=words):
        train(points, np.zeros((2, 1)))


def test_its_files_are_written_where_the_textbook_looks_for_them(tmp_path):
    paths = write_drop_ins("textbook", tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "common/DataLoader_7.py", "H7_5_Train.py",
    ]  # fmt: skip
