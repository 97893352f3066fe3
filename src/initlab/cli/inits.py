"""``initlab inits``: the catalogue of initializations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained
from initlab.cli.output import console, moments_text, print_facts, print_json
from initlab.errors import ShapeError, invalid_argument
from initlab.numbers import shown
from initlab.validation import left_out

if TYPE_CHECKING:
    from initlab.initializers.entry import Entry
    from initlab.initializers.spec import Initializer


@explained({
    "name": ('Name of an initialization, an alias, a call such as "fixup(branches=8)", or a recipe '
             "such as recipe:gpt2. Without a name, all initializations are listed."),
    "family": ("List the inits of this family, such as residual.", "WORD"),
    "search": ("List the inits whose entries contain all these words.", "WORDS"),
    "shape": ("Show also fans, mean and std for a weight of this shape. 256x784 means (out, in). "
              "Further numbers are the size of the kernel, as in 64x3x5x5.", "SHAPE"),
})  # fmt: skip
def inits_command(
    name: str | None = None,
    *,
    family: str | None = None,
    search: str | None = None,
    shape: str | None = None,
    json_: bool = False,
) -> None:
    """List the initializations: name, aliases, family, formula and paper.

    [bold]Examples[/bold]

      initlab inits
      [dim]every initialization: name, aliases, family, formula, paper[/dim]

      initlab inits he_normal --shape 128x784
      [dim]one initialization: formula, paper, what it is for, the numbers for a layer[/dim]

      initlab inits --family residual
      initlab inits --search "transformer width"
      [dim]the inits of a family, and those whose entries contain all the words[/dim]

      initlab inits "edge_of_chaos(nonlinearity=tanh, bias_std=0.2)" --shape 256x256
      [dim]an initialization with your own arguments[/dim]

      initlab inits "forward_gain(nonlinearity=gelu)"
      [dim]the gain of a nonlinearity[/dim]

      initlab inits recipe:gpt2
      [dim]a recipe, which holds rules for a whole model[/dim]
    """
    from initlab.initialization.rules import RECIPE
    from initlab.initializers.registry import entries

    if name is not None and name.startswith(RECIPE):
        left_out({"family": family, "search": search, "shape": shape}, f"with {name!r}")
        _show_recipe(name.removeprefix(RECIPE), json_=json_)
        return
    if name is not None:
        left_out({"family": family, "search": search}, f"with the name {name!r}")
        entry, init = _named(name)
        row, (behind, words) = {**entry.row(), **_layer(init, shape, entry)}, _behind(init)
        if json_:
            print_json({"ok": True, "inits": [{**row, **behind}]})
        else:
            print_facts(_facts(entry, row, words, name if init else _with_argument(entry)))
        return
    found = [one for one in entries() if _in_family(one, family) and _has_words(one, search)]
    if not found:
        raise _nothing(family, search)
    of_all = family is None and search is None
    rows = [{**one.row(), **_layer(_without_arguments(one), shape, one)} for one in found]
    if json_:
        print_json({"ok": True, "inits": rows})
    else:
        _print_all(rows)
        if of_all:
            _print_recipes()


def _show_recipe(text: str, *, json_: bool) -> None:
    from rich.markup import escape

    from initlab.initialization.recipes import RECIPES, named_recipe
    from initlab.initializers.spec import recipe_call

    rules = named_recipe(text)
    name, _ = recipe_call(text)
    row = RECIPES[name]
    if json_:
        print_json({"ok": True, "recipes": [{"name": name, **vars(row), "rules": str(rules)}]})
        return
    usual = ", ".join(f"{key}={value:g}" for key, value in row.arguments.items())
    facts = {
        "name": f"recipe:{name}", "rules": "\n".join(str(rules).split("; ")),
        "arguments": usual, "source": row.source, "for": row.about, "checked": row.checked,
    }  # fmt: skip
    print_facts({key: escape(value) for key, value in facts.items() if value})


def _print_recipes() -> None:
    from initlab.initialization.recipes import RECIPES

    console().print(f"Recipes, which hold rules for a whole model: {', '.join(sorted(RECIPES))}. "
                    "See, for example: initlab inits recipe:gpt2",
                    markup=False, highlight=False)  # fmt: skip


def _named(name: str) -> tuple[Entry, Initializer | None]:
    from initlab.initializers.registry import find
    from initlab.initializers.spec import parse

    if "(" not in name:
        entry = find(name)
        return entry, _without_arguments(entry)
    init = parse(name)
    return find(init.name), init


def _without_arguments(entry: Entry) -> Initializer | None:
    """Return the initialization under its defaults; None where an argument has none."""
    from initlab.initializers.spec import Initializer

    return None if any(one.required for one in entry.arguments) else Initializer(entry.name)


def _in_family(entry: Entry, family: str | None) -> bool:
    return family is None or family.strip().lower() in entry.family.lower()


def _has_words(entry: Entry, search: str | None) -> bool:
    return all(word in _text(entry) for word in (search or "").lower().split())


def _text(entry: Entry) -> str:
    """Return all words of an entry, in small letters."""
    return " ".join(map(str, entry.row().values())).lower()


def _nothing(family: str | None, search: str | None) -> Exception:
    from initlab.initializers.registry import entries
    from initlab.validation import nearest_hint

    families = sorted({one.family for one in entries()})
    if family is not None and not any(family.strip().lower() in one for one in families):
        expected = "one of " + ", ".join(families)
        return invalid_argument("family", expected, family, hint=nearest_hint(family, families))
    asked = (search or "").lower().split()
    unknown = [word for word in asked if not any(_has_words(one, word) for one in entries())]
    hint = "No entry contains all of these words."
    if unknown:
        hint = nearest_hint(unknown[0], {word for one in entries() for word in _text(one).split()})
    elif family is not None:
        hint = f"No entry of the family {family!r} contains all of these words."
    return invalid_argument(
        "search", "words that occur together in an entry of the catalogue", search, hint=hint
    )


def _layer(init: Initializer | None, shape: str | None, entry: Entry) -> dict[str, Any]:
    """Return what the initialization means for a weight of a shape, under the key "layer"."""
    from initlab.cli.shape import sizes_of
    from initlab.initializers import fan_of

    if shape is None:
        return {}
    sizes = sizes_of(shape)
    fan = fan_of(sizes) if len(sizes) == 2 else fan_of(sizes, in_axis=1, out_axis=0)
    facts: dict[str, Any] = {
        "shape": list(sizes), "fan_in": fan.fan_in, "fan_out": fan.fan_out, "init": None,
        "law": None, "mean": None, "std": None, "bias": None, "note": "",
    }  # fmt: skip
    if init is None:
        missing = next(one.name for one in entry.arguments if one.required)
        facts["note"] = f"mean and std need the argument {missing}, as in {_with_argument(entry)}"
        return {"layer": facts}
    try:
        distribution, bias = init.distribution(fan), init.bias_distribution(fan)
    except ShapeError as error:
        return {"layer": {**facts, "init": str(init), "note": str(error)}}
    drawn = {
        "init": str(init),
        "law": repr(distribution),
        "mean": distribution.mean,
        "std": distribution.std,
    }
    return {"layer": {**facts, **drawn, "bias": None if bias is None else repr(bias)}}


def _with_argument(entry: Entry) -> str:
    """Return the call of an entry with a place for the argument that has no default."""
    return f"{entry.name}({next(one.name for one in entry.arguments if one.required)}=...)"


def _facts(
    entry: Entry, row: dict[str, Any], behind: dict[str, str], call: str
) -> dict[str, str]:  # fmt: skip
    """Return the lines of one entry; those of what is behind it stand last.

    Args:
        entry: the entry.
        row: its columns, and what it means for a layer.
        behind: further lines.
        call: the entry as the next command names it.
    """
    import shlex

    from rich.markup import escape

    from initlab.initializers.entry import ARGUMENTS

    lines = [
        f"{one}  {ARGUMENTS[one.name]}" if one.name in ARGUMENTS else str(one)
        for one in entry.arguments
    ]
    facts = {
        "name": entry.name, "aliases": ", ".join(entry.aliases), "family": entry.family,
        "formula": entry.formula, "arguments": "\n".join(lines), "source": entry.source,
        "use for": entry.use, "not for": entry.avoid, "note": entry.note,
        "checked": entry.checked, **_numbers(row.get("layer")), **behind,
    }  # fmt: skip
    if "layer" not in row:
        facts["numbers"] = (
            f"for the shape of your layer, run: initlab inits {shlex.quote(call)} --shape 128x784"
        )
    return {key: escape(value) for key, value in facts.items() if value}  # [Q, -Q] is no markup


def _numbers(layer: dict[str, Any] | None) -> dict[str, str]:
    if layer is None:
        return {}
    sizes = " x ".join(map(str, layer["shape"]))
    place = f"{sizes}: fan_in {layer['fan_in']}, fan_out {layer['fan_out']}"
    if layer["law"] is None:
        return {"weight": place, "": layer["note"]}
    moments = moments_text(layer["mean"], layer["std"])
    bias = {} if layer["bias"] is None else {"bias": layer["bias"]}
    return {"weight": place, "distribution": layer["law"], "moments": moments, **bias}


def _behind(init: Initializer | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what a nonlinearity does, as JSON types and in words, for the rows made for it."""
    from initlab.initializers import Fan

    if init is not None and init.name in ("forward_gain", "backward_gain"):
        gain = init.distribution(Fan(1, 1)).std
        return {"gain": gain}, {"gain": shown(gain, ".9g")}
    if init is None or init.name != "edge_of_chaos":
        return {}, {}
    from initlab.nonlinearities.mean_fields import named_edge

    arguments: dict[str, Any] = {"bias_std": 0.0, **dict(init.arguments)}
    found = named_edge(arguments["nonlinearity"], arguments["bias_std"])
    return {"mean_field": found.to_record()}, {"deep networks": str(found)}


def _print_all(rows: list[dict[str, Any]]) -> None:
    from itertools import groupby

    from rich.table import Table
    from rich.text import Text

    screen = console()
    by_family = sorted(rows, key=lambda row: row["family"])
    for family, members in groupby(by_family, key=lambda row: row["family"]):
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column("name and aliases", width=34)
        table.add_column("formula and source")
        for row in members:
            aliases = "".join(f"\n  {alias}" for alias in row["aliases"])
            table.add_row(
                Text.assemble((row["name"], "bold"), (aliases, "dim")),
                Text.assemble(row["formula"], (f"\n{row['source']}", "dim"), _std(row)),
            )
        screen.print(Text(family, style="bold underline"), table, "", sep="\n")
    screen.print(
        "The aliases of an init stand below its name. All facts of one init: initlab inits NAME"
    )


def _std(row: dict[str, Any]) -> str:
    layer = row.get("layer")
    if layer is None:
        return ""
    if layer["std"] is None:
        return f"\n{layer['note']}"
    return f"\n{moments_text(layer['mean'], layer['std'])}"
