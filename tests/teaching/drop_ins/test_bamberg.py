"""The assignment from generation to the last figure, and the checker of a student's notebook."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sklearn.datasets

from initlab.teaching.drop_ins.bamberg import (
    Visualization,
    check_notebook,
    generate_dataset,
    initialize_parameters_he,
    pickled_networks,
    preprocess,
)
from initlab.teaching.drop_ins.coursera import compute_loss, forward_propagation, model, predict_dec

from ..notebooks import write

SETTING = (300, 100, 0.05, 0.05, 1, 2)
KEYS = {
    "iterations", "costs", "learning_rate", "accuracy train set", "accuracy test set",
    "predictions train", "predictions test", "decision train", "decision test",
}  # fmt: skip


@pytest.fixture(scope="module")
def networks():
    return pickle.loads(pickled_networks())


def test_data_are_scikit_learns_and_preprocessing_turns_them():
    got = generate_dataset(*SETTING)
    expected = (
        *sklearn.datasets.make_circles(300, noise=0.05, random_state=1),
        *sklearn.datasets.make_circles(100, noise=0.05, random_state=2),
    )
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    assert [part.shape for part in preprocess(*got)] == [(2, 300), (1, 300), (2, 100), (1, 100)]


def test_the_pickle_has_what_the_notebook_looks_up(networks):
    assert list(networks) == ["zero initialization", "random initialization", "he initialization"]
    for facts in networks.values():
        assert set(facts) == KEYS
        assert facts["iterations"] == list(range(0, 15_001, 1000))
        assert len(facts["costs"]) == 16
        assert facts["learning_rate"] == 0.01
    accuracies = [round(facts["accuracy train set"], 2) for facts in networks.values()]
    assert accuracies == [0.5, 0.83, 0.99]
    assert networks["random initialization"]["costs"][0] == np.inf
    assert networks["he initialization"]["costs"][14] == pytest.approx(0.0735789596, abs=1e-10)
    assert networks["zero initialization"]["predictions test"].tolist() == [[0] * 100]


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_the_last_cost_and_the_decisions_are_those_after_15000_updates(networks):
    facts = networks["he initialization"]
    train_X, train_Y, test_X, test_Y = preprocess(*generate_dataset(*SETTING))
    theta = model(train_X, train_Y, print_cost=False)  # he, 15000 updates, at seed 3
    assert facts["costs"][15] == pytest.approx(
        compute_loss(forward_propagation(train_X, theta)[0], train_Y), rel=1e-9
    )
    np.testing.assert_array_equal(facts["predictions train"], predict_dec(theta, train_X))
    xs = np.arange(test_X[0].min() - 1, test_X[0].max() + 1, 0.01)
    ys = np.arange(test_X[1].min() - 1, test_X[1].max() + 1, 0.01)
    assert facts["decision test"].shape == (len(ys), len(xs))
    row = predict_dec(theta, np.stack([xs, np.full(len(xs), ys[200])]))
    np.testing.assert_array_equal(facts["decision test"][200], row[0])
    assert facts["accuracy test set"] == np.mean(facts["predictions test"] == test_Y)


def test_the_figures_of_the_notebook(networks, unseen_figures):
    points = generate_dataset(*SETTING)
    Visualization.visualize_the_data(*points)
    assert [ax.get_title() for ax in unseen_figures.gcf().axes] == ["Training data", "Test data"]
    unseen_figures.figure()
    facts = networks["he initialization"]
    Visualization.plot_the_cost(facts["iterations"], facts["costs"], facts["learning_rate"])
    assert unseen_figures.gca().get_title() == "Learning rate =0.01"
    train_X, train_Y, test_X, test_Y = preprocess(*points)
    for facts in networks.values():
        Visualization.plot_decision_boundary(
            facts["decision train"], train_X, train_Y, facts["decision test"], test_X, test_Y
        )
        assert unseen_figures.gcf().axes[0].get_xlim() == (-1.5, 1.5)


IMPORTS = "import numpy as np\nimport sklearn\nimport sklearn.datasets\n%matplotlib inline"
DATA = """def generate_dataset(n_samples_train: int, n_samples_test: int, noise_train: float,
                     noise_test: float, seed_train: int, seed_test: int):
    circles = sklearn.datasets.make_circles
    train = circles(n_samples_train, noise=noise_train, random_state=seed_train)
    test = circles(n_samples_test, noise=noise_test, random_state=seed_test)
    return *train, *test"""
PREPARED = """def preprocess(train_X: np.ndarray, train_Y, test_X, test_Y):
    return train_X.T, np.expand_dims(train_Y, 0), test_X.T, np.expand_dims(test_Y, 0)"""
ZEROS = """def initialize_parameters_zeros(layers_dims: list):
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters["W" + str(l)] = np.zeros((layers_dims[l], layers_dims[l-1]))
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters"""
RANDOM = """def initialize_parameters_random(layers_dims: list, seed: int):
    np.random.seed(seed)
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters["W" + str(l)] = np.random.randn(layers_dims[l], layers_dims[l-1]) * 10
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters"""
HE = RANDOM.replace("_random(", "_he(").replace("* 10", "* np.sqrt(2 / layers_dims[l-1])")
ANSWERS = {
    "TestDataGeneration": DATA,
    "TestPreprocessing": PREPARED,
    "TestZeroInitialization": ZEROS,
    "TestRandomInitialization": RANDOM,
    "TestHeInitialization": HE,
}
RUN = "!python ./tests/test_initialization.py --test_case TestDataGeneration"
WRONG = [
    ("TestDataGeneration", DATA.replace("random_state=seed_test", "random_state=seed_train"),
     "wrong values for the test samples. Check that each call of make_circles"),
    ("TestDataGeneration", DATA.replace("*train, *test", "*test, *train"), "wrong shape"),
    ("TestDataGeneration", DATA.replace("*train, *test", "None, None, None, None"), "None"),
    ("TestDataGeneration", DATA.replace("*train, *test", "train, test"), "four arrays, got 2"),
    ("TestDataGeneration", DATA.replace("return", "#"),
     "four arrays, got NoneType. Is there a return at the end"),
    ("TestPreprocessing", PREPARED.replace("train_X.T", "train_X"), "Transpose the array"),
    ("TestPreprocessing", PREPARED.replace("train_X.T", "train_X.reshape(2, -1)"),
     "wrong values for the training samples. Do not change the numbers."),
    ("TestPreprocessing", PREPARED.replace("train_Y, 0", "train_Y, 1"), "wrong shape"),
    ("TestZeroInitialization", ZEROS.replace("zeros((layers_dims[l], 1", "ones((layers_dims[l], 1"),
     "bias that is not zero"),
    ("TestZeroInitialization", "def initialize_parameters_zeros(layers_dims):\n    return {}",
     "a dictionary without W1"),
    ("TestRandomInitialization", RANDOM.replace("seed(seed)", "seed(3)"), "wrong value"),
    ("TestRandomInitialization", RANDOM.replace("np.random.seed(seed)", "pass"),
     r"np.random.seed(seed)"),
    ("TestHeInitialization", HE.replace("np.sqrt(2 / layers_dims[l-1])", "(2 / layers_dims[l-1])"),
     "sqrt was forgotten"),
]  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_answer_passes(name, tmp_path, capsys):
    write(tmp_path / "init.ipynb", IMPORTS, ANSWERS[name], RUN, "def broken(:", "1 / 0")
    assert check_notebook(tmp_path, ["--test_case", name]) == 0
    assert f"{name}: passed (init.ipynb)" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_a_wrong_answer_fails_and_is_told_why(name, answer, words, tmp_path, capsys):
    assert answer not in ANSWERS.values()
    write(tmp_path / "init.ipynb", IMPORTS, answer)
    assert check_notebook(tmp_path, ["--test_case", name]) == 1
    captured = capsys.readouterr()
    assert words in captured.err
    assert not captured.out


def test_all_five_are_checked_where_none_is_named(tmp_path, capsys):
    path = write(tmp_path / "init.ipynb", IMPORTS, *ANSWERS.values())
    assert check_notebook(tmp_path, []) == 0
    assert "All tests passed" in capsys.readouterr().out
    write(path, IMPORTS, *list(ANSWERS.values())[:4])
    assert check_notebook(tmp_path, []) == 3


def test_the_last_definition_counts_as_in_a_notebook_run_from_the_top(tmp_path):
    write(tmp_path / "init.ipynb", IMPORTS, ZEROS.replace("W", "V"), ZEROS)
    assert check_notebook(tmp_path, ["--test_case", "TestZeroInitialization"]) == 0


def test_no_notebook_and_a_wrong_name_are_told_apart(tmp_path, capsys):
    assert check_notebook(tmp_path, ["--test_case", "TestPreprocessing"]) == 3
    assert "the folder has no notebook." in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        check_notebook(tmp_path, ["--test_case", "TestNothing"])


def test_the_reference_takes_the_seed_it_is_given():
    np.random.seed(11)
    expected = np.random.randn(4, 2)  # sqrt(2 / 2) = 1
    np.testing.assert_array_equal(initialize_parameters_he([2, 4, 1], 11)["W1"], expected)
