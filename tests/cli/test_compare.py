"""`initlab compare` in the shell."""

from __future__ import annotations

import re

from tests.cli.running import initlab, one_json


def test_documents_study_prints_the_table_the_reasons_and_the_verdict():
    done = initlab("compare", "circles")
    assert done.returncode == 0
    top, _, following = done.stdout.partition("\nNext: ")
    verdict, evidence = top.split("\n", 1)
    assert verdict.startswith("Too few seeds: 1 seed does not show")
    at_80_columns = " ".join(evidence.split())
    assert "(1 seed, 100 test samples), but a test needs 3 seeds." in at_80_columns
    assert following.startswith("initlab compare circles --seeds 50 --steps 30000\n")
    for words in ("50.0 %", "99.3 %", "ln 2", "best constant prediction"):
        assert words in done.stdout
    assert done.stderr.startswith("1 seed is too few to name a winner")
    assert re.search(r"8[1-5]\.\d %", done.stdout)  # ×10 is chaotic in its last bits


def test_json_is_one_document_and_the_only_thing_on_standard_output():
    done = initlab("compare", "circles", "--seeds", "2", "--steps", "300", "--json")
    document = one_json(done.stdout)
    assert len(document["cells"]) == 6
    assert document["study"]["seeds"] == [0, 1]


def test_a_report_is_written_replaced_and_run_again(tmp_path):
    written = initlab("compare", "circles", "--steps", "200", "--out", "report", cwd=tmp_path)
    assert written.returncode == 0
    assert {"index.html", "study.json", "cells.csv", "loss_curves.png"} <= {
        path.name for path in (tmp_path / "report").iterdir()
    }
    assert initlab("compare", "circles", "--steps", "100", "--out", "report",
                   cwd=tmp_path).returncode == 0  # fmt: skip
    again = initlab("compare", "--from", "report/study.json", cwd=tmp_path)
    assert "all 3 runs agree with the file to the last digit" in again.stdout


def test_a_folder_of_somebody_elses_is_refused_before_training(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("do not lose")
    done = initlab("compare", "circles", "--out", "mine", cwd=tmp_path)
    assert done.returncode == 5
    assert done.stdout == ""
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_an_edited_study_file_is_refused_with_exit_code_4(tmp_path):
    initlab("compare", "circles", "--steps", "10", "--out", "report", cwd=tmp_path)
    path = tmp_path / "report" / "study.json"
    path.write_text(path.read_text().replace('"steps": 10', '"steps": 20'))
    done = initlab("compare", "--from", str(path))
    assert done.returncode == 4
    assert "edited" in done.stderr


def test_strict_exits_1_when_a_run_diverged():
    arguments = ("compare", "circles", "--init", "normal(std=10)", "--nonlinearity", "elu",
                 "--learning-rate", "1e5", "--loss-form", "logits", "--steps", "2000",
                 "--layer-dims", "2,10,10,1")  # fmt: skip
    assert initlab(*arguments).returncode == 0
    assert initlab(*arguments, "--strict").returncode == 1


def test_next_command_keeps_the_users_settings():
    done = initlab("compare", "circles", "--steps", "50", "--noise", "0.2", "--threshold", "0.4")
    line = next(line for line in done.stdout.splitlines() if line.startswith("Next: "))
    assert "--threshold 0.4" in line
    assert "--noise 0.2" in line
    assert "--init" not in line  # the study's own
    named = initlab(
        "compare", "circles", "--steps", "50", "-i", "he_normal", "-i", "normal(std=10)"
    )
    assert "--init he_normal --init 'normal(std=10)'" in named.stdout


def test_without_a_study_only_those_are_offered_that_need_nothing_more():
    done = initlab("compare")
    assert done.returncode == 2
    assert "circles" in done.stderr
    assert "arrays" not in done.stderr


def test_a_rate_for_each_init_and_its_study_run_again(tmp_path):
    rates = ["--learning-rate", "zeros=0.01", "--learning-rate", "normal(std=10)=0.1"]
    run = initlab(
        "compare", "circles", "--init", "zeros", "--init", "normal(std=10)", "--seeds", "2",
        "--steps", "20", *rates, "--out", str(tmp_path / "r"), "--json",
    )  # fmt: skip
    document = one_json(run.stdout)
    assert document["study"]["learning_rates"] == {"zeros": 0.01, "normal(std=10)": 0.1}
    assert "--learning-rate zeros=0.01 --learning-rate 'normal(std=10)=0.1'" in document["next"]
    again = initlab("compare", "--from", str(tmp_path / "r" / "study.json"))
    assert again.returncode == 0, again.stderr
    assert "learning rate 0.01 (zeros), 0.1 (normal(std=10))" in " ".join(again.stdout.split())
    wrong = initlab("compare", "circles", "--learning-rate", "zeros=0.01")
    assert (wrong.returncode, "one rate for each init of the study" in wrong.stderr) == (2, True)
