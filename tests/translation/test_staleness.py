"""What is said about translations that are missing, out of date or damaged."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from initlab.translation.staleness import catalogue_problems, template_problems

PROSE = "## Head\n\nSee `W1`, $\\sigma$ and [this](https://a.org):\n\n- one {0} of {all}"
RUSSIAN = "## Глава\n\nСм. [это](https://a.org), $\\sigma$ и `W1`:\n\n- раз {0} из {all}"


def catalogue(**messages):
    made = Catalog()
    for text, string in messages.items():
        made.add(text, string)
    return made


def problems(string, text=PROSE, **flags):
    given = Catalog(locale="ru")
    given.add(text, string, **flags)
    template = Catalog()
    template.add(PROSE)
    return catalogue_problems(template, given)


def test_a_full_translation_has_no_problem():
    assert problems(RUSSIAN) == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("`W1`", "W1", "pieces of code differ"),
        ("`W1`", "`W2`", "pieces of code differ"),
        ("$\\sigma$", "$\\tau$", "formulas differ"),
        ("https://a.org", "https://b.org", "link targets differ"),
        ("{0}", "{1}", "placeholders differ"),
        ("{all}", "{some}", "placeholders differ"),
        ("## ", "# ", "headings differ"),
        ("- ", "", "list items differ"),
    ],
)
def test_what_must_not_be_translated_is_compared(before, after, words):
    found = problems(RUSSIAN.replace(before, after))
    assert len(found) == 1
    assert found[0].startswith(words)


def test_a_formula_may_have_a_decimal_comma():
    template, given = catalogue(**{"$p=0.5$": ""}), Catalog(locale="ru")
    given.add("$p=0.5$", "$p=0{,}5$")
    assert catalogue_problems(template, given) == []


def test_missing_untranslated_fuzzy_and_obsolete_messages_are_named():
    assert problems("")[0].startswith("not translated: '## Head")
    assert problems(RUSSIAN, flags=["fuzzy"])[0].startswith("marked fuzzy: '## Head")
    old = problems("Старое", text="Old")
    assert [line.partition(":")[0] for line in old] == ["not in the catalogue", "obsolete"]
    given = catalogue(a="b")
    given.obsolete["old"] = given["a"]
    assert catalogue_problems(catalogue(a=""), given) == ["obsolete: 'old'"]


def test_a_template_is_compared_with_the_lessons():
    assert template_problems(catalogue(a="", b=""), catalogue(b="", c="")) == [
        "not in the template yet: 'c'",
        "in the template, but no longer in the source: 'a'",
    ]
