"""``initlab anatomy``: a network -> its layers in order of computation, and every parameter."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained
from initlab.cli.output import console, print_json
from initlab.errors import invalid_argument

if TYPE_CHECKING:
    from initlab.networks import DenseNetwork
    from initlab.networks.anatomy import Anatomy

SAMPLES = 8  # of the data, where the model has to be run


@explained({
    "network": "A PyTorch module, given as package.module:name or file.py:name; or the name of "
               "a study of initlab, such as circles, for the network of this study.",
    "data": ("Samples to run the model on if torch.fx cannot trace it. For the accepted forms, see "
             "--data in: initlab compare --help", "DATA"),
})  # fmt: skip
def anatomy_command(network: str, *, data: str | None = None, json_: bool = False) -> None:
    """Describe a network: its layers in the order of computation, and the role of each parameter.

    torch.fx traces the model to find this order; if tracing fails, the model is run on --data.

    [bold]Examples[/bold]

      initlab anatomy mypackage.models:build
      [dim]layers, roles, fans, the nonlinearity after each layer, shared parameters[/dim]

      initlab anatomy net.py:Net --data digits --json
      [dim]a model whose forward depends on its data, as JSON[/dim]

      initlab anatomy circles
      [dim]the network of a study[/dim]
    """
    described = _described(network, data)
    if json_:
        print_json({"ok": True, **described.to_record()})
        return
    width = console().width if sys.stdout.isatty() else None  # a file takes any width
    print(described.text(width))


def _described(network: str, data: str | None) -> Anatomy:
    from initlab.modules.anatomy import anatomy
    from initlab.networks.anatomy import dense_anatomy

    if ":" in network:
        from initlab.engines.torch.model import ModelSource

        module = ModelSource.of(network).made(0)
        return anatomy(module, None if data is None else _sample(data))
    from initlab.comparison.recipes import NAMED

    if network not in NAMED:
        hint = "A PyTorch module is named package.module:name or file.py:name, with a colon."
        raise invalid_argument("network", "one of " + ", ".join(NAMED), network, hint=hint)
    if data is not None:
        raise invalid_argument("data", "left out with a study, which has its own data", data)
    return dense_anatomy(_network_of(network), name=network)


def _network_of(study: str) -> DenseNetwork:
    """Return the network of a study; its data is loaded only where nothing else says the widths."""
    from initlab.comparison import prepare
    from initlab.comparison.recipes import NETWORK, recipe
    from initlab.datasets.image_sets import IMAGE_SETS
    from initlab.networks import DenseNetwork

    base = recipe(study)
    known = {name: base.defaults[name] for name in NETWORK}
    if study in IMAGE_SETS:
        images = IMAGE_SETS[study]
        pixels = math.prod(images.files[0].shape[1:])
        known["layer_dims"] = base.widths(pixels, len(images.classes))
    if known["layer_dims"] is not None:
        return DenseNetwork(**known)
    dense = prepare(study, {})[0].problem.dense
    assert dense is not None
    return dense


def _sample(data: str) -> Any:
    """Return the first inputs of the data."""
    from initlab.datasets.user_data import read_as
    from initlab.engines.torch.batches import chunks
    from initlab.engines.torch.data import module_data

    with read_as("data"):
        found = module_data(data)
    inputs, _ = next(chunks(found.train, SAMPLES, SAMPLES))
    return inputs
