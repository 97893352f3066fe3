"""The page shows what was found before training, and a table of the layers where there are some."""

from __future__ import annotations

from initlab.records import ModuleNetwork
from initlab.report import render_page
from initlab.report.layers import is_layered, layer_sections

from .making import HE, TEN, ZEROS, a_cell, a_diagnosis, a_record, a_study


def diagnosed(layers=3, seeds=(3, 4), module=False, **changes):
    study = a_study(seeds=seeds, **changes)
    if module:
        network = ModuleNetwork(model="net:Net", parameters=9, outputs=1, loss="cross_entropy")
        study = study.replace(problem=study.problem.replace(network=network))
    cells = [
        a_cell(init, seed, diagnosis=a_diagnosis(layers, 1.0 + k)).replace(parameters=None)
        for init in study.inits
        for k, seed in enumerate(seeds)
    ]
    return a_record(study, cells)


def test_an_init_has_its_findings_with_seeds_and_a_row_per_layer():
    one, *_ = layer_sections(diagnosed())
    assert one.found == "dead_units"
    assert [(finding.name, seeds) for finding, seeds in one.findings] == [
        ("dead_units", "At both seeds: ")
    ]
    assert one.headings == (
        "layer", "role", "units", "q", "g", "varied", "dead", "saturated", "distinct", "then",
    )  # fmt: skip
    assert [flagged for flagged, _ in one.rows] == [False, True, False]
    assert one.rows[1][1] == (
        "fc2", "linear", "8", "0.15 (0.1 to 0.2)", "0.15 (0.1 to 0.2)", "0.5", "70 %", "0 %", "8",
        "relu",
    )  # fmt: skip


def test_two_layers_have_a_table_in_a_module_alone():
    assert is_layered(diagnosed(3))
    assert not is_layered(diagnosed(2))
    assert is_layered(diagnosed(2, module=True))
    assert [one.headings for one in layer_sections(diagnosed(2))] == [()] * 3


def test_an_init_without_findings_or_measurements_says_so():
    study = a_study(seeds=(3,))
    kinds = {
        HE: a_diagnosis(findings=()),
        TEN: a_diagnosis(unknown="gradients could not be measured.", findings=()),
        ZEROS: None,
    }
    record = a_record(study, [a_cell(init, 3, diagnosis=one) for init, one in kinds.items()])
    assert {one.name: one.found for one in layer_sections(record)} == {
        HE: "nothing was found that stops or slows training (1 seed)",
        TEN: "the diagnosis is incomplete, because gradients could not be measured.",
    }
    assert not is_layered(a_record(study, [a_cell(init, 3) for init in study.inits]))


def test_the_page_has_a_part_per_init_and_none_without_a_diagnosis():
    page = render_page(diagnosed())
    assert page.count("<details>") == 3
    assert "on 60 samples of the data" in page
    assert "At both seeds: The share is 0.7." in page
    assert '<tr class="flagged"><td>fc2</td>' in page
    study = a_study(seeds=(3,))
    without = render_page(a_record(study, [a_cell(init, 3) for init in study.inits]))
    assert "Before training" not in without
