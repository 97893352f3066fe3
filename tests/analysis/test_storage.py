"""A study's file comes back whole, and every wrong file gets one sentence."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from initlab.analysis import Analysis, read_study, storage, write_study
from initlab.analysis.analysis import checksum
from initlab.errors import DataError, InitlabError, StorageError, StudyError
from initlab.records import Cell

from .making import (
    HE,
    TEN,
    ZEROS,
    a_cell,
    a_diverged_cell,
    a_study,
    a_ten_cell,
    a_zeros_cell,
    cells_of,
)


def a_record(cells: list[Cell] | None = None, **settings: Any) -> Analysis:
    return Analysis(
        a_study(**settings),
        [a_zeros_cell(), a_ten_cell(), a_cell()] if cells is None else cells,
        versions={"initlab": "0.1.0", "python": "3.11.7"},
    )


def _fail(token: str) -> Any:
    raise AssertionError(token)


def _stored(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(), parse_constant=_fail))


def _store(path: Path, record: dict[str, Any]) -> None:
    """Write a record with a checksum that is right, as a forger or an older version would."""
    path.write_text(json.dumps({**record, "checksum": checksum(record)}))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "study.json"
    write_study(path, a_record())
    return path


def _message(path: Path, kind: type[InitlabError]) -> str:
    with pytest.raises(kind) as caught:
        read_study(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_a_study_comes_back_from_its_file_equal(written: Path) -> None:
    assert read_study(written) == a_record()
    assert read_study(written).to_record() == a_record().to_record()


def test_divergence_and_many_seeds_come_back_too(tmp_path: Path) -> None:
    cells = [*cells_of({ZEROS: [0.5] * 6, HE: [0.9] * 5}), a_diverged_cell(HE, 5)]
    cells += [a_diverged_cell(TEN, k) for k in range(6)]
    record = a_record(cells, seeds=tuple(range(6)))
    write_study(tmp_path / "study.json", record)
    assert read_study(tmp_path / "study.json") == record


def test_the_file_has_the_keys_of_the_contract_and_no_nan_token(written: Path) -> None:
    assert list(_stored(written)) == [
        "schema", "study", "cells", "summary", "differences", "verdict", "next", "versions",
        "platform", "engine", "rates", "cells_at_other_rates", "judgement", "notes",
        "checksum",
    ]  # fmt: skip


def test_every_cell_has_a_line_of_its_own(written: Path) -> None:
    lines = written.read_text().splitlines()
    assert sum(line.startswith('  {"init": ') and '"curve"' in line for line in lines) == 3


def test_writing_replaces_the_old_file_and_leaves_nothing_beside_it(written: Path) -> None:
    write_study(written, a_record(seeds=(3,), threshold=0.2))
    assert read_study(written).study.training.threshold == 0.2
    assert list(written.parent.iterdir()) == [written]


def test_the_file_has_ordinary_permissions(written: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(written.stat().st_mode) == 0o666 & ~mask


def test_a_failed_write_keeps_the_old_file(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = written.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="no space left on device"):
        write_study(written, a_record(threshold=0.2))
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]


def test_writing_into_a_missing_folder_or_over_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no folder"):
        write_study(tmp_path / "gone" / "study.json", a_record())
    with pytest.raises(StorageError, match="it is a folder"):
        write_study(tmp_path, a_record())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_writing_into_a_closed_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="permission denied"):
        write_study(tmp_path / "study.json", a_record())


def test_writing_to_a_name_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written: file name too long"):
        write_study(tmp_path / ("x" * 300), a_record())


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert _message(tmp_path / "study.json", StorageError).endswith("study.json does not exist.")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in _message(tmp_path, StorageError)


def test_a_device_is_refused() -> None:
    assert "not a regular file" in _message(Path("/dev/zero"), StorageError)


def test_a_nul_in_the_path_is_refused() -> None:
    with pytest.raises(StorageError):
        read_study("a\0b")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "study.json is empty."),
        (b" \n\t", "study.json is empty."),
        (b"\xef\xbb\xbf", "study.json is empty."),
        (b"\xff\xd8\xff\xe0", "is not valid JSON: it is not UTF-8 text."),
        ('{"a": 1}'.encode("utf-16"), "is not valid JSON: it is not UTF-8 text."),
        (b"\0" * 9, "is not valid JSON: expecting value, in line 1."),
        (b'{"a": [1,\n 2', "is not valid JSON: it ends too early, in line 2."),
        (b'{"a": "b', "is not valid JSON: it ends too early, in line 1."),
        (b'{"a": 1} {}', "is not valid JSON: extra data, in line 1."),
        (b'{"a": 1e999}', "is not valid JSON: 1e999 is too large a number."),
        (b'{"a": -1e400}', "is not valid JSON: -1e400 is too large a number."),
        (b'{"a": Infinity}', "the value Infinity is not allowed"),
        (b"{'a': 1}", "is not valid JSON"),
        (b'{"a": NaN}', "the value NaN is not allowed"),
        (b'{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        (b"[" * 100_000, "is nested too deeply"),
        (
            b'{"a": ' + b"9" * 5000 + b"}",
            "is not valid JSON: a number of 5,000 digits is too large.",
        ),
    ],
)
def test_what_is_not_json_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "study.json"
    path.write_bytes(content)
    assert words in _message(path, DataError)


def test_a_mark_in_front_is_no_damage(written: Path) -> None:
    before = read_study(written).to_record()
    written.write_bytes(b"\xef\xbb\xbf" + written.read_bytes())
    assert read_study(written).to_record() == before


@pytest.mark.parametrize("place", ["study", "cells", "versions", "verdict", "checksum"])
@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [1], {"a": 1}])
def test_every_part_of_another_kind_is_refused(written: Path, place: str, value: object) -> None:
    document = json.loads(written.read_text())
    document[place] = value
    written.write_text(json.dumps(document))
    words = _message(written, StudyError)
    assert "was edited since initlab wrote it" in words or "must be" in words or "is not" in words


def test_a_file_over_the_limit_is_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "LARGEST_FILE", 1000)
    assert "is larger than 0 MB" in _message(written, DataError)


@pytest.mark.parametrize("content", ["[]", "3", "{}", '{"study": {}, "cells": []}'])
def test_json_that_is_not_a_study_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "study.json"
    path.write_text(content)
    assert "is not a study that initlab wrote" in _message(path, StudyError)


def test_an_edited_number_is_noticed(written: Path) -> None:
    written.write_text(
        written.read_text().replace('"test_accuracy": 0.83', '"test_accuracy": 0.84')
    )
    assert _message(written, StudyError) == (
        f"{written} was edited since initlab wrote it, so it cannot be loaded. To "
        "change settings, give them as options to initlab compare."
    )


def test_an_edited_setting_is_noticed(written: Path) -> None:
    written.write_text(written.read_text().replace('"steps": 15000', '"steps": 150'))
    assert "was edited" in _message(written, StudyError)


def test_another_layout_of_the_same_json_is_not_an_edit(written: Path) -> None:
    written.write_text(json.dumps(_stored(written), indent=4, sort_keys=True))
    assert read_study(written) == a_record()


def test_a_newer_schema_names_the_version_to_install(written: Path) -> None:
    record = {**_stored(written), "schema": 3, "versions": {"initlab": "0.9.0"}, "colour": 1}
    _store(written, record)
    assert "Install initlab 0.9.0 or later" in _message(written, StudyError)


@pytest.mark.parametrize("schema", [0, -1, "1", None, True, 1.0])
def test_a_schema_that_never_was_is_refused(written: Path, schema: Any) -> None:
    _store(written, {**_stored(written), "schema": schema})
    assert "schema must be" in _message(written, StudyError)


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (("colour",), 1, "'colour' is not a key"),
        (("study", "colour"), 1, "study.colour is not a key"),
        (
            ("study", "steps"),
            "many",
            "study.steps must be an integer from 0 to 100,000,000; got 'many'",
        ),
        (("cells", 1, "seed"), 1.5, "cells[1].seed must be"),
        (("cells", 1, "seed"), 4, "cells[1].seed must be one of the study's seeds"),
        (("cells", 1, "init"), "ones", "cells[1].init must be one of the study's inits"),
        (
            ("cells", 1, "learning_rate"),
            0.5,
            "cells[1].learning_rate must be one of the study's learning rates; got 0.5",
        ),
        (
            ("cells", 2, "init"),
            "zeros",
            "cells[2] must be the only run with its initialization, seed and learning rate",
        ),
        (("cells", 0, "curve", "train_loss"), [1], "cells[0].curve.train_loss must be as long"),
        (("cells",), {}, "cells must be a list"),
        (("cells_at_other_rates",), {}, "cells_at_other_rates must be a list"),
        (("versions", "numpy"), 2.0, "versions.numpy must be a string"),
    ],
)
def test_wrong_entries_are_refused_by_file_and_key_path(
    written: Path, keys: tuple[str | int, ...], value: Any, words: str
) -> None:
    record = _stored(written)
    at: Any = record
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = value
    _store(written, record)
    assert _message(written, StudyError).startswith(f"{written}: {words}")


def test_every_missing_key_is_named(written: Path) -> None:
    whole = _stored(written)
    for key in set(whole) - {"schema", "study", "cells", "judgement", "notes", "checksum"}:
        _store(written, {k: v for k, v in whole.items() if k != key})
        assert f"the key {key!r} is missing" in _message(written, StudyError)
    written.write_text(json.dumps({k: v for k, v in whole.items() if k != "checksum"}))
    assert "the key 'checksum' is missing" in _message(written, StudyError)
