"""Fonts that can draw a text."""

from __future__ import annotations

from initlab.teaching.lessons.fonts import BASE, font_for
from tests.teaching.lessons.fonts import font_with


def test_latin_and_cyrillic_need_no_font_but_matplotlibs_own():
    assert font_for("Потери: 0,5 × α² → ½") == [BASE]


def test_an_installed_font_is_taken_if_it_has_every_character(tmp_path, monkeypatch):
    monkeypatch.setattr("initlab.teaching.lessons.fonts.CJK_FAMILIES", ("WenQuanYi Zen Hei",))
    font_with("标题", "WenQuanYi Zen Hei", tmp_path, monkeypatch)
    assert font_for("标题 A") == [BASE, "WenQuanYi Zen Hei"]
    assert font_for("标题\ue123") is None  # a private character that no font has
