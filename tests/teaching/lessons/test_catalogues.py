"""The translations that ship: complete, up to date, undamaged."""

from __future__ import annotations

import pytest

from initlab.teaching.lessons.catalogue import TEMPLATE
from initlab.teaching.lessons.messages import all_lessons, labels_in, template
from initlab.translation import catalogue_path, read_catalogue
from initlab.translation.staleness import catalogue_problems, template_problems

HOW = "Run python -m initlab.teaching.lessons.extraction, then translate what it lists.\n"


def test_the_template_has_the_lessons_present_texts():
    written = read_catalogue(TEMPLATE)
    problems = template_problems(written, template(all_lessons(), labels_in(written)))
    assert not problems, HOW + "\n".join(problems)


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_every_text_is_translated_and_nothing_is_lost_in_it(language):
    translated = read_catalogue(catalogue_path(language, TEMPLATE), language)
    problems = catalogue_problems(read_catalogue(TEMPLATE), translated)
    assert not problems, f"{HOW}{len(problems)} problems\n" + "\n".join(problems)
