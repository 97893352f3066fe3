"""``initlab initialize``: a model and an init -> every parameter, weights and a receipt."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from initlab.cli.options import explained
from initlab.cli.output import print_json
from initlab.settings.kinds import SEED

if TYPE_CHECKING:
    from initlab.initialization.batch import Batch

WEIGHTS = (".pt", ".pth")


@explained({
    "model": "A PyTorch module, given as package.module:name or file.py:name.",
    "init": ('An init, such as he_normal or auto, or rules: "he_normal; role:head=0".', "INIT"),
    "seed": ("Seed of the random numbers.", SEED),
    "data": ("Training samples; needed if an init looks at data, or if torch.fx cannot trace the "
             "model. For the accepted forms, see --data in: initlab compare --help", "DATA"),
    "bias_init": ("Init of every bias. By default each init also sets the biases, usually to 0.",
                  "INIT"),
    "dry_run": "Report what would be set, and set nothing.",
    "receipt": ("Write to this file a receipt of what was set; initlab verify reads receipts.",
                "FILE"),
    "out": ("Write the initialized weights as a state_dict to this .pt or .pth file.", "FILE"),
})  # fmt: skip
def initialize_command(
    model: str,
    *,
    init: str,
    seed: int = 0,
    data: str | None = None,
    bias_init: str | None = None,
    dry_run: bool = False,
    receipt: Path | None = None,
    out: Path | None = None,
    json_: bool = False,
) -> None:
    """Initialize a model and report what every parameter gets; also save weights and a receipt.

    [bold]Examples[/bold]

      initlab initialize mypackage.models:build --init auto --dry-run
      [dim]what auto would do with every parameter, and why[/dim]

      initlab initialize m.py:build --init he_normal --receipt init.json
      [dim]write a receipt; initlab verify later compares weights with it[/dim]

      initlab initialize m.py:build --init lsuv --data d.py:load
      [dim]an init that looks at data[/dim]

      initlab initialize m.py:build --init "recipe:gpt2" --out init.pt
      [dim]the initial weights by the recipe gpt2, written to a file[/dim]
    """
    from initlab.engines.torch.model import AS_BUILT, ModelSource
    from initlab.errors import invalid_argument
    from initlab.files import check_target, write_atomically
    from initlab.initialization.case import parse_init, rules_of
    from initlab.initialization.module import DATA_NOT_USED, DEFAULT, looks_at_data, seen_in_use
    from initlab.modules.framework import load_torch
    from initlab.validation import local_file

    if init == AS_BUILT:
        raise invalid_argument("init", "an init that sets parameters", init,
                               got=f"{init!r}, which sets nothing")  # fmt: skip
    for name, path in (("receipt", receipt), ("out", out)):
        if dry_run and path is not None:
            raise invalid_argument(name, "left out with --dry-run, which sets nothing", str(path))
    for name, path, endings in (("receipt", receipt, ()), ("out", out, WEIGHTS)):
        if path is not None:  # refused before the model is built and drawn, not after
            check_target(local_file(name, path, endings=endings))
    if receipt is not None and out is not None and receipt.absolute() == out.absolute():
        raise invalid_argument(
            "receipt", "a file other than the one given with --out", str(receipt)
        )
    source, parsed = ModelSource.of(model), parse_init(init)
    module, batch = source.build(seed), None
    if str(parsed) == DEFAULT and bias_init is not None:
        raise invalid_argument(
            "bias_init", "left out with the init 'default', which sets the biases too", bias_init
        )
    given = rules_of(parsed, bias_init)
    used = data is not None and looks_at_data(module, given)
    if data is not None and used:
        batch = _batch(data)
    else:
        source = replace(source, described=seen_in_use(module, given))
    report = source.initialize(module, str(parsed), seed, bias_init, batch=batch, dry_run=dry_run)
    if data is not None and not used:
        report = replace(report, notes=(DATA_NOT_USED, *report.notes))
    if receipt is not None:
        report.save(receipt)
    if out is not None:
        content = io.BytesIO()
        load_torch().save(module.state_dict(), content)
        write_atomically(out, content.getvalue(), durable=True)
    written = {"receipt": receipt, "out": out}
    if json_:
        paths = {name: None if path is None else str(path) for name, path in written.items()}
        print_json({"ok": True, **report.to_record(), **paths})
        return
    print(report)
    for what, path in (("Receipt", receipt), ("Weights", out)):
        if path is not None:
            print(f"{what}: {path}")


def _batch(data: str) -> Batch:
    """Return what an init looks at."""
    from initlab.datasets.user_data import read_as
    from initlab.engines.torch.data import module_data
    from initlab.engines.torch.init_batch import init_batch

    with read_as("data"):
        return init_batch(module_data(data).train)
