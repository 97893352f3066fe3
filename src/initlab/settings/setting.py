"""The declaration of one setting."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from initlab.settings import names
from initlab.settings.kinds import Kind

PLANE, BOUNDARY, CURVE, IMAGES, DIGITS, ARRAYS, MODULE = (
    "plane", "boundary", "curve", "images", "digits", "arrays", "module",
)  # fmt: skip
DENSE = (PLANE, BOUNDARY, CURVE, IMAGES, DIGITS, ARRAYS)  # studies of a dense network of ours
EVERY = (*DENSE, MODULE)
RUN = "run"  # no study, but how its cells are run
KIND_WORDS = {
    PLANE: ", ".join(names.PLANE), IMAGES: "image studies", ARRAYS: "your own data",
    MODULE: "PyTorch models",
}  # fmt: skip
NETWORK, TRAINING, DATA, OUTPUT = "Network", "Training", "Data", "Output"
HEADINGS = (None, NETWORK, TRAINING, DATA, OUTPUT)  # of the help, in its order


@dataclass(frozen=True)
class Setting:
    """One keyword argument of ``compare``, and one option of the command line.

    Attributes:
        name: the keyword argument, and the key in JSON.
        kind: type, bounds, and how text is read.
        text: what it is, in the help of both.
        python: what the docstring adds; None if ``compare`` does not take it.
        shell: what the option's help adds; None if there is no option.
        of: kinds of studies that have it, or ``RUN``; none for what only one side takes.
        heading: panel of the help, and place in the signature.
        default: its value in a study that says nothing else.
        left_out: what the signature shows, and ``prepare`` takes for "not given".
        option: name of the option, if it is another one.
        short: another one of a letter, such as "-i".
        stored: whether it is part of the study; else it says where the data is on this machine,
            or how to run it.
    """

    name: str
    kind: Kind
    text: str
    _: KW_ONLY
    python: str | None = ""
    shell: str | None = ""
    of: tuple[str, ...] = ()
    heading: str | None = None
    default: Any = None
    left_out: Any = None
    option: str = ""
    short: str = ""
    stored: bool = True

    def check(self, value: Any, **where: str) -> Any:
        """Return a value, checked.

        Args:
            value: what was given.
            where: context of the message, by the name ``where``.

        Raises:
            ArgumentError: it is not allowed.
        """
        return self.kind.check(self.name, value, **where)

    @property
    def data(self) -> bool:
        """Whether it is an argument of the data."""
        return self.heading == DATA

    @property
    def flat(self) -> bool:
        """Whether it is a key of its own in study.json, as what every dense study has."""
        return self.stored and not self.data and {*DENSE} <= {*self.of}

    @property
    def home(self) -> str:
        """The studies that have it, as a message says it."""
        if not self.of:
            return ""
        if self.of == DENSE:
            return "studies without a PyTorch model"
        *first, last = (KIND_WORDS.get(kind, kind) for kind in self.of)
        return f"{', '.join(first)} and {last}" if first else last

    @property
    def annotation(self) -> str:
        """Annotation of the keyword argument."""
        kind = self.kind.annotation
        return kind if self.left_out is not None or kind == "Any" else f"{kind} | None"

    @property
    def python_help(self) -> str:
        """What the docstring says."""
        return f"{self.text} {self.python or ''}".strip()

    @property
    def shell_help(self) -> str:
        """What the option's help says."""
        return f"{self.text} {self.shell or ''}".strip().replace("``", "")

    @property
    def parameter(self) -> str:
        """Name of the command's parameter: ``--learning-rate`` is learning_rate."""
        return self.option or self.name
