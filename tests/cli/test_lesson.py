"""`initlab lesson` in the shell."""

from __future__ import annotations

import json
import subprocess
import sys

import nbformat
import pytest

from initlab.teaching.lessons.source import LESSONS
from tests.cli.running import initlab, one_json


def written(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_list_names_every_lesson_with_what_it_asks():
    table = initlab("lesson", "list").stdout
    facts = one_json(initlab("lesson", "list", "--json").stdout)["lessons"]
    assert [lesson["id"] for lesson in facts] == list(LESSONS)
    for lesson in facts:
        assert lesson["id"] in table
        assert lesson["minutes"] > 0
        assert lesson["languages"] == ["en", "zh", "ru"]
        assert len(lesson["title"]) > 5
    assert {"zeros", "random", "he"} <= set(facts[0]["exercises"])


def test_a_lesson_starts_in_a_folder_of_its_own(tmp_path):
    done = initlab("lesson", "start", "circles", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert written(tmp_path) == ["circles/circles.ipynb", "circles/lesson.json"]
    assert done.stdout.splitlines() == [
        str(tmp_path / "circles" / "circles.ipynb"),
        str(tmp_path / "circles" / "lesson.json"),
        "Next: jupyter lab circles/circles.ipynb",
    ]
    notebook = nbformat.read(tmp_path / "circles" / "circles.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert "raise NotImplementedError()" in str(notebook)


def test_language_and_reader_are_chosen(tmp_path):
    done = initlab("lesson", "start", "circles", "a b", "--lang", "ru", "--teacher", "--json",
                   cwd=tmp_path)  # fmt: skip
    facts = one_json(done.stdout)
    assert facts["written"] == [str(tmp_path / "a b" / name)
                                for name in ("circles.ipynb", "lesson.json")]  # fmt: skip
    assert facts["next"] == "jupyter lab 'a b/circles.ipynb'"
    assert facts["untranslated"] == 0
    settings = json.loads((tmp_path / "a b" / "lesson.json").read_text())
    assert settings == {"lesson": "circles", "language": "ru"}
    text = (tmp_path / "a b" / "circles.ipynb").read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" in text
    assert "круг" in text.lower() or "окружност" in text.lower()


def test_a_teacher_is_told_how_to_grade(tmp_path):
    said = initlab("lesson", "start", "circles", "--teacher", cwd=tmp_path).stdout
    assert "judge_apart(get_config())" in said


def test_nothing_is_overwritten_without_force(tmp_path):
    (tmp_path / "circles.ipynb").write_text("mine")
    refused = initlab("lesson", "start", "circles", ".", cwd=tmp_path)
    assert refused.returncode == 5
    assert "circles.ipynb exists already" in refused.stderr
    assert written(tmp_path) == ["circles.ipynb"]
    assert (tmp_path / "circles.ipynb").read_text() == "mine"
    assert initlab("lesson", "start", "circles", ".", "--force", cwd=tmp_path).returncode == 0
    assert written(tmp_path) == ["circles.ipynb", "lesson.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["cirles"], 2, "circles"),
        (["circles", "--lang", "de"], 2, "en, zh, ru"),
        (["circles", "file/below"], 5, "cannot be written"),
        ([], 2, "lesson must be given"),
    ],
)
def test_misuse_has_its_exit_code_and_writes_nothing(arguments, code, words, tmp_path):
    (tmp_path / "file").touch()
    done = initlab("lesson", "start", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert written(tmp_path) == ["file"]


@pytest.mark.parametrize("missing", ["jupytext", "babel"])
def test_without_the_optional_packages_one_sentence_says_what_to_install(missing, tmp_path):
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from initlab.cli.main import main\n"
        "main(['lesson', 'start', 'circles', '--lang', 'ru'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          cwd=tmp_path, check=False, timeout=60)  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"package {missing}, which cannot be imported" in done.stderr
    assert "pip install 'initlab[lessons]'" in done.stderr
    assert written(tmp_path) == []
