"""Old modules are found under their old names, and are the new ones."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import warnings

import pytest

import initlab
from initlab import moved

SILENT = "error::DeprecationWarning"
OLD = {  # what scripts and written files import -> where it is now
    "initlab.course": "initlab.teaching.drop_ins",
    "initlab.course.bamberg": "initlab.teaching.drop_ins.bamberg",
    "initlab.course.bamberg.visualization": "initlab.teaching.drop_ins.bamberg.visualization",
    "initlab.course.coursera": "initlab.teaching.drop_ins.coursera",
    "initlab.course.coursera.network": "initlab.teaching.drop_ins.coursera.network",
    "initlab.course.drop_ins": "initlab.teaching.drop_ins.files",
    "initlab.course.repair": "initlab.teaching.repair",
    "initlab.exercises": "initlab.teaching.exercises",
    "initlab.exercises.sandbox.file_check": "initlab.teaching.exercises.sandbox.file_check",
    "initlab.initializers.laws": "initlab.initializers.distributions",
    "initlab.initializers.laws.truncated_normal": (
        "initlab.initializers.distributions.truncated_normal"
    ),
    "initlab.lessons": "initlab.teaching.lessons",
    "initlab.lessons.source": "initlab.teaching.lessons.source",
}


def run(program, tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-W", SILENT, "-c", program, *arguments],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("old", "new"), OLD.items())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_module_is_the_new_one_and_not_a_copy(old, new):
    found = importlib.import_module(old)
    assert found is importlib.import_module(new)
    assert found.__name__ == found.__spec__.name == new


EACH = """
import importlib, json, sys, traceback
errors = {}
for name in sys.argv[1:]:
    for one in [one for one in sys.modules if one.partition(".")[0] == "initlab"]:
        del sys.modules[one]  # as in a process of its own, but for torch's three seconds
    try:
        importlib.import_module(name)
    except Exception:
        errors[name] = traceback.format_exc()
print(json.dumps(errors))
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """Name -> how it failed to be imported."""
    done = run(EACH, tmp_path_factory.mktemp("moved"), *sorted(moved.WRITTEN))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", sorted(moved.WRITTEN))
def test_what_initlab_wrote_into_files_of_users_is_imported_without_a_warning(name, errors):
    if "udacity." in name:
        pytest.importorskip("torch")
    assert name not in errors, errors[name]


@pytest.mark.parametrize("module", sorted(moved.NAMES))
def test_every_name_of_an_old_module_has_a_home(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it is in may be old, too
        old = importlib.import_module(module)
    for name in moved.NAMES[module]:
        with pytest.warns(DeprecationWarning, match=rf"{module}\.{name} is now "):
            assert getattr(old, name) is not None


def test_any_other_old_name_warns_where_it_is_imported(tmp_path):
    done = run("\n\nfrom initlab.exercises import check", tmp_path)
    assert done.returncode == 1
    assert 'File "<string>", line 3' in done.stderr
    assert (
        "initlab.exercises is now initlab.teaching.exercises; initlab 1.0 removes the old name."
        in done.stderr
    )


def test_an_old_module_is_a_name_in_its_package(tmp_path):
    program = "import initlab.course.coursera\nprint(initlab.course.coursera.relu(-1.0))"
    assert run(program, tmp_path).stdout == "0.0\n"


def test_what_never_was_is_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"initlab\.courses"):
        importlib.import_module("initlab.courses")


def test_the_importer_is_installed_once():
    importlib.reload(initlab)
    assert sum(isinstance(one, moved.OldModules) for one in sys.meta_path) == 1


@pytest.mark.parametrize(
    "module",
    ["initlab.initializers", "initlab.initializers.laws", "initlab.initializers.laws.law"],
)
@pytest.mark.filterwarnings("ignore:initlab.initializers.laws is now:DeprecationWarning")
def test_law_is_the_distribution_and_warns(module):
    from initlab.initializers import Distribution

    old = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match="initializers.*Distribution; initlab 1.0 removes"):
        assert old.Law is Distribution


@pytest.mark.parametrize(
    ("old", "new"), [("law", "distribution"), ("bias_law", "bias_distribution")]
)
def test_methods_of_an_initializer_have_their_old_names_and_warn(old, new):
    init, fan = initlab.parse("torch_default"), initlab.fan_of((3, 2))
    with pytest.warns(DeprecationWarning, match=rf"Initializer\.{old} is now Initializer\.{new}"):
        found = getattr(init, old)(fan)
    assert found is not None
    assert found == getattr(init, new)(fan)


def test_network_laws_are_network_distributions_and_warn():
    import initlab.initialization

    with pytest.warns(DeprecationWarning, match="network_distributions"):
        found = initlab.initialization.network_laws
    assert found is initlab.initialization.network_distributions
