"""Every named study that needs no download: its data, its own settings, its study.json."""

from __future__ import annotations

import numpy as np
import pytest

from initlab.comparison import compare
from initlab.comparison.recipes import RECIPES
from initlab.records import Study
from initlab.settings.setting import ARRAYS, IMAGES

HERE = [one for one in RECIPES.values() if one.kind not in (ARRAYS, IMAGES)]
by_name = pytest.mark.parametrize("recipe", HERE, ids=lambda one: one.name)


@by_name
def test_a_study_trains_its_own_inits_to_its_own_scores_and_reads_back(recipe):
    result = compare(recipe.name, steps=2)
    inits = [cell.init for cell in result.cells]
    assert inits == [init for init in result.study.inits for _ in result.study.seeds]
    for cell in result.cells:
        assert {*recipe.metrics} <= cell.metrics.keys()
    assert Study.from_record(result.study.to_record()) == result.study


@by_name
def test_the_same_data_seed_gives_the_same_data_and_another_one_other_data(recipe):
    one, same, other = (recipe.load(data_seed=seed) for seed in (1, 1, 2))
    assert one.name == recipe.name
    assert np.array_equal(one.x_train, same.x_train)
    assert np.array_equal(one.y_test, same.y_test)
    assert not np.array_equal(one.x_train, other.x_train)
