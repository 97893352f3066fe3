"""The page opens offline, shows every text as text, and says what the record says."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from initlab.analysis import Analysis, Verdict
from initlab.records.study import SETTINGS
from initlab.report import render_page
from initlab.report.page import settings
from initlab.report.pictures import Picture
from initlab.report.style import init_colour, new_figure

from .making import HE, TEN, ZEROS, a_cell, a_diverged_cell, a_record, a_study, many_seeds

EVIL = "<script>alert('x')</script>\"><img src=x onerror=y> {{ 7 * 7 }} &amp;"
PICTURE = Picture("loss_curves", "Training loss", "a caption", lambda: new_figure(7.0, 3.6))


class Reader(HTMLParser):
    """Collects tags, addresses and the text a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "srcset", "action", "data")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += " ".join(data.split()) + " "


def test_nothing_is_fetched_and_every_link_stays_in_the_folder():
    page = render_page(a_record(), [PICTURE], ["cells.csv", "study.json"])
    reader = Reader(page)
    assert not re.search(r"https?:|//\w|@import|url\(", page)
    assert not {"script", "link", "iframe", "object", "base"} & set(reader.tags)
    assert sorted(set(reader.addresses)) == [
        "cells.csv",
        "loss_curves.png",
        "loss_curves.svg",
        "study.json",
    ]
    assert reader.open == []


def test_texts_of_the_record_are_shown_as_texts():
    cells = [a_cell(EVIL, platform=EVIL, engine=EVIL)]
    record = Analysis(a_study(inits=(EVIL,), recipe=EVIL), cells, versions={EVIL: EVIL})
    record.verdict, record.next = Verdict(EVIL, "winner", evidence=EVIL), EVIL
    picture = dataclasses.replace(PICTURE, title=EVIL, caption=EVIL)
    page = render_page(record, [picture], [])
    reader = Reader(page)
    assert "script" not in reader.tags
    assert reader.tags.count("img") == 1
    assert "onerror=y>" not in page
    assert reader.text.count(EVIL) >= 9


def test_verdict_next_command_and_reasons_are_there():
    record = a_record(a_study(seeds=tuple(range(6))), many_seeds())
    text = Reader(render_page(record)).text
    assert record.verdict in text
    assert record.verdict.evidence in text
    assert record.next in " ".join(text.split())
    assert text.index(record.verdict.evidence) < text.index("Results")
    for start in record.summary:
        assert start.why in text
    for difference in record.differences:
        assert difference.words in text
    assert "initlab compare --from study.json" in text


def test_the_table_gives_median_interval_and_worst_seed_in_percent():
    record = a_record(a_study(seeds=tuple(range(6))), many_seeds())
    row = _row_of(render_page(record), HE)
    assert row[:3] == ["96.5 %", "94.0 to 99.0 %", "94.0 %"]
    assert row[-1] == "200 (6/6)"


def test_every_value_of_the_main_table_has_its_heading_beside_it_for_a_narrow_screen():
    page = render_page(a_record(a_study(seeds=tuple(range(6))), many_seeds()))
    table = re.search(r'<table class="results">(.*?)</table>', page, re.S).group(1)
    headings = re.findall(r'<th scope="col">(.*?)</th>', table, re.S)[1:]
    for row in re.findall(r"<tr><th scope=.row.>.*?</tr>", table, re.S):
        assert re.findall(r'data-heading="(.*?)"', row, re.S) == headings
    assert "@media (max-width: 45rem)" in page


def test_rows_stand_in_the_verdicts_order_each_in_the_colour_of_its_init():
    page = render_page(a_record(a_study(seeds=tuple(range(6))), many_seeds()))
    found = re.findall(r'background: (#\w+)"></span>\s*([^<]+)</', page)
    assert [name for _, name in found] == [HE, TEN, ZEROS] * 2
    inits = (ZEROS, TEN, HE)
    assert dict(found) == {init_colour(inits, k): init for k, init in enumerate(inits)}


def test_one_seed_shows_its_value_and_no_interval():
    page = render_page(a_record())
    assert "interval" not in Reader(page).text
    assert _row_of(page, HE)[0] == "90.0 %"


def test_an_init_whose_every_run_diverged_has_dashes_and_its_count():
    cells = [a_cell(HE, seed) for seed in range(6)]
    cells += [a_diverged_cell(TEN, seed) for seed in range(6)]
    page = render_page(a_record(a_study(inits=(HE, TEN), seeds=tuple(range(6))), cells))
    assert _row_of(page, TEN)[:4] == ["–", "–", "6/6", "diverged"]
    assert _row_of(page, HE)[2] == "0/6"
    assert "nan" not in Reader(page).text


def test_notes_of_the_study_are_on_the_page():
    record = Analysis(
        a_study(), a_record().cells, notes=["The test part holds no sample of class 1."]
    )
    assert "Note: The test part holds no sample of class 1." in Reader(render_page(record)).text


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "data"])
def test_every_setting_is_listed(name):
    assert name in dict(settings(a_study()))


def test_settings_are_readable():
    rows = dict(settings(a_study(seeds=tuple(range(50)), layer_dims=(2, 10, 5, 1))))
    assert rows["seeds"] == "seeds 0 to 49"
    deep = (2, *[9, 8] * 7, 1)
    assert dict(settings(a_study(layer_dims=deep)))["layer_dims"] == ", ".join(map(str, deep))
    assert rows["layer_dims"] == "2, 10, 5, 1"
    assert rows["batch_size"] == "–"
    assert rows["n_train"] == "60"


def _row_of(page: str, init: str) -> list[str]:
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    row = next(row for row in rows if f"</span>{init}</th>" in row.replace("\n", ""))
    return [text.replace("\u00a0", " ") for text in re.findall(r"<td.*?>(.*?)</td>", row, re.S)]
