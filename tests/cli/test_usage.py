"""Wrong uses of every command are one sentence: what must be, what came, what would help."""

from __future__ import annotations

import json

import pytest
import typer

from initlab.cli import main as command_line
from initlab.settings import options
from initlab.settings.kinds import CHOICE, FLAG, Kind


def run(capsys, *arguments):
    """Return exit code, standard output and standard error of a line that is refused at once."""
    with pytest.raises(SystemExit) as done:
        command_line.main(list(arguments))
    return done.value.code, *capsys.readouterr()


def commands(app, path=()):
    """Return every command with the words that lead to it."""
    inside = getattr(app, "commands", None)
    if inside is None:
        return [(path, app)]
    return [found for name, one in inside.items() for found in commands(one, (*path, name))]


COMMANDS = commands(typer.main.get_command(command_line.app))
NAMES = sorted({path[0] for path, _ in COMMANDS})
OPTIONS = [
    pytest.param(path, param, id=f"{' '.join(path)} {param.opts[0]}")
    for path, command in COMMANDS
    for param in command.params
    if param.param_type_name == "option" and not param.is_flag
]
NUMBERS = [
    row
    for row in options()
    if row.kind not in (FLAG, CHOICE) and row.kind.metavar in ("<int>", "<float>")
]


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.name)
def test_a_word_for_a_number_is_refused_with_the_range(row, capsys):
    code, out, error = run(
        capsys, "compare", "circles", "--" + row.parameter.replace("_", "-"), "abc"
    )
    expected = row.kind.expected(row.name)
    assert (code, out) == (2, "")
    assert error == f"initlab: {row.parameter} must be {expected}; got 'abc'.\n"
    assert expected.startswith(("an integer", "a finite number"))
    assert any(sign in expected for sign in ("from", ">"))


def test_numbers_are_many():
    assert len(NUMBERS) > 15


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["compare", "circles", "--seeds", "abc"],
         "seeds must be an integer from 1 to 100,000; got 'abc'."),
        (["compare", "circles", "--seeds", "0"],
         "seeds must be an integer from 1 to 100,000; got 0."),
        (["compare", "--sedes", "3"], "initlab compare has no option '--sedes'. "
         "Did you mean '--seeds' or '--seed' or '--steps'?"),
        (["compare", "--lr", "3"],
         "initlab compare has no option '--lr'. Did you mean '--learning-rate'?"),
        (["compare", "--target", "price", "--data", "houses.csv"],
         "initlab compare has no option '--target'. Did you mean '--label'?"),
        (["compare", "--see", "4"],
         "initlab compare has no option '--see'. Did you mean '--seed' or '--seeds'?"),
        (["compare", "--rate", "0.1"],
         "initlab compare has no option '--rate'. Did you mean '--learning-rate'?"),
        (["compare", "--data", "circles"],
         "data must be a file (.npz or a table) or a pair (x, y); got 'circles'. circles is a "
         "study. Run the study with: initlab compare circles (in Python: compare('circles'))."),
        (["compare", "--bs", "3"],
         "initlab compare has no option '--bs'. Did you mean '--batch-size'?"),
        (["compare", "circles", "curve"],
         "argument must be left out; got 'curve'. Besides options, initlab compare takes only "
         "the argument STUDY."),
        (["check", "he", "a.py", "b.py"],
         "argument must be left out; got 'b.py'. Besides options, initlab check takes only the "
         "arguments EXERCISE and FILE."),
        (["compare", "circles", "--no-stratify=3"],
         "stratify must be --stratify or --no-stratify, without a value; got '--no-stratify=3'."),
        (["comprae"], f"command must be one of {', '.join(NAMES)}; got 'comprae'. "
         "Did you mean 'compare'?"),
        (["lesson", "strat"], "command must be one of list, start; got 'strat'. "
         "Did you mean 'start'?"),
        (["show"], "init must be given; got nothing."),
        (["report", "study.json"], "--out FOLDER must be given."),
        (["study", "list"], "--store FILE must be given."),
        (["show", "he_normal", "--size", "many"], "size must be an integer >= 1; got 'many'."),
        (["show", "he_normal", "--size", "0"], "size must be an integer >= 1; got 0."),
        (["show", "he_normal", "--shape", "2x3", "--seed", "-1"],
         "seed must be an integer from 0 to 2**63 - 1; got -1."),
        (["trace", "curve", "--steps", "x"], "steps must be an integer from 1 to 10,000; got 'x'."),
        (["--nonsense"], "initlab has no option '--nonsense'."),
        (["compare", "circles", "--missing", "drop"], "missing must be left out for the study "
         "circles; got 'drop'. missing is a setting for your own data and PyTorch models."),
    ],
)  # fmt: skip
def test_a_wrong_use_is_one_sentence(arguments, sentence, capsys):
    code, out, error = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert error.splitlines()[0] == f"initlab: {sentence}"


@pytest.mark.parametrize(("path", "param"), OPTIONS)
def test_an_option_without_its_value_names_what_it_takes(path, param, capsys):
    code, out, error = run(capsys, *path, param.opts[0])
    name = param.name.strip("_")
    assert (code, out) == (2, "")
    first, second = error.splitlines()
    assert first.startswith(f"initlab: {name} must be ")
    assert first.endswith("; got nothing.")
    assert second == f"Try: initlab {' '.join(path)} --help"


@pytest.mark.parametrize(
    ("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS]
)
def test_an_unknown_option_of_any_command_gets_a_suggestion(path, command, capsys):
    code, _, error = run(capsys, *path, "--hepl")
    assert code == 2
    words = f"initlab {' '.join(path)} has no option '--hepl'. Did you mean '--help'"
    assert error.startswith(f"initlab: {words}")


def test_json_gives_the_fields(capsys):
    code, out, error = run(capsys, "compare", "circles", "--json", "--steps")
    found = json.loads(out)["error"]
    assert (code, error) == (2, "")
    assert found["argument"] == "steps"
    assert found["expected"] == "an integer from 0 to 100,000,000"
    assert found["value"] is None


def test_kinds_are_known_for_every_number_of_every_command():
    for _, command in COMMANDS:
        for kind in command.callback.kinds.values():
            assert isinstance(kind, Kind)
