"""The main job: several starts and seeds of the circles, side by side."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import initlab
from initlab.analysis import write_study
from initlab.comparison import compare_again
from initlab.comparison.progress import ProgressBar
from initlab.study import dense_problem
from initlab.study.events import CellBegun
from initlab.study.executors import working


@pytest.fixture(scope="module")
def documents_study():
    return initlab.compare("circles", progress=False)


def of(result, init):
    return next(cell for cell in result.cells if cell.init == init)


def test_documents_study_reads_50_83_and_99_percent(documents_study):
    zeros, large, he = (cell.metrics["train_accuracy"] for cell in documents_study.cells)
    assert (zeros, f"{he:.0%}") == (0.5, "99%")
    # the last bits of another processor's sums change ×10's chaotic first steps
    assert large == pytest.approx(0.83, abs=0.02)


def test_zeros_stay_at_ln_2_and_large_weights_begin_at_inf(documents_study):
    zeros = of(documents_study, "zeros")
    assert zeros.curve["train_loss"] == pytest.approx([math.log(2)] * 150, abs=1e-12)
    large = of(documents_study, "normal(std=10)")
    assert large.curve["train_loss"][0] == math.inf
    assert large.outcome == "finished"


def test_loss_is_recorded_before_steps_0_100_200(documents_study):
    assert of(documents_study, "zeros").curve["step"] == list(range(0, 15_000, 100))


def test_start_of_the_course_stream_is_numpys_legacy_generator():
    result = initlab.compare("circles", inits=["he_normal"], steps=0, progress=False)
    generator = np.random.RandomState(3)
    expected = generator.randn(10, 2) * np.sqrt(2 / 2)
    assert np.array_equal(result.cells[0].parameters["W1"], expected)


def test_an_integer_counts_seeds_and_a_list_lists_them():
    counted = initlab.compare("circles", inits=["zeros"], seeds=3, steps=1, progress=False)
    listed = initlab.compare("circles", inits=["zeros"], seeds=[5, 2], steps=1, progress=False)
    assert [cell.seed for cell in counted.cells] == [0, 1, 2]
    assert [cell.seed for cell in listed.cells] == [5, 2]


def test_results_do_not_depend_on_the_number_of_workers_or_the_other_starts():
    options = {"seeds": 4, "steps": 300, "progress": False}
    alone = initlab.compare("circles", inits=["he_normal"], workers=1, **options)
    among = initlab.compare("circles", inits=["normal(std=10)", "he_normal"], workers=2, **options)
    kept = [cell for cell in among.cells if cell.init == "he_normal"]
    assert [c.to_record() for c in alone.cells] == [c.to_record() for c in kept]


def test_starts_of_one_seed_see_the_same_batches():
    """Two spellings of one distribution train alike only if their batches are the same."""
    result = initlab.compare(
        "circles", inits=["he_normal", "variance_scaling(scale=2, distribution='normal')"],
        optimizer="sgd", batch_size=150, steps=200, progress=False,  # the kernel of all 300
    )  # fmt: skip
    assert result.cells[0].curve == result.cells[1].curve


def test_a_diverged_run_is_a_result_with_its_step_and_no_score():
    result = initlab.compare(
        "circles", inits=["normal(std=10)", "zeros"], learning_rate=1e5, steps=2000,
        loss_form="logits", layer_dims=[2, 10, 10, 1], progress=False, nonlinearity="elu",
        dtype="float32",  # by BLAS: a kernel would take seconds to compile
    )  # fmt: skip
    wild, still = result.cells
    assert wild.outcome == "diverged"
    assert 0 <= wild.diverged_step < 2000
    assert wild.first_nonfinite
    assert set(wild.metrics.values()) == {None}
    assert still.outcome == "finished"
    assert "diverged" in result.summary().record.summary[0].why


def test_json_is_valid_names_the_contracts_keys_and_reproduces_the_study(tmp_path):
    path = tmp_path / "study.json"
    first = initlab.compare("circles", seeds=[3], steps=250, progress=False)
    text = first.to_json(path)
    document = json.loads(text, parse_constant=lambda token: pytest.fail(f"not JSON: {token}"))
    assert path.read_text(encoding="utf-8") == text
    assert document["study"]["stream"] == "course"
    assert document["cells"][1]["curve"]["train_loss"][0] == "inf"
    assert document["summary"][0]["train_accuracy"]["ci95"] is None
    again, stored = compare_again(path, progress=False)
    assert [c.to_record() for c in again.cells] == [c.to_record() for c in stored.cells]


def test_dead_and_distinct_units_are_counted_at_the_start():
    result = initlab.compare("circles", inits=["zeros", "he_normal"], steps=0, progress=False)
    zeros, he = (cell.start for cell in result.cells)
    assert zeros.dead_share == (1.0, 1.0)
    assert zeros.distinct_units == (1, 1)
    assert he.distinct_units == (10, 5)
    assert he.dead_share[0] < 0.5


def test_first_crossing_of_the_threshold_is_the_curves(documents_study):
    cell = of(documents_study, "he_normal")
    pairs = zip(cell.curve["step"], cell.curve["train_loss"], strict=True)
    assert cell.steps_to_threshold == next(step for step, loss in pairs if loss <= 0.3)
    assert of(documents_study, "zeros").steps_to_threshold is None


def test_one_seed_is_too_few_and_many_have_a_winner_with_its_median(documents_study):
    assert documents_study.verdict.kind == "too_few_seeds"
    many = initlab.compare("circles", inits=["zeros", "he_normal"], seeds=8, progress=False)
    scores = [c.metrics["test_accuracy"] for c in many.cells if c.init == "he_normal"]
    assert (many.verdict.kind, many.verdict.best) == ("winner", ("he_normal",))
    assert f"a median test accuracy of {np.median(scores):.1%}".replace("%", " %") in many.verdict


def test_summary_is_text_and_html_and_plot_writes_the_report(documents_study, tmp_path):
    text = str(documents_study.summary())
    assert "99.3 %" in text
    assert "14,000" in text
    assert "<table" in documents_study._repr_html_()
    files = documents_study.plot(tmp_path / "report")
    assert (tmp_path / "report" / "index.html") == files[0]
    assert all(path.stat().st_size > 0 for path in files)


def test_float32_and_dropout_train_on_the_blas_engine():
    result = initlab.compare(
        "circles", inits=["he_normal"], dtype="float32", dropout=0.2, steps=50, progress=False
    )
    assert result.analysis.engine == "dense, BLAS"
    assert result.cells[0].parameters["W1"].dtype == np.float32
    assert result.cells[0].outcome == "finished"


def test_a_stop_between_learning_rates_declares_no_winner(monkeypatch):
    def shows(self, event):
        if isinstance(event, CellBegun) and event.spec.training.learning_rate == 0.1:
            raise KeyboardInterrupt

    def runs(specs, loaded, callbacks, **options):
        if specs[0].training.learning_rate == 0.1:
            assert callbacks.stop.wait(60)  # until the interruption was seen
        return run_block(specs, loaded, callbacks, **options)

    run_block = working.run_block
    monkeypatch.setattr(working, "run_block", runs)
    monkeypatch.setattr(ProgressBar, "show", shows)
    rates = [0.01, 0.1, 1.0]
    result = initlab.compare("circles", learning_rate=rates, steps=20, workers=1, progress=False)
    outcomes = {(cell.learning_rate, cell.outcome) for cell in result.all_cells}
    assert outcomes == {(0.01, "finished"), (0.1, "cancelled")}
    assert result.interrupted
    assert "no winner yet" in result.verdict
    assert "--learning-rate 0.01 --learning-rate 0.1 --learning-rate 1" in result.analysis.next


def test_nothing_is_scored_of_a_run_that_diverged(monkeypatch):
    monkeypatch.setattr(dense_problem, "final_scores", lambda *_: pytest.fail("scored"))
    result = initlab.compare(
        "circles", inits=["normal(std=10)"], learning_rate=1e5, steps=2000, loss_form="logits",
        layer_dims=[2, 10, 10, 1], progress=False, nonlinearity="elu", dtype="float32",
    )  # fmt: skip
    assert result.cells[0].outcome == "diverged"
    assert list(result.cells[0].metrics) == [
        "train_loss", "test_loss", "train_accuracy", "test_accuracy",
    ]  # fmt: skip


def test_each_figure_of_the_report_can_be_had_by_itself():
    result = initlab.compare(
        "circles", inits=["zeros", "he_normal"], seeds=2, steps=20, progress=False
    )
    assert result.figures() == ("scores", "loss_curves", "depth", "decision_boundaries", "data")
    for name in result.figures():
        assert result.figure(name).axes
    with pytest.raises(initlab.ArgumentError, match="Did you mean 'loss_curves'"):
        result.figure("loss_curve")


def test_every_init_may_have_a_rate_of_its_own(tmp_path):
    own = {"zeros": 0.5, "normal(std=10.0)": 0.02}
    settings = {"inits": ["normal(std=10)", "zeros"], "seeds": 2, "steps": 20, "progress": False}
    result = initlab.compare("circles", learning_rate=own, **settings)
    study = result.analysis.study
    assert dict(study.own_rates) == {"normal(std=10)": 0.02, "zeros": 0.5}
    assert (study.rates, study.cell_count) == ((0.02,), 4)
    for init, rate in study.own_rates.items():
        alone = initlab.compare("circles", learning_rate=rate, **{**settings, "inits": [init]})
        assert [cell for cell in result.cells if cell.init == init] == list(alone.cells)
    assert result.analysis.rates == ()  # nothing was chosen
    assert "learning rate 0.02 (normal(std=10)), 0.5 (zeros)" in str(result.summary())
    write_study(tmp_path / "study.json", result.analysis)
    again, stored = compare_again(tmp_path / "study.json", progress=False)
    assert again.analysis == stored == result.analysis


def test_equal_rates_of_all_inits_are_one_rate():
    settings = {"inits": ["he_normal", "zeros"], "steps": 5, "progress": False}
    own = initlab.compare("circles", learning_rate={"zeros": 0.1, "he_normal": 0.1}, **settings)
    assert own.analysis == initlab.compare("circles", learning_rate=0.1, **settings).analysis


@pytest.mark.parametrize(
    "rates",
    [
        {"zeros": 0.1},
        {"zeros": 0.1, "he_normal": 0.2, "ones": 0.1},
        {"zeros": 0.1, "typo": 0.2},
        {"he_normal": 0.1, "he_normal()": 0.1, "zeros": 0.2},
    ],
)
def test_rates_of_other_inits_than_those_compared_are_refused(rates):
    with pytest.raises(
        initlab.ArgumentError,
        match=r"learning_rate must be one rate for each init of the study \(zeros, he_normal\)",
    ):
        initlab.compare("circles", inits=["zeros", "he_normal"], learning_rate=rates, steps=5)
