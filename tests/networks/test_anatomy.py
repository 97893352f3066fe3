"""The description of a network: its table, its JSON, and that of a dense network."""

from __future__ import annotations

import json
import math

from initlab.initializers.fan import Fan
from initlab.networks import DenseNetwork
from initlab.networks.anatomy import (
    BIAS,
    SCALE,
    VIEW,
    Anatomy,
    Layer,
    Parameter,
    Part,
    dense_anatomy,
    weight_part,
)

NETWORK = DenseNetwork((2, 10, 5, 1), "tanh")


def test_a_dense_network_is_linear_layers_with_its_nonlinearity_between_them():
    found = dense_anatomy(NETWORK, "circles")
    assert [layer.nonlinearity for layer in found.layers] == ["tanh", "tanh", ""]
    assert [layer.head for layer in found.layers] == [False, False, True]
    fans = [layer.parameters[0].fan for layer in found.layers]
    assert fans == [Fan(2, 10), Fan(10, 5), Fan(5, 1)]
    assert tuple(one.name for one in found.parameters) == NETWORK.parameter_names
    assert found.biases == ("b1", "b2", "b3")
    assert found.size == NETWORK.parameter_count


def test_the_identity_between_layers_is_no_nonlinearity():
    layers = dense_anatomy(DenseNetwork((2, 3, 1), "linear")).layers
    assert [one.nonlinearity for one in layers] == ["", ""]


def described():
    weight = weight_part((3, 4))
    offset = Parameter("<b>.offset", (3,), Part(BIAS, weight.fan))
    basis = Parameter("<b>.basis", (3, 4), weight)
    first = Layer("<b>", "linear", "Linear", (basis, offset), "relu", 2)
    second = Layer("norm", "norm", "LayerNorm", (
        Parameter("norm.weight", (3,), Part(SCALE, value=1.0), False, nonfinite=2),
        Parameter("norm.extra", (), None),
    ), None, 0)  # fmt: skip
    view = Parameter("head.weight", (4, 3), weight_part((4, 3)), True, "<b>.basis", VIEW)
    head = Layer("head", "linear", "Linear", (view,), "", 1, head=True)
    return Anatomy("Mine", (first, second, head), "traced by torch.fx", ("One note.",))


def test_the_table_has_a_row_per_parameter_and_says_what_is_special():
    lines = described().text().splitlines()
    assert lines[0] == "Mine: 19 parameters in 3 layers, layer order traced by torch.fx"
    rows = {line.split("  ")[0].strip() or line.split()[0]: line for line in lines[3:8]}
    assert "used 2 times" in rows["<b>"]
    assert "not used, frozen, 2 values not finite" in rows["norm"]
    assert "?" in rows["extra"]
    assert rows["head"].endswith("head, a view of <b>.basis")
    assert lines[-1] == "One note."
    assert repr(described()) == str(described())


def test_the_title_counts_one_parameter_and_says_how_the_order_was_found():
    layer = Layer("fc", "linear", "Linear", (Parameter("fc.weight", (1, 1), weight_part((1, 1))),))
    title = Anatomy("Mine", (layer,), "followed on a sample").title
    order = "layer order recorded while the model ran on a sample"
    assert title == f"Mine: 1 parameter in 1 layer, {order}"


def test_a_basis_is_no_bias_and_an_offset_may_be_one():
    assert described().biases == ("<b>.offset",)


def test_a_narrow_table_leaves_columns_out_and_cuts_no_word():
    narrow = described().text(70).splitlines()
    assert max(len(line) for line in narrow[2:8]) <= 70
    assert "class" not in narrow[2].split()
    assert described().text(1000) == described().text()


def test_a_notebook_shows_a_table_with_every_text_escaped():
    page = described()._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<tr>") == 6


def test_the_record_is_json_and_says_all():
    record = json.loads(json.dumps(described().to_record(), allow_nan=False))
    weight = record["layers"][0]["parameters"][0]
    assert (weight["fan_in"], weight["fan_out"]) == (4, 3)
    assert weight["axes"] == {"view": [3, 4], "out": [0], "in": [1], "batch": [], "receptive": []}
    assert record["layers"][1]["parameters"][1]["role"] is None
    assert record["layers"][2]["parameters"][0]["shared_with"] == "<b>.basis"
    assert record["parameters"] == sum(
        math.prod(one["shape"]) for layer in record["layers"][:2] for one in layer["parameters"]
    )


def test_a_layer_is_found_by_its_name():
    assert described()["norm"].kind == "LayerNorm"
