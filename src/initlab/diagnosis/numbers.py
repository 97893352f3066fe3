"""A module's numbers alone -> findings: memory never initialized, cloned layers, one stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from initlab.diagnosis.finding import NOTE, SLOWS, SUSPECT, Finding
from initlab.initialization.audit import audit
from initlab.initialization.audit.finding import CLONED, ONE_STREAM, UNINITIALIZED

if TYPE_CHECKING:
    from torch.nn import Module

FOUND = {  # by the audit's name: ours, severity, effect, fix
    UNINITIALIZED: (
        "never_initialized", SLOWS,
        "Such values are probably left over from an earlier use of the memory.",
        "Draw new values, for example with initlab.initialize.",
    ),
    CLONED: (
        "cloned_layers", SUSPECT,
        "These layers begin as copies of one another, and stay copies if they get equal "
        "gradients.",
        "Initialize each of these layers separately, for example with initlab.initialize.",
    ),
    ONE_STREAM: (
        "one_stream", NOTE, "The weights of these layers are not independent of each other.",
        "Draw the weights of these layers one after another from one generator. Do not set the "
        "same seed again before each layer.",
    ),
}  # fmt: skip


def looked_through(module: Module) -> list[Finding]:
    """Return what an audit finds in the numbers alone, and the measurements do not show."""
    found = []
    for one in audit(module).findings:
        if one.name in FOUND:
            name, severity, effect, fix = FOUND[one.name]
            layers = tuple(dict.fromkeys(where.rpartition(".")[0] for where in one.where))
            found.append(Finding(name, severity, one.where, one.sentence, effect, fix, layers))
    return found
