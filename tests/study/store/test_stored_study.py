"""What a study in a store is called, and which settings tell two of them apart."""

from __future__ import annotations

import pytest

from initlab.errors import ArgumentError
from initlab.study.store.stored_study import (
    checked_name,
    differing,
    given_name,
    in_words,
    settings_of,
)

from .making import trained


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "x" * 101, "a\nb", " a", "a b", "'; drop table studies; --", 3, None],
)
def test_a_name_that_breaks_the_rule_is_refused(name):
    with pytest.raises(ArgumentError, match="study_name must be"):
        checked_name(name)


@pytest.mark.parametrize("name", ["a", "Größe-2", "x" * 100, "circles-3f2a9c01", "v1.2_b"])
def test_a_plain_name_is_allowed(name):
    assert checked_name(name) == name


def test_more_inits_and_seeds_make_no_other_name_and_another_rate_does():
    loaded, study, _ = trained()
    name = given_name(study, loaded.versions())
    assert given_name(study.replace(seeds=(7,), inits=("zeros",)), loaded.versions()) == name
    assert given_name(study.replace(learning_rate=0.5), loaded.versions()) != name
    assert given_name(study, {**loaded.versions(), "numpy": "1.0"}) != name
    assert given_name(study, {**loaded.versions(), "python": "3.99"}) == name


def test_differing_settings_are_named_with_both_values():
    loaded, study, _ = trained()
    versions = loaded.versions()
    other = study.replace(training=study.training.replace(steps=41))
    found = differing(settings_of(study), versions, settings_of(other), {**versions, "numpy": "1"})
    assert found[0] == "steps is 40 in the store and 41 here"
    assert found[1].startswith("versions.numpy is ")
    assert len(found) == 2
    assert in_words(found[0]) == found[0]
    assert in_words(found[1]).startswith("numpy is ")
    assert in_words("versions.numerics is '3' in the") == "initlab's numerics is '3' in the"
