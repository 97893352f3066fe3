"""The catalogue: what it lists, what it refuses, how another package adds to it."""

from __future__ import annotations

import importlib
import sys

import pytest

from initlab.errors import ArgumentError, InitlabError
from initlab.initialization import draw_network
from initlab.initializers import Constant, Fan, Normal, catalogue, draw, parse, register, registry

GIVEN = {"family": "test", "formula": "W ~ N(0, 1)", "source": "nobody (2026)"}


@pytest.fixture(autouse=True)
def _own_catalogue(monkeypatch):
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    monkeypatch.setattr(registry, "_spellings", dict(registry._spellings))
    monkeypatch.setattr(registry, "_loaded_groups", set())


def half(fan: Fan, *, std: float = 0.5) -> Normal:
    return Normal(0.0, std)


def test_catalogue_is_sorted_and_every_row_is_complete():
    rows = catalogue()
    names = [row["name"] for row in rows]
    assert names == sorted(names)
    assert len(names) >= 23
    for row in rows:
        assert all(row[field] for field in ("name", "family", "formula", "source")), row
        assert list(row) == [
            "name", "aliases", "family", "formula", "source", "arguments", "note", "use", "avoid",
            "checked", "sets", "data",
        ]  # fmt: skip


def test_rows_show_arguments_with_their_defaults():
    rows = {row["name"]: row["arguments"] for row in catalogue()}
    assert rows["normal"] == ["std=1", "mean=0"]
    assert rows["he_normal"] == ["mode='fan_in'", "negative_slope=0"]
    assert rows["sparse"] == ["sparsity", "std=0.01", "allow_dead=False"]
    assert rows["zeros"] == []


def test_names_that_differ_in_the_world_say_so():
    notes = {row["name"]: row["note"] for row in catalogue()}
    assert "Xavier" in notes["lecun_normal"]
    assert "he_truncated_normal" in notes["he_normal"]
    assert "bounds as values of weights" in notes["truncated_normal"]


def test_registered_function_is_drawn_like_a_built_in():
    assert register("half", **GIVEN, aliases=("demi",))(half) is half
    assert str(parse("demi(std=0.25)")) == "half(std=0.25)"
    assert draw("half", (3, 2), seed=0).shape == (3, 2)
    assert "half" in [row["name"] for row in catalogue()]


def test_a_method_entered_again_is_drawn_as_it_is_now():
    for value in (1.0, 2.0):

        def again(fan: Fan, *, value: float = value) -> Constant:
            return Constant(value)

        register("again", **GIVEN)(again)
        assert draw("again", (2, 3), seed=0).tolist() == [[value] * 3] * 2
        assert draw_network("again", [3, 2], seed=0)["W1"].tolist() == [[value] * 3] * 2


def test_start_may_bring_its_bias_distribution():
    register("half", **GIVEN, bias=lambda fan: Normal(0.0, 1 / fan.fan_in))(half)
    assert parse("half").bias_distribution(Fan(4, 2)) == Normal(0.0, 0.25)


@pytest.mark.parametrize("name", ["he_normal", "xavier_normal"])
def test_taken_name_is_refused_naming_both_owners(name):
    with pytest.raises(ArgumentError) as refused:
        register(name, **GIVEN)(half)
    assert "initlab.initializers.methods." in str(refused.value)
    assert f"{half.__module__}.half" in str(refused.value)
    assert parse("he_normal").distribution(Fan(2, 1)).std == 1


def test_taken_alias_is_refused_and_leaves_nothing_behind():
    with pytest.raises(ArgumentError, match="zeros"):
        register("half", **GIVEN, aliases=("zeros",))(half)
    with pytest.raises(ArgumentError, match="name of an initializer"):
        parse("half")


def test_same_function_twice_is_a_cell_run_twice():
    register("half", **GIVEN)(half)
    register("half", **GIVEN)(half)
    assert [row["name"] for row in catalogue()].count("half") == 1


@pytest.mark.parametrize("name", ["", "Half", "1half", "ha lf", "half(", "half\n", None])
def test_malformed_names_are_refused(name):
    with pytest.raises(ArgumentError, match="lower-case identifier"):
        register(name, **GIVEN)(half)


def test_row_without_a_source_is_refused():
    with pytest.raises(ArgumentError, match="source must be given"):
        register("half", **(GIVEN | {"source": ""}))(half)


def test_functions_with_positional_arguments_are_refused():
    def loose(fan: Fan, std: float = 1.0) -> Normal:
        return Normal(0.0, std)

    with pytest.raises(ArgumentError, match="signature"):
        register("loose", **GIVEN)(loose)


def test_strangers_exception_becomes_an_initlab_error():
    def broken(fan: Fan, *, std: float = 1.0) -> Normal:
        raise ZeroDivisionError("oh")

    register("broken", **GIVEN)(broken)
    with pytest.raises(ArgumentError, match="ZeroDivisionError: oh"):
        parse("broken")


def _install(tmp_path, monkeypatch, package, body):
    """Install a package whose entry point names its module, as pip would."""
    (tmp_path / f"{package}.py").write_text(body)
    info = tmp_path / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[initlab.initializers]\n{package} = {package}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, package, raising=False)
    importlib.invalidate_caches()


PLUGIN = """
from initlab.initializers import Normal, register

@register({name!r}, family="test", formula="N(0, 9)", source="nobody (2026)")
def start(fan):
    return Normal(0.0, 3.0)
"""


def test_installed_plugin_is_found_when_its_name_is_asked_for(tmp_path, monkeypatch):
    _install(tmp_path, monkeypatch, "initlab_plugin_a", PLUGIN.format(name="plugged"))
    parse("he_normal")
    assert "initlab_plugin_a" not in sys.modules  # a built-in name wakes no plug-in
    assert parse("plugged").distribution(Fan(2, 2)).std == 3


def test_plugin_with_a_taken_name_names_both_packages(tmp_path, monkeypatch):
    _install(tmp_path, monkeypatch, "initlab_plugin_b", PLUGIN.format(name="he_normal"))
    with pytest.raises(InitlabError) as refused:
        catalogue()
    for owner in ("initlab_plugin_b", "initlab.initializers.methods.fan_scaled.he_normal"):
        assert owner in str(refused.value)


def test_broken_plugin_is_named_and_breaks_no_built_in(tmp_path, monkeypatch):
    _install(tmp_path, monkeypatch, "initlab_plugin_c", "import no_such_module_anywhere")
    assert parse("he_normal").name == "he_normal"
    for _ in range(2):
        with pytest.raises(InitlabError, match="initlab_plugin_c"):
            catalogue()
