"""`initlab data` in the shell: where the image sets are, and whether they are as published."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from tests.cli.running import initlab, one_json
from tests.datasets.making import REAL_DATA, idx, needs_real_data


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path):
    monkeypatch.delenv("INITLAB_DATA", raising=False)
    monkeypatch.setenv("INITLAB_CACHE_DIR", str(tmp_path / "cache"))
    # no request leaves this machine: a proxy nobody runs
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


def write_zeros(folder, *, images=(60_000, 28, 28)):
    """Write four files of the published shapes, all zeros."""
    folder.mkdir(parents=True)
    for part, n in (("train", images[0]), ("t10k", 10_000)):
        for kind, shape in (("images-idx3", (n, *images[1:])), ("labels-idx1", (n,))):
            content = gzip.compress(idx(np.zeros(shape)), compresslevel=1)
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(content)
    return folder


def test_an_empty_machine_is_listed_with_the_way_to_get_data():
    done = initlab("data", "list")
    assert done.returncode == 0
    for line in ("fashion-mnist   not here", "fashion-sample  comes with initlab",
                 "digits          comes with scikit-learn", "initlab data fetch NAME"):  # fmt: skip
        assert line in done.stdout


def test_list_as_json_has_one_row_per_set():
    rows = one_json(initlab("data", "list", "--json").stdout)["image_sets"]
    names = ["fashion-mnist", "mnist", "kmnist", "fashion-sample", "digits"]
    assert [row["name"] for row in rows] == names
    assert {row["state"] for row in rows[:3]} == {"not here"}


def test_files_that_are_not_the_published_ones_end_the_check_with_3_and_both_checksums(tmp_path):
    folder = write_zeros(tmp_path / "d" / "fashion-mnist")
    done = initlab("data", "check", "fashion-mnist", "--data-dir", str(folder.parent))
    assert done.returncode == 3
    assert done.stdout.count("differs") == 4
    assert "not c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888" in done.stderr
    assert done.stderr.count("its sha256 is") == 4
    assert "Traceback" not in done.stderr


def test_a_damaged_file_is_one_fact_of_the_check_and_the_others_are_still_checked(tmp_path):
    folder = write_zeros(tmp_path / "kmnist")
    path = folder / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-3])
    done = initlab("data", "check", "kmnist", "--data-dir", str(folder), "--json")
    assert done.returncode == 3
    told = one_json(done.stdout)
    assert told["ok"] is False
    assert "cut short" in told["error"]["message"]
    assert [file["state"] for file in told["image_sets"][0]["files"]] == [
        "no published checksum", "no published checksum", "no published checksum", "faulty"
    ]  # fmt: skip


def test_structure_alone_passes_where_no_checksum_is_known_and_is_called_so(tmp_path):
    folder = write_zeros(tmp_path / "kmnist")
    done = initlab("data", "check", "kmnist", "--data-dir", str(folder))
    assert done.returncode == 0
    assert done.stdout.count("no published checksum") == 4


@pytest.mark.parametrize("name", [["mnist"], []])
def test_nothing_to_check_is_a_storage_error_with_the_ways_to_get_it(name):
    done = initlab("data", "check", *name)
    assert done.returncode == 5
    assert "initlab data fetch" in done.stderr
    assert done.stdout == ""


def test_a_folder_that_is_not_there_is_named(tmp_path):
    done = initlab("data", "check", "--data-dir", str(tmp_path / "missing"), "--json")
    assert done.returncode == 5
    error = one_json(done.stdout)["error"]
    assert (error["code"], error["argument"]) == ("StorageError", "data_dir")


def test_without_a_network_fetch_ends_with_5_and_one_sentence():
    done = initlab("data", "fetch", "mnist")
    assert done.returncode == 5
    assert "--data-dir" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_misspelt_name_is_wrong_usage_with_a_suggestion():
    done = initlab("data", "fetch", "fashion_mnist")
    assert done.returncode == 2
    assert "Did you mean 'fashion-mnist'?" in done.stderr


@pytest.mark.parametrize("command", [[], ["list"], ["fetch"], ["check"]])
def test_help_has_examples(command):
    done = initlab("data", *command, "--help")
    assert done.returncode == 0
    spelt = f"initlab data {' '.join(command)}".strip()
    assert done.stdout.count(spelt) >= 2  # in the line of usage, and in an example
    assert "Example" in done.stdout


@needs_real_data
def test_the_real_data_are_verified_and_not_fetched_again(monkeypatch):
    monkeypatch.setenv("INITLAB_DATA", REAL_DATA)
    rows = one_json(initlab("data", "check", "--json").stdout)["image_sets"]
    assert [(row["name"], row["state"], row["origin"]) for row in rows] == [
        ("fashion-mnist", "verified", "INITLAB_DATA")
    ]
    assert "all files are already in" in initlab("data", "fetch", "fashion-mnist").stdout


@needs_real_data
def test_a_folder_of_one_verified_set_does_not_count_for_its_namesakes(monkeypatch):
    folder = one_json(initlab("data", "check", "--json", "--data-dir", REAL_DATA).stdout)[
        "image_sets"][0]["folder"]  # fmt: skip
    rows = one_json(initlab("data", "list", "--json", "--data-dir", folder).stdout)["image_sets"]
    assert [row["state"] for row in rows[:3]] == ["verified", "not here", "not here"]
    asked = initlab("data", "check", "mnist", "--data-dir", folder)
    assert asked.returncode == 3
    assert "The file is fashion-mnist's train-images-idx3-ubyte." in asked.stderr
