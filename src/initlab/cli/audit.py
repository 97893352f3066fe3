"""``initlab audit``: a model -> where its numbers most likely came from, and what is wrong."""

from __future__ import annotations

from initlab.cli.options import explained
from initlab.cli.output import print_json
from initlab.settings.kinds import SEED, texts


@explained({
    "model": "A PyTorch module, given as package.module:name or file.py:name.",
    "ignore": ("Finding to ignore, such as cloned_layers. Repeat the option to ignore several "
               "findings.", texts("", "FINDING")),
    "seed": ("Seed of the random numbers that are drawn while the model is built.", SEED),
})  # fmt: skip
def audit_command(
    model: str, *, ignore: list[str] | None = None, seed: int = 0, json_: bool = False
) -> int:  # fmt: skip
    """Say which distribution each parameter was most likely drawn from, and report problems.

    Audit looks for NaN, memory that was never initialized, constant weights,
    copies of layers, equal rows and layers drawn with the same seed. The exit
    code is 1 if a finding is "wrong", and 0 if all are "doubtful" or there are
    none.

    [bold]Examples[/bold]

      initlab audit mypackage.models:build
      [dim]the distribution of every parameter, and the findings, worst first[/dim]

      initlab audit m.py:build --ignore cloned_layers --json
      [dim]a model with a target network, which is a copy on purpose[/dim]
    """
    from initlab.engines.torch.model import ModelSource
    from initlab.initialization.audit import audit

    found = audit(ModelSource.of(model).made(seed), ignore=ignore or ())
    if json_:
        print_json({"ok": True, **found.to_record()})
    else:
        print(found)
    return 0 if found.sound else 1
