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


def test_every_number_is_in_the_russian_text_with_a_comma_and_spaces():
    kept = re.compile(r"`[^`]+`|\]\(\S+\)|arXiv:\S+|\{\d+\}")
    number = re.compile(r"\d+(?:\.\d+|(?:,\d{3})+)")
    to_russian = str.maketrans({".": ",", ",": "\N{NO-BREAK SPACE}"})
    translated = read_catalogue(catalogue_path("ru", TEMPLATE), "ru")
    prose = [text for text in translated if text.id and FIGURE not in text.auto_comments]
    wanted = [
        (found.translate(to_russian), kept.sub("", text.string).replace("{,}", ","))
        for text in prose
        for found in number.findall(kept.sub("", text.id))
    ]
    assert len(wanted) > 50
    assert [found for found, russian in wanted if found not in russian] == []
    assert not any(re.search(r"\d\.\d", russian) for _, russian in wanted)
