"""The translations that ship: complete, up to date, undamaged."""

from __future__ import annotations

import re

import pytest

from initlab.teaching.lessons.catalogue import TEMPLATE
from initlab.teaching.lessons.messages import FIGURE, all_lessons, labels_in, template
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


def test_numbers_in_russian_have_a_decimal_comma_and_a_space_between_thousands():
    kept = re.compile(r"`[^`]+`|\$\$.+?\$\$|\$[^$]+\$|\]\(\S+\)|arXiv:\S+|\{\d+\}", re.DOTALL)
    number = re.compile(r"\d+(?:\.\d+|(?:,\d{3})+)")
    translated = read_catalogue(catalogue_path("ru", TEMPLATE), "ru")
    prose = [text for text in translated if text.id and FIGURE not in text.auto_comments]
    english, russian = (
        [{*number.findall(kept.sub("", getattr(text, part)))} for text in prose]
        for part in ("id", "string")
    )
    assert sum(map(len, english)) > 50
    assert [both for both in map(set.intersection, english, russian) if both] == []
