"""The tables and sentences of a comparison, as text."""

from __future__ import annotations

import pytest

import initlab
from initlab.analysis import Analysis
from initlab.analysis.wording import shown_names
from initlab.report.curves import loss_figure
from initlab.report.page import render_page
from initlab.report.results import result_grid
from initlab.report.scores import score_figure
from initlab.report.summary import Summary, headline

from .making import HE, TEN, a_cell, a_diverged_cell, a_study


@pytest.fixture(scope="module")
def one_seed():
    return initlab.compare("circles", steps=3000, progress=False)


@pytest.fixture(scope="module")
def many_seeds():
    inits = ["zeros", "he_normal"]
    return initlab.compare("circles", inits=inits, seeds=6, steps=3000, progress=False)


def rows(text, name):
    return [line.split() for line in text.splitlines() if line.strip().startswith(name)]


def test_the_first_three_lines_are_answer_evidence_and_next_command(one_seed, many_seeds):
    for result in (one_seed, many_seeds):
        first, second, third, fourth, *_ = str(result.summary()).splitlines()
        verdict = result.verdict
        assert (first, second, third) == (str(verdict), verdict.evidence, f"Next: {verdict.next}")
        assert fourth == ""


def test_a_report_is_kept_by_the_next_command_which_is_never_broken(one_seed):
    text = str(one_seed.summary("a folder" * 20))
    assert f"--out '{'a folder' * 20}-2'" in text


def test_losses_of_the_table_are_those_of_the_curves(one_seed):
    text = str(one_seed.summary())
    by_init = {cell.init: cell for cell in one_seed.cells}
    zeros, large, he = (by_init[init].curve["train_loss"] for init in one_seed.study.inits)
    (row,) = rows(text, "2,000 ")
    assert row == ["2,000", f"{zeros[20]:.6f}", f"{large[20]:.6f}", f"{he[20]:.6f}"]
    assert "inf" in rows(text, "0 ")[0]


def test_one_seed_shows_every_metric_and_no_interval(one_seed):
    text = str(one_seed.summary())
    he = next(cell for cell in one_seed.cells if cell.init == "he_normal")
    row = " ".join(rows(text, "he_normal")[0])
    assert f"{100 * he.metrics['test_accuracy']:.1f} %" in row
    assert f"{he.metrics['train_loss']:.3g}" in row
    assert "edian" not in text
    assert "interval" not in text


def test_many_seeds_show_median_interval_and_the_worst_seed(many_seeds):
    text = str(many_seeds.summary())
    scores = sorted(c.metrics["test_accuracy"] for c in many_seeds.cells if c.init == "he_normal")
    row = " ".join(rows(text, "he_normal")[0])
    low, high = f"{100 * scores[0]:.1f}", f"{100 * scores[-1]:.1f}"
    middle = f"{50 * (scores[2] + scores[3]):.1f}"
    assert f"{middle} % {low} to {high} % 3/6 {low} %" in row


def test_the_best_constant_answer_is_the_last_row():
    cells = [a_cell(HE, 0, 0.9), a_cell(TEN, 0, 0.7)]
    study = a_study(inits=(TEN, HE), seeds=(0,), base_rates={"test_accuracy": 0.55})
    *inits, base = result_grid(Analysis(study, cells)).rows
    assert [row.name for row in inits] == [HE, TEN]  # as the verdict ranks
    assert (base.name, base.values[0], base.quiet) == ("best constant prediction", "55.0 %", True)


def test_without_a_base_rate_of_the_metric_a_sentence_says_so():
    grid = result_grid(Analysis(a_study(inits=(HE,), metric="test_accuracy"), [a_cell()]))
    assert [row.name for row in grid.rows] == [HE]
    assert "The test accuracy of the best constant prediction is not known." in grid.notes


def test_failing_runs_have_a_column_only_where_there_are_any():
    study = a_study(inits=(HE,), seeds=(0, 1))
    whole = Analysis(study, [a_cell(HE, 0), a_cell(HE, 1)])
    assert not any("failed" in heading for heading in result_grid(whole).headings)
    lost = Analysis(study, [a_cell(HE, 0), a_diverged_cell(HE, 1)])
    grid = result_grid(lost)
    place = grid.headings.index("failed\nruns")
    assert grid.rows[0].values[place - 1] == "1/2"
    assert "1 of 2 runs failed" in str(Summary(lost))


def test_a_median_that_diverged_runs_reach_is_a_dash():
    study = a_study(inits=(HE,), seeds=(0, 1, 2))
    cells = [a_cell(HE, 0), a_diverged_cell(HE, 1), a_diverged_cell(HE, 2)]
    text = str(Summary(Analysis(study, cells)))
    assert rows(text, "he_normal")[0][1] == "–"
    assert "inf" not in text.split("Why")[0]


def test_an_init_still_improving_is_marked_and_explained():
    losses = [1.0 - 0.02 * k for k in range(40)]
    cell = a_cell().replace(curve={"step": list(range(40)), "train_loss": losses})
    text = str(Summary(Analysis(a_study(inits=(HE,)), [cell])))
    assert rows(text, "he_normal ↑")
    assert "↑ still improving" in text


def test_notes_are_in_text_and_html():
    note = "3 parameters were not recognised & kept their values."
    summary = Summary(Analysis(a_study(inits=(HE,)), [a_cell()], notes=[note]))
    assert f"Note: {note}" in str(summary)
    assert note.replace("&", "&amp;") in summary._repr_html_()


def test_html_is_of_tables_with_the_verdict_first(one_seed):
    html = one_seed.summary()._repr_html_()
    assert "<pre" not in html
    assert html.index(one_seed.verdict) < html.index("<table")
    for init in one_seed.study.inits:
        assert f"{init}\u00a0↑</th>" in html or f"{init}</th>" in html


def test_a_default_that_distinguishes_an_init_is_shown():
    names = ("uniform", "uniform(low=-0.5, high=0.5)", "he_normal")
    assert [*shown_names(names).values()] == ["uniform(low=0, high=1)", *names[1:]]
    assert shown_names(("uniform", "he_normal")) == {"uniform": "uniform", "he_normal": "he_normal"}
    modes = ["he_normal", "he_normal(mode='fan_out')"]
    assert [*shown_names(modes).values()] == ["he_normal(mode='fan_in')", modes[1]]
    cells = [a_cell(name) for name in names]
    assert "uniform(low=0, high=1) " in str(Summary(Analysis(a_study(inits=names), cells)))


def test_losses_of_many_inits_stand_in_rows_and_no_name_is_broken():
    names = tuple(f"truncated_normal(std=0.0{k})" for k in range(1, 9))
    text = str(Summary(Analysis(a_study(inits=names), [a_cell(name) for name in names])))
    curves = text.split("Training loss before the update of each step")[1]
    assert all(len(rows(curves, name)) == 1 for name in names)


def test_several_learning_rates_are_named_and_tabled():
    result = initlab.compare("circles", inits=["he_normal"], learning_rate=[0.01, 0.1], steps=500,
                             progress=False)  # fmt: skip
    assert "learning rate 0.01 or 0.1" in headline(result.analysis)
    text = str(result.summary())
    best = max(result.analysis.rates, key=lambda one: one.mean)
    assert f"{100 * best.mean:.1f} % *" in text


def test_an_unfinished_study_says_everywhere_how_many_runs_are_done(many_seeds):
    whole = many_seeds.analysis
    cut = Analysis(whole.study, whole.all_cells[:-2], versions=whole.versions)
    text, page = str(Summary(cut)), render_page(cut)
    for shown in (text, page):
        assert "Medians over the runs done so far" in shown
        assert "Medians over 6 seeds" not in shown
    assert "seeds 0 to 5, 10 of 12 runs done" in " ".join(text.split())
    assert "2 inits, seeds 0 to 5, 10 of 12 runs done" in page
    for draw in (loss_figure, score_figure):
        title = draw(whole.study, cut.cells).axes[0].get_title(loc="left")
        assert "10 of 12 runs done" in title.replace("\n", " ")
        assert "done" not in draw(whole.study, whole.cells).axes[0].get_title(loc="left")
    assert "Medians over 6 seeds" in str(Summary(whole))
    assert "(4 of 6 seeds), but the study is not finished." in cut.differences[0].words


def test_own_data_is_called_by_its_file(tmp_path):
    (tmp_path / "flowers.csv").write_text("a,b\n" + "".join(f"{k},{k % 2}\n" for k in range(40)))
    settings = {"inits": ["zeros"], "seeds": 1, "steps": 1, "progress": False}
    result = initlab.compare(data=str(tmp_path / "flowers.csv"), **settings)
    assert headline(result.analysis).startswith("flowers.csv: 1-256-128-2 relu network")
    held = initlab.compare(data=([[float(k)] for k in range(40)], [0, 1] * 20), **settings)
    assert headline(held.analysis).startswith("own data: ")
