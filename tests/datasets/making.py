"""Small IDX files and image sets, made byte by byte without the package's reader."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from initlab.datasets.image_sets import ImageFile, ImageSet

SHAPES = {
    "train-images-idx3-ubyte": (50, 4, 3),
    "train-labels-idx1-ubyte": (50,),
    "t10k-images-idx3-ubyte": (10, 4, 3),
    "t10k-labels-idx1-ubyte": (10,),
}
CLASSES = ("coat", "bag", "boot")
REAL_DATA = os.environ.get("INITLAB_DATA")  # read before a fixture hides it
needs_real_data = pytest.mark.skipif(
    not REAL_DATA or not any(Path(REAL_DATA).rglob("train-images-idx3-ubyte*")),
    reason="INITLAB_DATA names no folder with fashion-mnist",
)


def idx(array):
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def contents():
    """Return IDX content by file name; labels are the row number modulo the classes."""
    generator = np.random.default_rng(5)
    made = {}
    for name, shape in SHAPES.items():
        images = len(shape) == 3
        values = generator.integers(0, 256, shape) if images else np.arange(shape[0]) % len(CLASSES)
        made[name] = idx(values)
    return made


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def packed(content):
    return gzip.compress(content, mtime=0)


def made_set(*, known=True, mirrors=("http://127.0.0.1:9/",)):
    files = tuple(
        ImageFile(
            name,
            SHAPES[name],
            sha256(content) if known else None,
            None if known else sha256(packed(content)),
        )
        for name, content in contents().items()
    )
    return ImageSet(
        name="fashion-mnist", title="made", classes=CLASSES, mirrors=mirrors, download_mb=1,
        folders=("fashion-mnist", "FashionMNIST/raw", "FashionMNIST"), files=files,
    )  # fmt: skip


def write_set(folder, *, gz=True, **replaced):
    """Write the four files; ``train_labels=b"..."`` replaces the content of one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents().items():
        given = replaced.get("_".join(name.split("-")[:2]), content)
        if gz:
            (folder / f"{name}.gz").write_bytes(packed(given))
        else:
            (folder / name).write_bytes(given)
    return folder
