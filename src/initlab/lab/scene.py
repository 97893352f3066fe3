"""A scene of the page <-> a small study of ``compare``, checked as ``compare`` checks it.

A scene is a JSON object of the study's name and of arguments of ``compare`` under their own names;
canonical, it has every field that its study has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from initlab.comparison import prepare
from initlab.comparison.recipes import NAMED, RECIPES, Recipe, recipe
from initlab.errors import InitlabError, invalid_argument
from initlab.networks.losses import BINARY, TABLE, VALUES
from initlab.records import Study
from initlab.records.record import listed
from initlab.settings import SETTINGS, settings_of
from initlab.settings.kinds import RATE
from initlab.settings.setting import IMAGES
from initlab.study import LoadedProblem
from initlab.validation import items_of, nearest_hint, seed_number, text, whole_number

FIELDS = (  # arguments of ``compare`` that a scene may have, in this order
    "layer_dims", "nonlinearity", "optimizer", "learning_rate", "batch_size", "momentum", "dropout",
    "steps", "n_train", "n_samples", "noise", "function", "inits", "seed", "stream",
)  # fmt: skip
LARGE = "fashion-sample"  # more pixels than the page shows inputs
DRAWN = {VALUES: 1, BINARY: 2}  # largest number of inputs whose answers the page draws, by targets


def drawn(study: Recipe) -> bool:
    """Whether the page can draw the answers of a study; those of classes it also counts."""
    targets, dims = TABLE[study.defaults["loss"]].targets, study.defaults["layer_dims"]
    return targets not in DRAWN or (dims is not None and dims[0] <= DRAWN[targets])


STUDIES = tuple(  # whose data is always here
    name
    for name in NAMED
    if RECIPES[name].kind != IMAGES and name != LARGE and drawn(RECIPES[name])
)
DEFAULTS: Mapping[str, Mapping[str, Any]] = {  # where a study's own are too large for the page
    "digits": {
        "layer_dims": [64, 32, 16, 10], "steps": 240, "inits": ["zeros", "uniform", "he_normal"],
    },
}  # fmt: skip
MOST: Mapping[str, int] = {
    "inits": 4, "hidden_layers": 5, "width": 64, "steps": 30_000, "points": 1_000, "seeds": 200,
}  # fmt: skip
MOST_WEIGHTS = 30  # of a picture of one update that can be read
LARGEST_SEED = 2**53 - 1  # a browser rounds larger integers
ROLE = re.compile(r"\s*role:\w+\s*=")  # begins a rule; any other colon names code to import
Prepared = tuple[Study, LoadedProblem]


def fields_of(study: str) -> tuple[str, ...]:
    """Return the fields that scenes of a study have, besides its name."""
    known = {*settings_of(recipe(study).kind), "seed"}
    return tuple(name for name in FIELDS if name in known)


def completed(scene: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scene with every field that its study has; nothing is checked or loaded."""
    name = scene.get("study", STUDIES[0])
    defaults = recipe(name).defaults
    found = {**defaults, "seed": defaults["seeds"][0], **DEFAULTS.get(name, {}), **scene}
    return {"study": name, **{field: listed(found[field]) for field in fields_of(name)}}


def prepared(scene: Any) -> Prepared:
    """Return the study of a scene, with its one seed, and its loaded problem.

    Args:
        scene: an object; fields that are left out, or null, take the study's own values.

    Raises:
        ArgumentError: it is no scene, or asks for more than the page trains; ``argument`` is the
            field.
    """
    if not isinstance(scene, Mapping):
        raise invalid_argument("scene", "an object", scene)
    name = scene.get("study", STUDIES[0])
    if name not in STUDIES:
        hint = nearest_hint(name, STUDIES)
        raise invalid_argument("study", "one of " + ", ".join(STUDIES), name, hint=hint)
    fields = fields_of(name)
    for field in scene:
        if field not in (*fields, "study"):
            expected = f"an object with only the fields study, {', '.join(fields)}"
            got = f"the field {field!r}"
            raise invalid_argument("scene", expected, field, got=got, where=name)
    given = {**DEFAULTS.get(name, {}), **{k: v for k, v in scene.items() if v is not None}}
    given.pop("study", None)
    seed = seed_number(given.pop("seed", recipe(name).defaults["seeds"][0]))
    whole_number("seed", seed, minimum=0, maximum=LARGEST_SEED, where="lab")
    if "learning_rate" in given:
        RATE.check("learning_rate", given["learning_rate"])  # one, not several to choose from
    _check_inits(given.get("inits", ()))
    for field, most in (("steps", "steps"), ("n_train", "points"), ("n_samples", "points")):
        if field in given:
            SETTINGS[field].kind.check(field, given[field], maximum=MOST[most], where="lab")
    hidden = items_of("layer_dims", given.get("layer_dims", ()), "a list of widths")[1:-1]
    if len(hidden) > MOST["hidden_layers"]:
        expected = f"a list of widths with at most {MOST['hidden_layers']} hidden layers"
        raise invalid_argument("layer_dims", expected, given["layer_dims"], where="lab")
    for width in hidden:
        whole_number("layer_dims", width, minimum=1, maximum=MOST["width"], where="lab")
    return prepare(name, {**given, "seeds": [seed]})


def scene_of(study: Study) -> dict[str, Any]:
    """Return the canonical scene of a study: JSON types, every field that the study has."""
    settings = study.settings()
    found = {**settings, **settings["data"], "seed": study.seeds[0]}
    name = study.problem.recipe
    return {"study": name, **{field: listed(found[field]) for field in fields_of(name)}}


def why_untraceable(study: Study) -> InitlabError | None:
    """Return what step mode refuses a study for; None where it shows it."""
    network, training = study.problem.dense, study.training
    assert network is not None
    if study.problem.weight_count > MOST_WEIGHTS:
        expected = f"the widths of a network of at most {MOST_WEIGHTS} weights"
        return invalid_argument("layer_dims", expected, list(network.layer_dims), where="step mode")
    if training.optimizer == "adam" or training.momentum or training.dropout:
        words = (
            "Step mode shows only plain gradient descent: the optimizer gd or sgd, without "
            "momentum and without dropout."
        )
        return InitlabError(words, argument="optimizer")
    return None


def _check_inits(inits: Any) -> None:
    """Refuse too many inits, and texts that would import code, before anything reads them."""
    listed_inits: Sequence[Any] = items_of("inits", inits, "a list of inits")
    if len(listed_inits) > MOST["inits"]:
        raise invalid_argument(
            "inits", f"a list of at most {MOST['inits']} inits", inits, where="lab"
        )
    for init in listed_inits:
        if any(":" in ROLE.sub("", rule, count=1) for rule in text("inits", init).split(";")):
            expected = (
                "names of built-in initializations, numbers, or rules such as 'W1=he_normal,B1=0'"
            )
            raise invalid_argument("inits", expected, init, where="lab")
