import re
from pathlib import Path

import pytest

from initlab.diagnosis.findings import NAMES
from initlab.lab import texts
from initlab.lab.words import WORDS
from initlab.translation import catalogue_path, read_catalogue
from initlab.translation.staleness import catalogue_problems, template_problems
from initlab.translation.upkeep import TRANSLATIONS

WEB = Path(__file__).parents[2] / "web"  # sources of the page
USED = re.compile(r"""data-(?:word|label)="([a-z_0-9]+)"|\bt\("([a-z_0-9]+)\"""")


NOT_OF_A_SCENE = {  # of PyTorch models, of a trial, or notes
    "never_initialized", "unscaled_residuals", "sharp_attention", "cloned_layers", "one_stream",
    "does_not_train", "trains_slowly", "kept_zeros", "unreached_parameters", "bounded_outputs",
    "heavy_dropout", "identical_inputs", "unscaled_inputs", "unscaled_targets", "unpaired_targets",
}  # fmt: skip


def test_every_finding_of_a_scene_has_words():
    assert {f"finding_{one}" for one in {*NAMES} - NOT_OF_A_SCENE} <= {*WORDS}


def test_the_template_has_every_text_of_the_page():
    assert template_problems(read_catalogue(texts.TEMPLATE), texts.template()) == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_text_is_translated(language):
    catalogue = read_catalogue(catalogue_path(language, texts.TEMPLATE), language)
    assert catalogue_problems(read_catalogue(texts.TEMPLATE), catalogue) == []
    for message in catalogue:
        if message.id:
            ends = {text[-1] in ".。" for text in (message.id, message.string)}
            assert len(ends) == 1, message.id


def test_english_needs_no_translation():
    assert texts.known("en") == {}
    assert texts.known("ru")["Play"] == "Пуск"


def test_every_word_that_the_page_uses_is_there():
    sources = [*WEB.glob("*.ts"), WEB / "index.html"]
    used = {one or other for path in sources
            for one, other in USED.findall(path.read_text(encoding="utf-8"))}  # fmt: skip
    assert len(used) > 60
    assert used <= WORDS.keys()
