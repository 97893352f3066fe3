"""The stored document: schema, words and a checksum; a function of the study and its cells."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from initlab.analysis import Analysis, command_line
from initlab.analysis.analysis import checksum
from initlab.analysis.storage import document
from initlab.errors import StudyError
from initlab.records import CANCELLED, Cell

from .making import HE, ZEROS, a_cell, a_diverged_cell, a_study, a_ten_cell, a_zeros_cell

RATES = (0.1, 0.01)


def a_record() -> Analysis:
    return Analysis(
        a_study(defaults={}),
        [a_zeros_cell(), a_ten_cell(), a_cell()],
        versions={"initlab": "0.1.0"},
    )


def cells_at(rate: float, scores: dict[str, list[float]]) -> list[Cell]:
    return [
        a_cell(init, seed, score, learning_rate=rate)
        for init, values in scores.items()
        for seed, score in enumerate(values)
    ]


def two_rates() -> Analysis:
    """Zeros are better at 0.1, he_normal at 0.01."""
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(6)), learning_rates=RATES)
    cells = cells_at(0.1, {ZEROS: [0.6] * 6, HE: [0.7] * 6})
    return Analysis(study, cells + cells_at(0.01, {ZEROS: [0.5] * 6, HE: [0.9] * 6}))


def stored(analysis: Analysis, **changes: Any) -> dict[str, Any]:
    """Return the document with keys changed and a checksum that is right, as a forger would."""
    record = {**json.loads(document(analysis)), **changes}
    return {**record, "checksum": checksum(record)}


def test_the_document_holds_words_and_numbers_of_one_study() -> None:
    record = a_record().to_record()
    assert record["schema"] == 2
    assert record["verdict"].startswith("Too few seeds: 1 seed does not show")
    assert record["judgement"] == {
        "kind": "too_few_seeds",
        "best": [HE, "normal(std=10)", "zeros"],  # one seed shows none of them worse
        "evidence": (
            "he_normal leads normal(std=10) by 16.0 points (1 seed), but a test needs 3 seeds."
        ),
        "next": record["next"],
    }
    assert record["next"].endswith("--seeds 50")
    assert [start["init"] for start in record["summary"]] == record["study"]["inits"]
    assert len(record["differences"]) == 3


def test_the_checksum_is_the_sha256_of_the_sorted_compact_rest() -> None:
    record = a_record().to_record()
    rest = {key: record[key] for key in sorted(record) if key != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    assert record["checksum"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("make", [a_record, two_rates])
def test_a_record_comes_back_equal(make: Any) -> None:
    read = Analysis.from_record(json.loads(document(make())))
    assert read == make()
    assert document(read) == document(make())


@pytest.mark.parametrize(
    "changed",
    [
        Analysis(
            a_study(defaults={}, threshold=0.2), a_record().cells, versions={"initlab": "0.1.0"}
        ),
        Analysis(a_study(defaults={}), a_record().cells[:2], versions={"initlab": "0.1.0"}),
        Analysis(a_study(defaults={}), a_record().cells, versions={"initlab": "0.2.0"}),
    ],
    ids=["study", "cells", "versions"],
)
def test_analyses_that_differ_are_not_equal(changed: Analysis) -> None:
    assert changed != a_record()


def test_an_edited_record_is_refused() -> None:
    record = {**a_record().to_record(), "verdict": "zeros wins"}
    with pytest.raises(StudyError, match="was edited"):
        Analysis.from_record(record)


@pytest.mark.parametrize(
    "key",
    ["summary", "differences", "verdict", "next", "platform", "engine", "rates", "judgement"],
)
def test_what_the_document_says_is_computed_again(key: str) -> None:
    whole = two_rates().to_record()
    assert Analysis.from_record(stored(two_rates(), **{key: None})).to_record()[key] == whole[key]


def test_a_study_written_before_there_was_a_judgement_opens() -> None:
    record = a_record().to_record()
    del record["judgement"]
    record["checksum"] = checksum(record)
    assert Analysis.from_record(record).verdict == a_record().verdict


def test_notes_are_kept_in_the_document_and_must_be_strings() -> None:
    record = Analysis(a_study(), a_record().all_cells, notes=["a note"]).to_record()
    assert record["notes"] == ["a note"]
    assert Analysis.from_record(record).to_record() == record
    record["notes"] = [1]
    record["checksum"] = checksum(record)
    with pytest.raises(StudyError, match=r"notes\[0\] must be a string"):
        Analysis.from_record(record)


def test_a_newer_schema_is_refused_with_the_version_to_install() -> None:
    record = stored(a_record(), schema=3, versions={"initlab": "0.9.0"}, cells={}, colour=1)
    with pytest.raises(StudyError) as caught:
        Analysis.from_record(record, source="study.json")
    assert str(caught.value) == (
        "study.json was written by initlab 0.9.0 and has schema 3, but this initlab reads only "
        "schemas up to 2. Install initlab 0.9.0 or later."
    )


def test_the_document_does_not_depend_on_the_order_of_the_cells() -> None:
    wanted = document(a_record())
    for cells in itertools.permutations(a_record().cells):
        assert document(Analysis(a_study(defaults={}), cells, versions=a_record().versions)) == (
            wanted
        )
    many = two_rates()
    assert document(Analysis(many.study, many.all_cells[::-1])) == document(many)


def test_a_report_folder_is_said_only_where_it_is_asked_for() -> None:
    analysis = a_record()
    before = document(analysis)
    assert analysis.next_command("my report").endswith(" --seeds 50 --out 'my report-2'")
    assert document(analysis) == before
    assert "--out" not in before


FINISHED = [a_zeros_cell(seed) for seed in range(6)] + [a_cell(HE, seed) for seed in range(6)]


@pytest.mark.parametrize(
    "last",
    [[], [a_diverged_cell(HE, 5).replace(outcome=CANCELLED, diverged_step=None)]],
    ids=["missing", "cancelled"],
)
def test_an_unfinished_study_has_no_winner_and_asks_for_the_same_again(last: list[Cell]) -> None:
    study = a_study(inits=(ZEROS, HE), seeds=tuple(range(6)), defaults={})
    whole = Analysis(study, FINISHED)
    assert whole.complete
    assert whole.differences[0].winner == HE
    assert (whole.verdict.kind, whole.verdict.best) == ("winner", (HE,))
    assert "beats" in document(whole)

    cut = Analysis(study, [*FINISHED[:-1], *last])
    assert not cut.complete
    assert cut.verdict == "Unfinished: 11 of 12 runs are done, so there is no winner yet."
    assert (cut.verdict.kind, cut.verdict.best) == ("unfinished", ())
    assert cut.verdict.next == cut.next
    assert [(d.winner, d.p, d.p_holm, d.noise) for d in cut.differences] == [
        (None, None, None, True)
    ]
    assert "beats" not in document(cut)
    assert cut.next == "initlab compare circles --init zeros --init he_normal --seeds 6"


def test_a_diverged_cell_is_a_result_and_not_a_missing_one() -> None:
    analysis = Analysis(a_study(inits=(HE,)), [a_diverged_cell()])
    assert analysis.complete
    assert (analysis.done_count, analysis.planned) == (1, 1)


def test_each_initialization_is_shown_at_its_best_rate_and_the_others_are_kept() -> None:
    analysis = two_rates()
    assert {(c.init, c.learning_rate) for c in analysis.cells} == {(ZEROS, 0.1), (HE, 0.01)}
    others = {(c.init, c.learning_rate) for c in analysis.cells_at_other_rates}
    assert others == {(ZEROS, 0.01), (HE, 0.1)}
    assert len(analysis.cells) == len(analysis.cells_at_other_rates) == 12
    assert [(r.init, r.learning_rate, r.finished, r.chosen) for r in analysis.rates] == [
        (ZEROS, 0.1, 6, True), (ZEROS, 0.01, 6, False), (HE, 0.1, 6, False), (HE, 0.01, 6, True),
    ]  # fmt: skip
    assert [r.mean for r in analysis.rates] == pytest.approx([0.6, 0.5, 0.7, 0.9])
    assert [s.metrics["test_accuracy"].mean for s in analysis.summary] == pytest.approx([0.6, 0.9])


def test_a_study_at_one_rate_has_no_table_of_rates() -> None:
    analysis = a_record()
    assert (analysis.rates, analysis.cells_at_other_rates) == ((), ())
    assert analysis.cells == analysis.all_cells


def test_a_cell_that_only_another_rate_misses_leaves_the_study_unfinished() -> None:
    whole = two_rates()
    (lost, *_) = whole.cells_at_other_rates
    cut = Analysis(whole.study, [cell for cell in whole.all_cells if cell is not lost])
    assert len(cut.cells) == 12
    assert (cut.complete, cut.done_count, cut.planned) == (False, 23, 24)
    assert cut.differences[0].winner is None
    assert cut.verdict.startswith("Unfinished: 23 of 24 runs are done")
    assert cut.next == command_line(whole.study)
    assert whole.next != cut.next


def test_a_study_stopped_before_its_second_rate_is_unfinished_when_read_again() -> None:
    whole = two_rates()
    cut = Analysis(whole.study, [c for c in whole.all_cells if c.learning_rate == 0.1])
    read = Analysis.from_record(json.loads(document(cut)))
    assert (read.complete, read.verdict) == (False, cut.verdict)
    assert read.verdict.startswith("Unfinished: 12 of 24 runs are done")
    assert read.rates == cut.rates


def test_cells_at_other_rates_that_were_never_kept_are_not_missed() -> None:
    whole = two_rates()
    old = Analysis(whole.study, whole.cells, rates=whole.rates)
    assert (old.complete, old.done_count, old.planned) == (True, 12, 12)
    assert (old.verdict.kind, whole.verdict.kind) == ("no_winner", "winner")
    assert "could not be tested" in old.verdict
    assert "no test is possible without scores at other rates" in old.verdict.evidence
    assert old.to_record()["cells_at_other_rates"] is None
    read = Analysis.from_record(json.loads(document(old)))
    assert read == old
    assert read.rates == whole.rates
    cut = Analysis(whole.study, whole.cells[:-1], rates=whole.rates)
    assert not cut.complete


def test_an_edited_cell_at_another_rate_is_noticed_and_a_wrong_one_named() -> None:
    record = json.loads(document(two_rates()))
    record["cells_at_other_rates"][3]["seed"] = 77
    with pytest.raises(StudyError, match="was edited"):
        Analysis.from_record(record)
    with pytest.raises(StudyError, match=r"^cells_at_other_rates\[3\]\.seed must be one of the"):
        Analysis.from_record({**record, "checksum": checksum(record)})


def test_what_trained_the_cells_is_named_once_each() -> None:
    cells = [
        a_zeros_cell().replace(engine="dense, compiled", platform="Linux"),
        a_ten_cell().replace(engine="torch, cpu", platform="Linux"),
        a_cell(engine="dense, compiled", platform="macOS"),
    ]
    analysis = Analysis(a_study(), cells)
    assert analysis.engine == "dense, compiled; torch, cpu"
    assert analysis.platform == "Linux; macOS"


def test_scores_of_one_seed_are_summarized_without_importing_scipy_stats() -> None:
    code = """
        import sys
        from initlab.analysis import Analysis, command_line
        from analysis.making import a_cell, a_study, a_ten_cell
        Analysis(a_study(), [a_ten_cell(), a_cell()]).to_record()
        assert "scipy.stats" not in sys.modules
    """
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
