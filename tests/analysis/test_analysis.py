"""The stored document: schema, words and a checksum over everything else."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from initlab.analysis import StudyRecord
from initlab.errors import StudyError

from .making import a_cell, a_study, a_ten_cell, a_zeros_cell


def a_record() -> StudyRecord:
    return StudyRecord.of(
        a_study(),
        [a_zeros_cell(), a_ten_cell(), a_cell()],
        versions={"initlab": "0.1.0"},
        platform="Linux",
        engine="compiled",
    )


def test_the_document_holds_words_and_numbers_of_one_study() -> None:
    record = a_record().to_record()
    assert record["schema"] == 1
    assert "one seed cannot tell luck from skill" in record["verdict"]
    assert record["next"].endswith("--seeds 50")
    assert [start["init"] for start in record["summary"]] == record["study"]["inits"]
    assert len(record["differences"]) == 3


def test_the_checksum_is_the_sha256_of_the_sorted_compact_rest() -> None:
    record = a_record().to_record()
    rest = {key: record[key] for key in sorted(record) if key != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    assert record["checksum"] == hashlib.sha256(text.encode()).hexdigest()


def test_a_record_comes_back_equal() -> None:
    assert StudyRecord.from_record(a_record().to_record()) == a_record()


def test_an_edited_record_is_refused() -> None:
    record = {**a_record().to_record(), "verdict": "zeros wins"}
    with pytest.raises(StudyError, match="was edited"):
        StudyRecord.from_record(record)


def test_scores_of_one_seed_are_summarized_without_importing_scipy_stats() -> None:
    code = """
        import sys
        from initlab.analysis import StudyRecord
        from analysis.making import a_cell, a_study, a_ten_cell
        cells = [a_ten_cell(), a_cell()]
        StudyRecord.of(a_study(), cells, versions={}, platform="", engine="").to_record()
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
