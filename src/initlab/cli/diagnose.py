"""``initlab diagnose``: does a network start right? What is wrong with it before training."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.cli.options import explained
from initlab.cli.output import print_json
from initlab.cli.shape import sizes_of
from initlab.errors import invalid_argument

if TYPE_CHECKING:
    from initlab.comparison import Comparison
    from initlab.diagnosis.diagnosis import Diagnosis

HEALTHY, NOT_HEALTHY = 0, 1
SEEDS = 8  # of a proof: 6 decide if all agree; of 8, one may differ a little
BESIDE_HE = "orthogonal"  # what he_normal is compared with where it is the present init


@explained({
    "network": "A PyTorch module, given as package.module:name or file.py:name; or a study, such "
    "as circles.",
    "init": ("Init to apply before the diagnosis: a name or rules. By default a PyTorch module is "
             "diagnosed as it is built; the network of a study needs this option.", "INIT"),
    "seed": "Seed of the init, and of all random numbers that the diagnosis draws.",
    "seeds": "Number of seeds: 10 means that the network is diagnosed at each of the seeds 0 to 9. "
    "The results are summarized.",
    "input": ("Shape of the batch of random inputs to diagnose the network on. The number of "
              "samples stands first, as in 32x3x224x224.", "SHAPE"),
    "data": ("Data to diagnose the network on. For the accepted forms, see --data in: initlab "
             "compare --help", "DATA"),
    "loss": ("Loss of the model: a name such as cross_entropy, or a loss of your own, given as "
             "package.module:name or file.py:name.", "LOSS"),
    "optimizer": ("Optimizer whose first update is measured; by default adam.", "NAME"),
    "learning_rate": "Learning rate of the optimizer; if left out, the optimizer's own default.",
    "trial": "Whether to train copies of the model for up to 200 steps; by default only if the "
    "model is small.",
    "prove": "Also train the network, as initlab compare does, with its present init and with the "
    "recommended init, at 8 seeds each. If the present init is the recommended one, it is compared "
    "with another init. A PyTorch module needs --data for this.",
    "ignore": ("Name of a finding that does not count for the exit code. Repeat the option to name "
               "several findings.", "NAME"),
    "out": ("Folder for a report (page, figures, JSON); an older report of a diagnosis in "
            "this folder is replaced.", "FOLDER"),
    "force": "Write the report even if the folder holds other files. These are kept, unless a file "
    "of the report has the same name.",
    "all_": "Print every layer.",
})  # fmt: skip
def diagnose_command(
    network: str,
    *,
    init: str | None = None,
    seed: int = 0,
    seeds: int | None = None,
    input: str | None = None,
    data: str | None = None,
    loss: str | None = None,
    optimizer: str | None = None,
    learning_rate: float | None = None,
    trial: bool | None = None,
    prove: bool = False,
    ignore: list[str] | None = None,
    out: Path | None = None,
    force: bool = False,
    all_: bool = False,
    json_: bool = False,
) -> int:
    """Find the problems of a network before it is trained.

    The exit code is 0 if the network is healthy, and 1 if it is not or if that is not known.

    [bold]Examples[/bold]

      initlab diagnose mypackage.models:build --input 32x3x224x224
      [dim]a model and random inputs[/dim]

      initlab diagnose net.py:Net --data digits --loss cross_entropy --out report/
      [dim]a model, its data and loss; a few training steps on copies of it test the findings[/dim]

      initlab diagnose circles --init "normal(std=0.01)" --seeds 10
      [dim]the network of a study, at ten seeds[/dim]
    """
    from initlab.comparison.diagnose import diagnose
    from initlab.diagnosis.diagnosis import WIDTH
    from initlab.diagnosis.findings import NAMES
    from initlab.validation import one_of

    for name in ignore or []:
        one_of("ignore", name, [*NAMES])
    if prove and ":" in network and data is None:
        raise invalid_argument(
            "prove", "given together with --data, because a proof trains the model on data", True
        )

    if input is not None and data is not None:
        raise invalid_argument("input", "left out with --data, which has inputs", input)
    shape = None if input is None else sizes_of(input, "input")
    if out is not None:
        from initlab.report.destination import check_folder
        from initlab.report.diagnosis import DIAGNOSIS, write_diagnosis

        check_folder(out, force=force, report=DIAGNOSIS)  # refuse before the work, not after
    update: dict[str, Any] = {"optimizer": optimizer or "adam", "learning_rate": learning_rate}
    found = diagnose(
        network, data, loss=loss, init=init, seed=seed, seeds=seeds, shape=shape, trial=trial,
        **update,
    )  # fmt: skip
    if out is not None:
        write_diagnosis(found, out, force=force)
    asked = optimizer is not None or learning_rate is not None
    given = {name: value for name, value in update.items() if asked and value is not None}
    proof = _proof(network, init, data, loss, found, given) if prove else None
    if json_:
        record = found.to_record()
        print_json({"ok": True, **record, "proof": proof and _decision(proof)})
    else:
        columns, lines = shutil.get_terminal_size((100, 24))
        print(found.text(None if all_ else max(6, lines - 12), min(WIDTH, columns)))
        if proof is not None:
            print(f"\n{_decision(proof)}\n\n{proof.summary()}")
    return _code(found, ignore or [])


def _proof(
    network: str, init: str | None, data: str | None, loss: str | None, found: Diagnosis,
    given: dict[str, Any],
) -> Comparison:  # fmt: skip
    """Train the network with its present init and with the one that is recommended.

    For a model that is the present init with what mends it, or auto; for the network of a study,
    he_normal. Where it is the present init, another one is held against it. With a third init the
    two would be one pair of three, and harder to tell apart.
    """
    from initlab.comparison import compare
    from initlab.diagnosis.fix import upon
    from initlab.engines.torch.model import AS_BUILT
    from initlab.initialization import parse_init

    parsed = None if init in (None, AS_BUILT) else parse_init(init)
    if parsed is not None:
        init = str(parsed)  # an alias would be another name of the other one
    if ":" not in network:
        present = init or "he_normal"
        other = BESIDE_HE if present == "he_normal" else "he_normal"
        return compare(network, inits=[present, other], seeds=SEEDS, **given)
    present = init or AS_BUILT
    other = "auto" if present != "auto" else AS_BUILT
    if any(one.layers for one in found.hindering):
        mending = found.fix()
        other = str(mending if parsed is None else upon(parsed, mending, found.measured.anatomy))
    return compare(
        model=network, data=data, inits=[present, other], loss=loss, seeds=SEEDS, **given
    )


def _decision(proof: Comparison) -> str:
    """Say which of the two inits trains better, or that so many seeds do not decide it."""
    from initlab.analysis.wording import shown_names
    from initlab.engines.torch.model import AS_BUILT

    present, other = shown_names(proof.study.inits).values()
    verb = "decides" if proof.verdict.kind == "winner" else "does not decide"
    word = "" if proof.study.inits[1] in (BESIDE_HE, AS_BUILT) else " (recommended init)"
    return (f"{present} (present init) was compared with {other}{word}, at "
            f"{len(proof.study.seeds)} seeds each. The comparison {verb} which init is better. "
            f"{proof.verdict}")  # fmt: skip


def _code(found: Diagnosis, ignored: list[str]) -> int:
    try:
        found.assert_healthy(ignored)
    except AssertionError:
        return NOT_HEALTHY
    return HEALTHY
