"""Figures with their labels in another language."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

import initlab
from initlab.report import histogram
from initlab.teaching.lessons import figures
from initlab.teaching.lessons.catalogue import TEMPLATE
from initlab.teaching.lessons.figures import figure_messages, translate_figure
from initlab.teaching.lessons.labels import NUMBER_FORM
from initlab.teaching.lessons.wording import NO_FONT
from initlab.translation import translations
from tests.teaching.lessons.fonts import font_with

RUSSIAN = {
    "Title": "Заголовок", "across": "поперёк", "up": "вверх", "curve": "кривая",
    "words": "слова", "night": "ночь", "day": "день", "note {0}": "заметка {0}",
    "step {0}": "шаг {0}", "all": "всё",
}  # fmt: skip


@pytest.fixture
def figure():
    figure = Figure()
    ax, other = figure.subplots(1, 2)
    ax.plot([0, 1], [0, 1], label="curve")
    ax.plot([0, 1], [1, 0], label="he_normal")
    ax.set_title("Title")
    ax.set_xlabel("across")
    ax.set_ylabel("up")
    ax.legend(title="words")
    ax.set_xticks([0, 1], ["night", "day"])
    ax.annotate("note 7", (0.5, 0.5))
    other.xaxis.set_major_formatter(FuncFormatter(lambda x, pos: f"step {x:.0f}"))
    figure.suptitle("all")
    return figure


def drawn(figure):
    """Draw for real; a character without a glyph is a warning, and so an error."""
    figure.savefig(io.BytesIO(), format="png")
    return {text.get_text() for text in figure.findobj(Text)}


def test_every_kind_of_text_is_found(figure):
    assert figure_messages(figure) == set(RUSSIAN)


def test_every_kind_of_text_is_translated_and_drawn(figure):
    translate_figure(figure, RUSSIAN)
    texts = drawn(figure)
    places = {"заметка {0}", "шаг {0}"}
    assert set(RUSSIAN.values()) - places <= texts
    assert {"заметка 7", "шаг 0", "шаг 1", "he_normal"} <= texts
    assert not set(RUSSIAN) & texts
    assert not any("step" in text or "note" in text for text in texts)


def test_english_figures_stay_as_they_are(figure):
    before = drawn(figure)
    translate_figure(figure, {})
    assert drawn(figure) == before


def test_ticks_of_shared_axes_are_written_once_in_the_other_language():
    figure = Figure()
    axes = figure.subplots(1, 2, sharey=True)
    for ax in axes:
        ax.plot([0, 10_000], [0, 1])
    for _ in range(2):  # shown twice
        translate_figure(figure, {NUMBER_FORM: "12\N{NO-BREAK SPACE}345,6"})
    assert {"0,6", "10\N{NO-BREAK SPACE}000"} <= drawn(figure)
    assert not any("." in text for text in drawn(figure))


def test_chinese_labels_are_drawn_with_a_font_that_has_them(figure, tmp_path, monkeypatch):
    chinese = {"Title": "标题", "night": "夜", "up": "向上 1 $x^2$"}
    font_with("标题夜向上", "Noto Sans CJK SC", tmp_path, monkeypatch)
    translate_figure(figure, chinese)
    assert {"标题", "夜", "向上 1 $x^2$", "across"} <= drawn(figure)


def test_without_a_font_labels_stay_english_and_one_note_says_what_to_install(
    figure, monkeypatch, capsys
):
    monkeypatch.setattr(figures, "_told", set())
    monkeypatch.setattr("initlab.teaching.lessons.fonts.CJK_FAMILIES", ())
    known = {"Title": "标题", NO_FONT: "请安装 Noto Sans CJK"}
    for _ in range(2):
        translate_figure(figure, known)
    assert "Title" in drawn(figure)
    assert capsys.readouterr().out == "请安装 Noto Sans CJK\n"


def test_the_russian_legend_of_the_histogram_stands_beside_the_label_of_the_axis():
    distribution = initlab.parse("general_rule_uniform").distribution(initlab.fan_of((256, 784)))
    drawn_weights = np.random.default_rng(0).uniform(-1 / 28, 1 / 28, size=(256, 784))
    histogram_of_lesson = histogram(drawn_weights, distribution)
    translate_figure(histogram_of_lesson, translations("ru", TEMPLATE))
    histogram_of_lesson.draw_without_rendering()
    (ax,) = histogram_of_lesson.axes
    legend, label = ax.get_legend(), ax.xaxis.label
    assert label.get_text() == "вес"
    assert legend.get_texts()[0].get_text() == "сгенерировано: 200\N{NO-BREAK SPACE}704"
    assert not legend.get_window_extent().overlaps(label.get_window_extent())
