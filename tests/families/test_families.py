"""Sixteen families of models as their users build them, initialized in four ways.

``python -m tests.families`` prints the table of what was done and of the first losses.
"""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

import initlab

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

from initlab.engines.torch.model import ModelSource  # noqa: E402

from .counting import counted_fans  # noqa: E402
from .families import FAMILIES  # noqa: E402

SPECS = ("auto", "recipe", "he_normal")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # small products wait for threads longer than they take
    yield
    torch.set_num_threads(before)


def ends_with(name, endings):
    return next((one for one in endings if name.endswith(one)), None)


@pytest.mark.parametrize("spec", SPECS)
def test_every_parameter_is_set_or_kept_with_its_reason_or_asked_for(family, spec):
    model = family.made()
    names = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    effective = {name.replace("parametrizations.", "").removesuffix(".original") for name in names}
    report = family.initialized(model, spec)
    assert {row.name for row in report.rows} == effective
    for row in report.rows:
        kept, asked = ends_with(row.name, family.kept), ends_with(row.name, family.asked)
        ruled = bool(row.rule)
        if row.done == "kept":
            assert kept or ruled, row
            assert family.kept[kept] in row.note
        elif row.done == "not recognised":
            assert asked, row
            assert "; give " in row.note
        elif row.done == "tied":
            assert row.name in {name for pair in family.tied for name in pair}
        else:
            assert row.done == "set"
            assert row.law
            assert not (kept or asked) or ruled, row
        assert not row.nonfinite
    answered = family.initialized(model, spec, axes=family.axes)
    assert not answered.names("not recognised")


def test_measured_stds_are_those_of_an_independent_count(family):
    model = family.made()
    report = family.initialized(model, "he_normal", axes=family.axes)
    counted = dict(counted_fans(model))
    rows = [row for row in report.rows if row.done == "set" and row.role in ("weight", "table")]
    assert {row.name for row in rows} == set(counted) - {
        *report.names("kept"),
        *report.names("tied"),
    }
    for row in rows:
        fan_in, numbers = counted[row.name]
        wanted = (2 / fan_in) ** 0.5
        assert row.std == pytest.approx(wanted, rel=1e-6), row
        drawn = numbers[numbers != 0]  # rows of padding stay 0
        if "SpectralNorm" in row.note:  # its largest singular value is 1, whatever the distribution
            continue
        assert drawn.std().item() == pytest.approx(wanted, rel=5 / (2 * drawn.numel()) ** 0.5), row


@pytest.mark.parametrize("spec", ["auto", "recipe"])
def test_the_first_loss_is_that_of_random_guessing(family, spec):
    model = family.made()
    family.initialized(model, spec, axes=family.axes)
    outputs = family.outputs(model)
    assert bool(torch.isfinite(outputs).all())
    assert outputs.std() > 0 or (spec == "recipe" and family.build == "vit")  # its head is 0
    if family.classes is None or (spec == "recipe" and not family.recipe_guesses):
        return
    loss, chance = family.loss(model)
    assert loss == pytest.approx(chance, rel=0.1)


PAGE = Path(__file__).parents[2] / "docs" / "initialize.md"
COLUMNS = {0: "auto", 2: "recipe", 3: "he_normal", 4: "he_normal; role:head=normal(std=0.01)"}


def first_losses():
    """Return the rows of the page's table, by family."""
    table = PAGE.read_text(encoding="utf-8").partition("## First losses")[2].partition("\n- ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line[:2] == "| "]
    assert rows[0][1:] == ["auto", "recipe", "its ratio", "he_normal", COLUMNS[4]]
    return {name: cells for name, *cells in rows[1:]}


def test_the_page_has_a_row_of_every_family_with_a_first_loss():
    rows = {name: row[1] for name, row in first_losses().items()}
    assert rows == {name: one.recipe for name, one in FAMILIES.items() if one.classes is not None}


@pytest.mark.parametrize("name", list(first_losses()))
def test_the_first_losses_of_the_page_are_measured(name):
    for column, spec in COLUMNS.items():
        family = FAMILIES[name]
        model = family.made()
        family.initialized(model, spec, axes=family.axes)
        loss, chance = family.loss(model)
        assert loss / chance == pytest.approx(float(first_losses()[name][column]), rel=0.01), spec


def test_tied_weights_are_tied_after(family):
    model = family.made()
    family.initialized(model, "auto")
    for first, second in family.tied:
        assert model.get_parameter(first) is model.get_parameter(second)
    once = {id(one) for one in model.parameters()}
    named = list(model.named_parameters(remove_duplicate=False))
    assert len(named) - len(once) == len(family.tied)


def state(model):
    return {name: one.clone() for name, one in model.state_dict(keep_vars=False).items()}


def equal(first, second):
    return all(torch.equal(one, second[name]) for name, one in first.items())


@pytest.mark.parametrize("spec", SPECS)
def test_undo_puts_every_bit_back_and_the_seed_decides_all_bits(family, spec):
    model = family.made()
    before = state(model)
    report = family.initialized(model, spec, undo=True)
    first = state(model)
    assert not equal(first, before)
    report.undo()
    assert equal(state(model), before)
    family.initialized(model, spec)
    assert equal(state(model), first)
    family.initialized(model, spec, seed=1)
    assert not equal(state(model), first)


def test_a_dry_run_says_the_same_and_changes_nothing(family):
    model = family.made()
    before = state(model)
    dry = family.initialized(model, "auto", dry_run=True)
    assert equal(state(model), before)
    rows = family.initialized(model, "auto").rows
    assert [(row.name, row.done, row.law) for row in dry.rows] == [
        (row.name, row.done, row.law) for row in rows
    ]


def test_as_built_is_what_its_library_gives(family):
    states = []

    def build():
        states.append(torch.get_rng_state())
        return family.built()

    module, report = ModelSource.of(build).started("as_built", 3)
    assert report is None
    with torch.random.fork_rng():
        torch.set_rng_state(states[-1])
        assert equal(state(module), state(family.built()))


def test_the_anatomy_knows_every_layer_and_where_the_outputs_come_from(family):
    model = family.made()
    found = initlab.anatomy(model, family.data)
    assert found.order in ("traced by torch.fx", "followed on a sample")
    assert [layer for layer in found.layers if layer.head]
    unknown = [one.name for one in found.parameters if one.role is None]
    assert all(ends_with(name, (*family.asked, ".original", ".gain")) for name in unknown)


def test_a_model_that_cannot_be_traced_asks_for_a_batch(family):
    model = family.made()
    if initlab.anatomy(model).order == "traced by torch.fx":
        pytest.skip("torch.fx traces it")
    before = copy.deepcopy(model.state_dict())
    for spec in ("auto", "he_normal; role:head=0"):
        with pytest.raises(initlab.errors.ArgumentError, match=r"initialize\(model, ..., data="):
            initlab.initialize(model, spec, seed=0)
    assert equal(before, model.state_dict())


@pytest.mark.parametrize("name", ["GPT-2", "T5"])
def test_a_recipe_of_a_model_has_the_stds_that_transformers_draws(name):
    family = FAMILIES[name]
    model = family.made()
    built = state(model)
    report = family.initialized(model, "recipe")
    for row in report.rows:
        if row.done == "set" and row.role in ("weight", "table"):
            numbers = built[row.name]
            within = 5 / (2 * numbers.numel()) ** 0.5
            assert numbers.std().item() == pytest.approx(row.std, rel=within), row
        elif row.done == "set":
            assert (built[row.name] == row.mean).all(), row


@pytest.mark.parametrize("spec", ["auto", "he_normal"])
def test_a_receipt_holds_a_change_is_found_and_an_audit_finds_nothing_wrong(family, spec, tmp_path):
    model = family.made()
    report = family.initialized(model, spec)
    report.save(tmp_path / "init.json")
    found = initlab.verify(model, tmp_path / "init.json")
    assert found.as_set, str(found)
    audit = initlab.audit(model)
    assert audit.sound, str(audit)
    named = dict(model.named_parameters(remove_duplicate=False))
    weight = next(row.name for row in report.rows if row.done == "set" and row.name in named)
    with torch.no_grad():
        named[weight] *= 2
        named[weight] += 1
    found = initlab.verify(model, tmp_path / "init.json")
    assert not found.as_set
    tied = {name for pair in family.tied if weight in pair for name in pair} | {weight}
    assert {one.name for one in found.differing} <= tied
