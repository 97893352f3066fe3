"""``initlab verify``: a model, or a file of weights, and a receipt -> which parameters differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from initlab.cli.options import explained
from initlab.cli.output import print_json


@explained({
    "model": ("A PyTorch module, as package.module:name or file.py:name, or a file of weights "
              "written by torch.save.", "MODEL"),
    "receipt": ("File with the receipt, written by initlab initialize --receipt or, in Python, by "
                "initlab.initialize(...).save(path).", "RECEIPT"),
    "again": "Initialize the model again, with the rules and the seed in the receipt, before its "
             "parameters are compared with the receipt.",
})  # fmt: skip
def verify_command(
    model: str, receipt: str, *, again: bool = False, json_: bool = False
) -> int:  # fmt: skip
    """Report which parameters of a model differ from its receipt, and how.

    A parameter that differs may be overwritten, scaled, trained, cast, partly
    changed, reshaped, renamed, untied, missing, new or not finite. The exit code is 0
    if every parameter is as the receipt says, otherwise 1.

    [bold]Examples[/bold]

      initlab verify mypackage.models:build init.json
      [dim]does the model that build() returns still hold the initial values?[/dim]

      initlab verify checkpoint.pt init.json --json
      [dim]weights in a file; no code that the file holds is run[/dim]

      initlab verify m.py:build init.json --again
      [dim]do the same rules and seed give the same numbers here?[/dim]
    """
    from initlab.initialization.receipt import Receipt
    from initlab.initialization.verifying import verify

    known = Receipt.load(receipt)  # before a model is built
    found = verify(_given(model, known.seed), known, again=again)
    if json_:
        print_json({"ok": True, "receipt": receipt, **found.to_record()})
    else:
        print(found)
    return 0 if found.as_set else 1


def _given(model: str, seed: int) -> Any:
    """Return a built module, or the content of a file of weights."""
    from initlab.engines.torch.model import ModelSource
    from initlab.errors import DataError, invalid_argument
    from initlab.files import shown_path
    from initlab.modules.framework import load_torch
    from initlab.references import is_reference

    path = Path(model)
    if not path.is_file() or path.suffix == ".py":
        if not is_reference(model):
            hint = f"There is no file {shown_path(path)}."
            if path.is_dir():
                hint = f"{shown_path(path)} is a folder."
            elif path.is_file():
                hint = (
                    "Add the name of the function in this file that builds the model, such as "
                    f"{model}:build."
                )
            expected = "package.module:name, file.py:name, or a file of weights"
            raise invalid_argument("model", expected, model, hint=hint)
        return ModelSource.of(model).made(seed)
    try:
        found = load_torch().load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many; its advice to run the file's code is not ours
        raise DataError(
            f"{shown_path(path)} is not a file of weights written by torch.save. Load "
            "the weights yourself, and give the state_dict to initlab.verify.",
            argument="model", value=model,
        ) from error  # fmt: skip
    return found
