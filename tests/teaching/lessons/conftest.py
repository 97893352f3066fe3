"""Every lesson, run once for all tests."""

from __future__ import annotations

from functools import cache

import pytest

import initlab
from initlab.comparison.recipes import RECIPES
from initlab.teaching.lessons.figures import figure_messages
from initlab.teaching.lessons.running import run_code
from initlab.teaching.lessons.source import code_of, read_lesson
from initlab.translation import LANGUAGE_VARIABLE

WHOLE = ("digits",)  # studies of which every step is taken
ONE_PASS = ("fashion-mnist", "fashion-sample")
MANY_CELLS, MANY_STEPS, SHARE = 10, 250_000, 10
USUAL = 15_000  # a study's own steps


def with_fewer_steps(compare):
    """Return compare, which takes a tenth of the steps of long studies of many cells.

    Of images it takes one pass for two. A lesson prints statistics of many seeds, and does the same
    with any numbers.
    """

    def shorter(name, *, inits, seeds=1, steps=None, **settings):
        if name in ONE_PASS and steps is None:
            return compare(name, inits=inits, seeds=seeds, epochs=1, **settings)
        if name in (*WHOLE, *ONE_PASS):
            return compare(name, inits=inits, seeds=seeds, steps=steps, **settings)
        count = seeds if isinstance(seeds, int) else len(seeds)
        steps = steps or RECIPES[name].settings.get("steps", USUAL)
        cells = len(inits) * count
        long = cells * steps >= MANY_STEPS or settings.get("dropout")  # whose steps take longer
        share = SHARE if cells >= MANY_CELLS and long else 1
        return compare(name, inits=inits, seeds=seeds, steps=steps // share, **settings)

    return shorter


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
            patch.setattr(initlab, "compare", with_fewer_steps(initlab.compare))
            run_code(
                code_of(read_lesson(name).cells),
                lambda figure: figures.append((figure, figure_messages(figure))),
            )
        return figures

    return run
