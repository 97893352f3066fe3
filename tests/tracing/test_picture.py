"""The picture and the page: whole, self-contained, and marked from the numbers."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.font_manager import findfont, get_font

import initlab
from initlab.errors import ArgumentError, StorageError
from initlab.networks import DenseNetwork
from initlab.numbers import decimals
from initlab.tracing.card import EQUAL, LOST, ZERO_FILL, unit_marks, weight_marks
from initlab.tracing.svg import Canvas

from .making import NETWORKS, first_case, random_trace, second_case

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def panel_count(svg, attribute, value):
    """How many shapes of the picture have an attribute, those of the legend left out."""
    shapes = [e for e in ElementTree.fromstring(svg).iter() if e.get(attribute) == value]
    return len([e for e in shapes if float(e.get("y", e.get("y1", 0))) > 250])


def test_picture_carries_the_numbers_and_the_words_of_each_step():
    written = texts(first_case().to_svg())
    assert written.count("−0.5459") == 2  # dz and db of the output
    assert {"−0.2049", "0.0751", "0.0546", "Step 1", "Step 2"} <= set(written)
    assert any("The error signal becomes 0 at dA1 = dZ2 W2ᵀ" in text for text in written)
    assert "is 0 because W2 is 0" in written


def test_lost_error_is_marked_at_every_unit_it_does_not_reach():
    # each sign is a box, and a cross of two lines
    assert panel_count(first_case().to_svg(), "stroke", LOST) == 2 * 2 * 3
    assert panel_count(second_case().to_svg(), "stroke", LOST) == 2 * 3  # in the first step only
    random = random_trace(NETWORKS["regression"]).to_svg()
    assert panel_count(random, "stroke", LOST) == 0


def test_a_dead_relu_is_marked_where_the_error_would_leave_its_unit():
    start = {"W1": [[1.0, -2.0]], "B1": [[0, 0]], "W2": [[1.0], [2.0]], "B2": [[0.0]]}
    traced = initlab.trace([1, 2, 1], start, ([0.5], [0.2]), nonlinearity="relu")
    assert panel_count(traced.to_svg(), "stroke", LOST) == 3


def test_equal_and_zero_values_have_their_colours():
    first, second = first_case().to_svg(), second_case().to_svg()
    assert panel_count(first, "fill", EQUAL[0][0]) == 0
    assert panel_count(first, "fill", ZERO_FILL) > 40
    assert panel_count(second, "fill", EQUAL[0][0]) > 20
    random = random_trace(NETWORKS["regression"]).to_svg()
    assert panel_count(random, "fill", EQUAL[0][0]) == 0
    assert panel_count(random, "fill", ZERO_FILL) == 0


def test_marks_tell_a_mean_of_0_from_0():
    marks = unit_marks(np.array([[1.0, 0.0, 2.0], [-1.0, 0.0, 2.0]]))
    assert [(m.zero, m.group, m.text) for m in marks] == [
        (False, None, "±0"), (True, None, "0"), (False, None, "2"),
    ]  # fmt: skip
    two = weight_marks(np.array([[1.0, 2, 1, 2]]), rows_are_units=False)[0]
    assert [m.group for m in two] == [0, 1, 0, 1]


@pytest.mark.parametrize("name", NETWORKS)
def test_texts_do_not_leave_the_picture(name):
    svg = random_trace(NETWORKS[name]).to_svg()
    root = ElementTree.fromstring(svg)
    width, height = float(root.get("width")), float(root.get("height"))
    for element in root.iter(f"{SVG}text"):
        length = 0.56 * float(element.get("font-size")) * len(element.text)
        before = {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor"), 0.0) * length
        x, y = float(element.get("x")), float(element.get("y"))
        assert x - before > 0, element.text
        assert x - before + length < width, element.text
        assert 0 < y < height, element.text


def test_cells_hold_their_numbers():
    """No number runs into the label before it."""
    svg = random_trace(NETWORKS["regression"], learning_rate=1e-5).to_svg()
    elements = list(ElementTree.fromstring(svg).iter())
    for label, number in itertools.pairwise(elements):
        if label.tag == number.tag == f"{SVG}text" and number.get("text-anchor") == "end":
            begin = float(number.get("x")) - 6.4 * len(number.text)
            assert begin > float(label.get("x")) + 5.5 * len(label.text) - 4, number.text


def test_numbers_of_either_sign_stand_apart_from_the_labels_in_their_cells():
    font = get_font(findfont("DejaVu Sans"))  # the widest that a page asks for
    font.set_size(12, 72)

    def width(element):
        font.set_text(element.text)
        return font.get_width_height()[0] / 64 * float(element.get("font-size")) / 12

    elements = list(ElementTree.fromstring(second_case().to_svg()).iter())
    found = []
    for label, number in itertools.pairwise(elements):
        if label.tag == number.tag == f"{SVG}text" and number.get("text-anchor") == "end":
            end = float(label.get("x")) + width(label)
            assert float(number.get("x")) - width(number) >= end + 1, (label.text, number.text)
            found.append(number.text)
    assert "−0.0362" in found


def test_a_layer_too_wide_to_draw_is_cut_and_says_so():
    start = initlab.draw_network("he_normal", [2, 30, 1], seed=0)
    svg = initlab.trace([2, 30, 1], start, ([[1.0, 2.0]], [0.5])).to_svg()
    assert "… and 18 more units" in texts(svg)
    assert any("30 × 1 weights, none of them 0" in text for text in texts(svg))


def test_inputs_and_units_count_from_0_as_entries_of_weights_do():
    start = initlab.draw_network("he_normal", [2, 3, 2], seed=0)
    shown = texts(initlab.trace([2, 3, 2], start, ([[1.0, 2.0]], [[1.0, 0.0]])).to_svg())
    units = [
        "input 0",
        "input 1",
        *(f"layer 1, unit {k}" for k in range(3)),
        "output 0",
        "output 1",
    ]
    assert [one for one in shown if one.startswith(("input", "layer", "output"))] == units


def test_weights_of_a_middling_layer_are_matrices():
    network = DenseNetwork((2, 10, 5, 1))
    start = initlab.draw_network("he_normal", [2, 10, 5, 1], seed=3)
    traced = initlab.trace(network, start, ([[0.3, -0.4]], [1]))
    written = texts(traced.to_svg())
    for value in traced.start["W2"].ravel():
        assert decimals(value, 4) in written


def test_many_steps_are_cut_and_say_so():
    traced = random_trace(NETWORKS["no hidden layer"], steps=20)
    words = (
        "Only the first 12 of 20 steps are drawn; "
        "the printed table and the trace saved as .json hold all 20."
    )
    assert words in texts(traced.to_svg())


def test_text_is_escaped():
    canvas = Canvas()
    canvas.text(0, 0, "<script>&\"'", fill='"><x')
    document = canvas.document(9, 9, title="<b>", description="&")
    assert "<script>" not in document
    assert "<x" not in document
    assert texts(document) == ["<script>&\"'"]


@pytest.mark.parametrize("form", ["to_svg", "to_html"])
def test_nothing_is_loaded_from_outside(form):
    document = getattr(second_case(), form)()
    links = re.findall(r"(?:href|src|url)\s*[=(]", document)
    assert links == []
    assert set(re.findall(r"https?://[^\"' ]+", document)) == {"http://www.w3.org/2000/svg"}
    assert "<script" not in document


def test_page_holds_picture_and_rows():
    page = first_case().to_html()
    assert page.count("<svg") == 1
    assert "dW2 = A1ᵀ dZ2" in page
    assert "−0.54594595" in page
    assert "tanh&#x27;(Z1)" in page


@pytest.mark.parametrize("ending", [".svg", ".html", ".json"])
def test_save_writes_the_form_its_name_asks_for(tmp_path, ending):
    path = first_case().save(tmp_path / f"t{ending}")
    begin = {".svg": "<svg", ".html": "<!doctype html>", ".json": "{"}[ending]
    assert path.read_text(encoding="utf-8").startswith(begin)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_save_refuses_what_it_cannot_write(tmp_path):
    with pytest.raises(ArgumentError, match="svg"):
        first_case().save(tmp_path / "t.png")
    with pytest.raises(StorageError, match="cannot be written"):
        first_case().save(tmp_path / "missing" / "t.svg")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        first_case().save(tmp_path / "folder.svg")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.svg"]
