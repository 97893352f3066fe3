"""What a comparison found, as Python users hold it: settings, cells, table, figures, file."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from initlab.analysis import Analysis, Verdict, write_study
from initlab.analysis.storage import document
from initlab.analysis.wording import counted
from initlab.datasets import Dataset
from initlab.errors import invalid_argument
from initlab.records import Cell, Study
from initlab.report import write_report
from initlab.report.frames import cell_columns, curve_columns, data_frame
from initlab.report.pictures import pictures
from initlab.report.summary import Summary
from initlab.validation import flag, local_file, one_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(eq=False, repr=False)
class Comparison:
    """The result of :func:`initlab.compare`.

    Attributes:
        analysis: the settings, the result of every run, and the statistics and verdict of these.
        data: the samples that the networks were trained and tested on; None if a sample is not a
            row of numbers, as in the study of a convolutional model.
        interrupted: Ctrl-C or a termination signal if one ended the training early; else None.
        notes: what a reader of the results should know, one sentence each; first those of the
            analysis.
        options: options that the next command repeats: the store, the name of the study in it,
            the number of workers, the folder of the data.
    """

    analysis: Analysis
    data: Dataset | None
    interrupted: KeyboardInterrupt | None = None
    notes: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        of_data = self.data.notes if self.data is not None else ()
        self.notes = (*(self.analysis.notes or of_data), *self.notes)

    @property
    def study(self) -> Study:
        """All settings."""
        return self.analysis.study

    @property
    def record(self) -> Analysis:
        """The analysis, by its old name."""
        warnings.warn("result.record is now result.analysis; initlab 1.0 removes the old name.",
                      DeprecationWarning, stacklevel=2)  # fmt: skip
        return self.analysis

    @property
    def all_cells(self) -> Sequence[Cell]:
        """The results of all runs, at every learning rate."""
        return self.analysis.all_cells

    @property
    def cells(self) -> Sequence[Cell]:
        """One result per init and seed: inits in the order of the table, then seeds."""
        return self.analysis.cells

    @property
    def verdict(self) -> Verdict:
        """Which init is best, or why none is: text with a kind, evidence and a next command."""
        return self.analysis.verdict

    def summary(self, report: str | None = None) -> Summary:
        """Return verdict, table and reasons; it prints as text, and as HTML in a notebook.

        Args:
            report: folder of the report, which the next command then keeps.
        """
        return Summary(self.analysis, notes=self.notes, report=report, options=self.options)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the study as JSON, and write it to ``path`` if one is given.

        Raises:
            StorageError: the file cannot be written; an old one is then still there.
        """
        if path is not None:
            write_study(local_file("path", path), self.analysis, self.options)
        return document(self.analysis, self.options)

    def to_frame(self, curves: bool = False) -> Any:
        """Return a data frame of pandas, or of polars if pandas is not installed.

        Args:
            curves: one row per run and recorded step, instead of one row per run.

        Raises:
            InitlabError: neither pandas nor polars is installed.
        """
        flag("curves", curves, where="to_frame")
        return data_frame(curve_columns(self.all_cells) if curves else cell_columns(self.all_cells))

    def plot(
        self,
        folder: str | os.PathLike[str],
        *,
        force: bool = False,
        problems: list[str] | None = None,
    ) -> list[Path]:
        """Write the report: page, figures, tables and study.json.

        Args:
            folder: folder of the report. It is created if it does not exist; an older report in
                it is replaced.
            force: write the report even if the folder holds other files. These are kept, unless a
                file of the report has the same name.
            problems: list to which one sentence is added for each figure that cannot be drawn;
                None warns instead.

        Returns:
            The files that were written.

        Raises:
            StorageError: the folder holds other files, or cannot be written.
        """
        flag("force", force, where="plot")
        if problems is not None and not isinstance(problems, list):
            raise invalid_argument("problems", "a list, or None", problems, where="plot")
        local_file("folder", folder)
        return write_report(
            folder, self.analysis, self.data, options=self.options, force=force, problems=problems
        )

    def figures(self) -> tuple[str, ...]:
        """Return the names of the figures that this comparison allows."""
        return tuple(picture.name for picture in pictures(self.analysis, self.data))

    def figure(self, name: str) -> Figure:
        """Draw one figure of the report, for a notebook or a paper.

        Args:
            name: one of :meth:`figures`, such as "loss_curves".

        Raises:
            ArgumentError: this comparison has no such figure.
        """
        drawable = {picture.name: picture for picture in pictures(self.analysis, self.data)}
        return drawable[one_of("name", name, tuple(drawable), where="figure")].figure

    def __repr__(self) -> str:
        study, outcomes = self.study, [cell.outcome for cell in self.cells]
        return (
            f"Comparison({study.problem.recipe}: {counted(len(study.inits), 'init')} × "
            f"{counted(len(study.seeds), 'seed')}, "
            f"{counted(outcomes.count('finished'), 'run')} finished, "
            f"{outcomes.count('diverged'):,} diverged)"
        )

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()
