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

OF_IMAGES = {"digits": 30, "fashion-mnist": 101, "fashion-sample": 101}  # 100 losses are drawn
MANY_CELLS, MANY_STEPS, SHARES = 10, 250_000, {"circles": 10, "curve": 50}
USUAL = 15_000  # another study's own steps


def with_fewer_steps(compare):
    """Return compare, which takes a share of the steps of long studies of many cells.

    Of images it takes a few. The circles need a tenth: with fewer, the figures do not have every
    label. A lesson prints statistics of many seeds, and does the same with any numbers.
    """

    def shorter(name, *, inits, seeds=1, steps=None, epochs=None, **settings):
        if name in OF_IMAGES:
            steps = OF_IMAGES[name] if steps is None else min(steps, OF_IMAGES[name])
            return compare(name, inits=inits, seeds=seeds, steps=steps, **settings)
        count = seeds if isinstance(seeds, int) else len(seeds)
        steps = steps or RECIPES[name].settings.get("steps", USUAL)
        cells = len(inits) * count
        long = cells * steps >= MANY_STEPS or settings.get("dropout")  # whose steps take longer
        share = SHARES[name] if cells >= MANY_CELLS and long else 1
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
