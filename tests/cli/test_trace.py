"""`initlab trace` in the shell."""

from __future__ import annotations

import pytest

from initlab.settings.names import PLANE
from tests.cli.running import initlab, one_json

FIRST = (
    "trace", "curve", "--case", "W1=0,B1=0,W2=0,B2=0", "--steps", "2", "--batch-size", "1",
    "--learning-rate", "0.1", "--inputs", "0.5,0.5", "--targets", "0.545945946,0.259459459",
)  # fmt: skip


def test_first_case_as_json():
    record = one_json(initlab(*FIRST, "--json").stdout)
    assert record["ok"] is True
    assert record["init"] == "W1=0,B1=0,W2=0,B2=0"
    found = [
        (s["step"], round(s["backward"]["dZ2"][0][0], 8), round(s["parameters"]["B2"][0][0], 8))
        for s in record["steps"]
    ]
    assert found == [(1, -0.54594595, 0.05459459), (2, -0.20486486, 0.07508108)]


def test_first_case_as_table_and_picture(tmp_path):
    done = initlab(*FIRST, "--out", "trace.svg", cwd=tmp_path)
    assert done.returncode == 0
    assert "dZ2 = [−0.20486486]" in done.stdout
    assert "is 0 because A1 is 0" in done.stdout
    assert (tmp_path / "trace.svg").read_text(encoding="utf-8").startswith("<svg")


def test_circles_are_traced_on_all_points():
    record = one_json(
        initlab("trace", "circles", "--init", "he_normal", "--seed", "3", "--steps", "1", "--json")
        .stdout
    )  # fmt: skip
    (step,) = record["steps"]
    assert len(step["forward"]["Z1"]) == 300
    assert step["parameters"]["W1"][0][0] == pytest.approx(1.7886, abs=1e-3)


def test_without_a_study_every_study_that_can_be_traced_is_named():
    names = ", ".join(("curve", *PLANE, "boundary"))
    assert f"study must be one of {names}; got nothing" in initlab("trace").stderr


def test_features_of_a_sample_are_separated_by_semicolons():
    record = one_json(
        initlab("trace", "circles", "--case", "W1=1,W2=1,W3=1", "--inputs", "0.5;0.1,2;3",
                "--targets", "1,0", "--json").stdout
    )  # fmt: skip
    assert record["steps"][0]["inputs"] == [[0.5, 0.1], [2.0, 3.0]]
    wrong = initlab("trace", "circles", "--init", "zeros", "--inputs", "1,2", "--targets", "1,0")
    assert "inputs must be of shape (samples, 2); got (2, 1). Commas separate" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "argument"),
    [
        ([], 2, "study"),
        (["crve", "--init", "zeros"], 2, "study"),
        (["curve"], 2, "case"),
        (["curve", "--init", "zeros", "--case", "W1=0,W2=0"], 2, "case"),
        (["curve", "--case", "W1=0"], 2, "case"),
        (["curve", "--case", "he_normal"], 2, "case"),
        (["curve", "--case", "W1=0,W2=0", "--inputs", "1"], 2, "targets"),
        (["curve", "--case", "W1=0,W2=0", "--inputs", "1_0", "--targets", "1"], 2, "inputs"),
        (["curve", "--case", "W1=0,W2=0", "--inputs", "1;2,3", "--targets", "1,1"], 2, "inputs"),
        (["curve", "--case", "W1=0,W2=0", "--inputs", "1,2", "--targets", "1"], 3, "targets"),
        (["curve", "--case", "W1=0,W2=0", "--inputs", "nan", "--targets", "1"], 3, "inputs"),
        (["curve", "--case", "W1=0,W2=0", "--steps", "0"], 2, "steps"),
        (["curve", "--case", "W1=0,W2=0", "--learning-rate", "nan"], 2, "learning_rate"),
        (["curve", "--case", "W1=0,W2=0", "--out", "t.png"], 2, "out"),
    ],
)
def test_misuse_is_refused_by_name(arguments, code, argument, capsys):
    from initlab.cli.main import main

    with pytest.raises(SystemExit) as caught:
        main(["trace", *arguments, "--json"])
    assert caught.value.code == code
    assert one_json(capsys.readouterr().out)["error"]["argument"] == argument


def test_a_picture_that_cannot_be_written_is_exit_code_5(tmp_path):
    done = initlab(*FIRST, "--out", str(tmp_path / "missing" / "t.svg"))
    assert done.returncode == 5
    assert "cannot be written" in done.stderr
