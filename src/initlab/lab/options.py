"""Language and the scene asked for -> all that the page offers: studies, inits, words, limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from initlab.comparison.recipes import recipe
from initlab.errors import InitlabError
from initlab.initialization import network_distributions
from initlab.initializers.registry import entries
from initlab.lab.guided import GUIDED
from initlab.lab.recording import TASKS
from initlab.lab.scene import MOST, STUDIES, completed, fields_of
from initlab.lab.texts import known
from initlab.lab.words import STUDIES as TITLES
from initlab.lab.words import WORDS
from initlab.networks.dense import NONLINEARITIES
from initlab.networks.losses import TABLE
from initlab.records.training import DENSE_OPTIMIZERS
from initlab.study.environment import versions
from initlab.translation import LANGUAGES

EXAMPLES = {
    "nonlinearity": "'tanh'",
    "sparsity": "0.5, allow_dead=True",
    "value": "0.5",
}  # of what has no default
WIDTHS = (8, 8, 8)  # which every method for dense layers can draw


def options(language: str, scene: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page offers, in a language; ``scene`` is shown first."""
    said = known(language)

    def words(text: str) -> str:
        return said.get(text, text)

    return {
        "version": versions()["initlab"],
        "language": language,
        "languages": dict(LANGUAGES),
        "words": {name: words(text) for name, text in WORDS.items()},
        "scene": dict(scene),
        "studies": [{**row, "title": words(row["title"])} for row in _studies()],
        "nonlinearities": list(NONLINEARITIES),
        "optimizers": list(DENSE_OPTIMIZERS),
        "inits": _inits(),
        "guided": [
            {
                "name": name, "title": words(one.title),
                "sentences": [words(text) for text in one.sentences], "scene": completed(one.scene),
            }
            for name, one in GUIDED.items()
        ],
        "limits": dict(MOST),
    }  # fmt: skip


def _studies() -> Iterator[dict[str, Any]]:
    for name in STUDIES:
        scene = completed({"study": name})
        yield {
            "name": name,
            "title": TITLES.get(name, name),
            "task": TASKS[TABLE[recipe(name).defaults["loss"]].targets],
            "inputs": scene["layer_dims"][0],
            "scene": scene,
            "fields": fields_of(name),
        }


@cache
def _inits() -> list[dict[str, Any]]:
    """Return the methods that a dense network can begin from, spelt as a scene takes them."""
    rows = []
    for entry in entries():
        needed = [one.name for one in entry.arguments if one.required]
        given = ", ".join(f"{name}={EXAMPLES.get(name)}" for name in needed)
        name = f"{entry.name}({given})" if needed else entry.name
        try:
            network_distributions(name, WIDTHS)
        except InitlabError:
            if not entry.data or entry.sets:
                continue  # for other layers, or with its place in the network
        rows.append({
            "name": name, "formula": entry.formula, "paper": entry.source, "summary": entry.use,
            "family": entry.family,
        })  # fmt: skip
    return rows
