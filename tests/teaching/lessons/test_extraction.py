"""The template written, and catalogues brought up to date."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from initlab.teaching.lessons.messages import labels_in, template
from initlab.translation import read_catalogue, translations, update
from tests.teaching.lessons.making import small_lesson


def labels(*texts):
    return {text: {"circles"} for text in texts}


STEP = labels("step {0}")


@pytest.fixture
def locale(tmp_path):
    translations.cache_clear()
    yield tmp_path
    translations.cache_clear()


def pot(locale):
    return locale / "lessons.pot"


def russian(locale):
    return locale / "ru" / "LC_MESSAGES" / "lessons.po"


def fill(path, text, string):
    written = path.read_text(encoding="utf-8")
    assert f'msgid "{text}"\nmsgstr ""' in written
    path.write_text(
        written.replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{string}"'),
        encoding="utf-8",
    )


def test_every_text_gets_into_the_template_and_each_catalogue(locale):
    left = update(template([small_lesson()], STEP), pot(locale))
    for path in (pot(locale), russian(locale)):
        texts = [message.id for message in read_catalogue(path) if message.id]
        assert {"Why?", "Because.", "Your answer here.", "step {0}"} < set(texts)
        assert texts[0].startswith("# Two initializations\n\nA lesson")
        assert labels_in(read_catalogue(path)) == STEP
    assert {line[:3] for line in left} == {"zh:", "ru:"}
    assert "ru: not translated: 'Why?'" in left


def test_doing_it_again_changes_no_byte(locale):
    found = template([small_lesson()], STEP)
    update(found, pot(locale))
    before = {path: path.read_bytes() for path in locale.rglob("*.po*")}
    found.creation_date = datetime(2001, 1, 1, tzinfo=UTC)
    update(found, pot(locale))
    assert {path: path.read_bytes() for path in locale.rglob("*.po*")} == before
    assert len(before) == 3


def test_a_changed_text_is_marked_and_falls_back_to_english_until_looked_at(locale):
    found = labels("seed {0}", "training loss of the network")
    update(template([small_lesson()], found), pot(locale))
    fill(russian(locale), "training loss of the network", "потери сети")
    fill(russian(locale), "seed {0}", "зерно {0}")
    assert translations("ru", pot(locale))["training loss of the network"] == "потери сети"
    translations.cache_clear()
    changed = labels("seed {0}", "training loss of a network")
    left = update(template([small_lesson()], changed), pot(locale))
    assert "ru: marked fuzzy: 'training loss of a network'" in left
    assert not any("seed" in line for line in left if line.startswith("ru"))
    assert "training loss of a network" not in translations("ru", pot(locale))
    assert translations("ru", pot(locale))["seed {0}"] == "зерно {0}"


def test_a_text_that_is_gone_leaves_the_catalogues(locale):
    update(template([small_lesson()], labels("seed {0}")), pot(locale))
    fill(russian(locale), "seed {0}", "зерно {0}")
    update(template([small_lesson()], {}), pot(locale))
    assert "seed {0}" not in russian(locale).read_text(encoding="utf-8")
