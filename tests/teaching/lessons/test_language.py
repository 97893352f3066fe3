"""How a running notebook finds its language."""

from __future__ import annotations

import pytest

from initlab.errors import ArgumentError, DataError
from initlab.teaching.lessons import open_lesson
from initlab.translation import LANGUAGE_VARIABLE


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(LANGUAGE_VARIABLE, raising=False)


def test_english_where_nothing_is_said():
    assert open_lesson("circles").language == "en"


def test_the_environment_names_it(monkeypatch):
    monkeypatch.setenv(LANGUAGE_VARIABLE, "zh")
    assert open_lesson("circles").language == "zh"


def test_the_file_beside_the_notebook_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv(LANGUAGE_VARIABLE, "zh")
    (tmp_path / "lesson.json").write_text('{"lesson": "circles", "language": "ru"}')
    lesson = open_lesson("circles")
    assert (lesson.id, lesson.language) == ("circles", "ru")


@pytest.mark.parametrize("text", ["", "[]", "{}", '"ru"', '{"lesson": "circles"}'])
def test_a_file_that_names_none_is_refused_in_words(text, tmp_path):
    (tmp_path / "lesson.json").write_text(text)
    with pytest.raises(DataError, match=r"lesson\.json beside the notebook"):
        open_lesson("circles")


def test_a_language_that_lessons_lack_is_refused(monkeypatch):
    monkeypatch.setenv(LANGUAGE_VARIABLE, "de")
    with pytest.raises(ArgumentError, match=r"en, zh, ru.*got 'de'"):
        open_lesson("circles")
