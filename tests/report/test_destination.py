"""A folder is refused before anything is lost, with one sentence that names it."""

from __future__ import annotations

import os

import pytest

from initlab.errors import StorageError
from initlab.report import check_folder

OURS = '{"schema": 1, "study": {}, "cells": []}'


def test_missing_and_empty_folders_are_fine_and_nothing_is_made(tmp_path):
    assert check_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert check_folder(tmp_path) == tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [OURS, OURS.replace("1", "99")])
def test_a_folder_with_our_study_is_fine_whatever_its_version(tmp_path, content):
    (tmp_path / "study.json").write_text(content)
    assert check_folder(tmp_path) == tmp_path


@pytest.mark.parametrize("content", ["", "{", "[]", '{"study": 1}', "\x00", "[" * 10**5])
def test_a_study_file_of_somebody_else_is_not_ours(tmp_path, content):
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(StorageError, match="not empty and holds no study of initlab's"):
        check_folder(tmp_path)


def test_a_folder_with_other_files_needs_force(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(StorageError, match="is not empty") as caught:
        check_folder(tmp_path)
    assert (caught.value.argument, caught.value.value) == ("folder", str(tmp_path))
    assert check_folder(tmp_path, force=True) == tmp_path


def test_the_current_folder_is_judged_like_any_other(tmp_path, monkeypatch):
    (tmp_path / "code.py").write_text("x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match=r"^\. is not empty"):
        check_folder(".")


def test_a_file_in_the_way_is_refused_even_with_force(tmp_path):
    file = tmp_path / "report"
    file.write_text("x")
    with pytest.raises(StorageError, match="is a file; name a folder"):
        check_folder(file, force=True)
    with pytest.raises(StorageError, match=r"cannot be made: .*report is a file"):
        check_folder(file / "deeper", force=True)
    assert file.read_text() == "x"


def test_a_folder_named_like_one_of_our_files_is_refused_even_with_force(tmp_path):
    (tmp_path / "index.html").mkdir()
    with pytest.raises(StorageError, match=r"has a folder named index\.html"):
        check_folder(tmp_path, force=True)


def test_a_link_is_followed_and_a_broken_one_refused(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert check_folder(tmp_path / "link") == real
    for name in ("broken", "loop"):
        with pytest.raises(StorageError):
            check_folder(tmp_path / name)


@pytest.mark.parametrize("name", ["", "a\x00b", "~no-such-user-here/report", "x" * 300])
def test_a_name_that_cannot_be_is_one_clear_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError) as caught:
        check_folder(name)
    assert "\n" not in str(caught.value)
    assert "\x00" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(StorageError, match="cannot be written: permission denied"):
        check_folder(tmp_path)
    with pytest.raises(StorageError, match=r"new cannot be made: .* cannot be written"):
        check_folder(tmp_path / "new")
