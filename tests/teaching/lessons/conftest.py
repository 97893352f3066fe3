"""Every lesson, run once for all tests."""

from __future__ import annotations

from functools import cache

import pytest

from initlab.teaching.lessons.figures import figure_messages
from initlab.teaching.lessons.running import run_code
from initlab.teaching.lessons.source import code_of, read_lesson
from initlab.translation import LANGUAGE_VARIABLE


@pytest.fixture(scope="session")
def shown(tmp_path_factory):
    """Name of a lesson -> the figures that it shows, with their English messages."""
    folder = tmp_path_factory.mktemp("lessons")  # without a lesson.json

    @cache
    def run(name):
        figures = []
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setenv(LANGUAGE_VARIABLE, "en")
            run_code(
                code_of(read_lesson(name).cells),
                lambda figure: figures.append((figure, figure_messages(figure))),
            )
        return figures

    return run
