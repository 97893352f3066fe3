"""Trained parameters and points of a study <-> study.npz beside its JSON, where they are small.

With it a report is drawn again without training, decision boundaries included.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initlab.analysis import Analysis
from initlab.analysis.analysis import checksum
from initlab.datasets import Dataset, InMemory
from initlab.datasets.dataset import Scaling
from initlab.datasets.npz_archive import read_npz
from initlab.errors import StudyError
from initlab.records import FINISHED
from initlab.report.chosen import median_cell

LARGEST_PARAMETERS = 16 * 2**20  # bytes; above, only the networks that figures draw are kept
LARGEST_POINTS = 2**20  # bytes; larger data is read again from its files
LARGEST_FILE = 64 * 2**20
POINTS = ("x_train", "y_train", "x_test", "y_test")
SCALINGS = ("x_scaling", "y_scaling")
DATE = (1980, 1, 1, 0, 0, 0)  # in the archive: the same study makes the same bytes


def kept_arrays(analysis: Analysis, data: Dataset | None) -> bytes | None:
    """Return the archive of a study's arrays; None where there is nothing small enough."""
    arrays = {**_networks(analysis), **_points(data)}
    if not arrays:
        return None
    arrays["study"] = np.array(checksum(analysis.to_record()))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", DATE), content.getvalue())
    return buffer.getvalue()


def restored(content: bytes, name: str, analysis: Analysis) -> tuple[Analysis, Dataset | None]:
    """Return the analysis with the parameters of its cells, and the points.

    Args:
        content: of the archive.
        name: of the file, for error messages.
        analysis: the study that lies beside it.

    Raises:
        DataError, StudyError: it is not such an archive, or belongs to another study.
    """
    arrays = read_npz(content, name, most=LARGEST_FILE)
    if str(arrays.get("study")) != checksum(analysis.to_record()):
        raise StudyError(f"{name} and the study.json beside it belong to different studies.")
    cells = list(analysis.cells)
    parameters = {
        key.partition("/")[2]: value for key, value in arrays.items() if key.startswith("network/")
    }
    for row, index in enumerate(arrays.get("cells", np.zeros(0, np.int64)).tolist()):
        own = {key: value[row] for key, value in parameters.items()}
        cells[index] = cells[index].replace(parameters=own)
    others = analysis.cells_at_other_rates
    whole = Analysis(
        analysis.study, [*cells, *others], versions=analysis.versions, rates=analysis.given_rates,
        notes=analysis.notes,
    )  # fmt: skip
    return whole, _dataset(arrays)


def _networks(analysis: Analysis) -> dict[str, NDArray[Any]]:
    """Return the parameters of all finished cells, or of those that figures draw, stacked."""
    cells, study = analysis.cells, analysis.study
    held = {
        k: cell.parameters
        for k, cell in enumerate(cells)
        if cell.outcome == FINISHED and cell.parameters is not None
    }
    if _size(held) > LARGEST_PARAMETERS:
        drawn = [
            median_cell([cell for cell in cells if cell.init == init], study.metric)
            for init in study.inits
        ]
        held = {k: held[k] for k in held if any(cells[k] is one for one in drawn)}
    if not held or _size(held) > LARGEST_PARAMETERS:
        return {}
    stacked = {
        f"network/{name}": np.stack([own[name] for own in held.values()])
        for name in next(iter(held.values()))
    }
    return {**stacked, "cells": np.array(list(held), dtype=np.int64)}


def _size(held: Mapping[int, Mapping[str, NDArray[Any]]]) -> int:
    return sum(one.nbytes for parameters in held.values() for one in parameters.values())


def _points(data: Dataset | None) -> dict[str, NDArray[Any]]:
    if data is None or sum(getattr(data, name).nbytes for name in POINTS) > LARGEST_POINTS:
        return {}
    facts = {
        "name": data.name, "classes": data.classes, "features": data.features,
        "image_shape": data.image_shape, "notes": data.notes, "held_out": data.held_out,
        **{name: one and asdict(one) for name in SCALINGS for one in [getattr(data, name)]},
    }  # fmt: skip
    arrays = {f"data/{name}": getattr(data, name) for name in POINTS}
    return {**arrays, "data/facts": np.array(json.dumps(facts))}


def _dataset(arrays: Mapping[str, NDArray[Any]]) -> Dataset | None:
    if "data/facts" not in arrays:
        return None
    facts = json.loads(str(arrays["data/facts"]))
    for name in ("classes", "features", "image_shape", "notes"):
        facts[name] = tuple(facts[name])
    for name in SCALINGS:
        facts[name] = facts[name] and Scaling(**facts[name])
    x_train, y_train, x_test, y_test = (arrays[f"data/{name}"] for name in POINTS)
    return Dataset(train=InMemory(x_train, y_train), test=InMemory(x_test, y_test), **facts)
