"""An archive gives whole arrays of plain values, or one error."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.datasets.npz_archive import read_npz
from initlab.errors import DataError

MOST = 10**8
X = np.arange(12.0).reshape(4, 3)


def npz(compressed=False, **arrays):
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return out.getvalue()


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def read(content, most=MOST):
    return read_npz(content, "a.npz", most=most)


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_come_back_as_numpy_wrote_them(compressed):
    given_ = {"x": X, "fortran": np.asfortranarray(X), "y": np.array(["cat", "dog"]),
              "n": np.int8(3), "none": np.zeros((0, 3))}  # fmt: skip
    found = read(npz(compressed, **given_))
    assert list(found) == list(given_)
    for key, array in given_.items():
        assert found[key].dtype == np.asarray(array).dtype
        assert np.array_equal(found[key], array)


class Bomb:
    """Pickles into a call, which must never happen."""

    def __reduce__(self):
        return (pytest.exit, ("a pickle was run",))


def test_a_pickled_object_is_refused_and_never_run():
    with pytest.raises(
        DataError,
        match=r"'x' of a\.npz must hold .*; it holds pickled objects.* y\.astype",
    ):
        read(npz(x=np.array([Bomb()], dtype=object)))


def test_a_structured_array_is_refused():
    with pytest.raises(DataError, match="a structured array"):
        read(npz(x=np.zeros(3, dtype=[("a", "f8")])))


def header_of(shape):
    content = npy(np.zeros(1))
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    return content[:8] + struct.pack("<H", 118) + text.ljust(117).encode() + b"\n"


@pytest.mark.parametrize("shape", [(10**9, 10**9), (10**12,), (3,), (-5,), (1,)])
def test_a_header_that_disagrees_with_the_data_is_refused_before_memory_is_taken(shape):
    content = zipped(x=header_of(shape) + bytes(16))  # two float64
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="not as long as its header says"):
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_an_archive_that_unpacks_to_more_than_allowed_is_refused():
    with pytest.raises(DataError, match=r"unpacks to .* at most 1,000 bytes"):
        read(npz(True, x=np.zeros(10**5)), most=1000)


def test_two_arrays_of_one_name_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.npy", npy(X))
        archive.writestr("x", npy(X))  # both are array x to NumPy
    with pytest.raises(DataError, match="two arrays with the same name"):
        read(out.getvalue())


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"hello, world", npy(X), npz(x=X)[:-30], npz(x=X)[40:]]
)
def test_what_is_no_whole_archive_is_refused(content):
    with pytest.raises(DataError, match=r"a\.npz is damaged, or was not written by numpy\.savez"):
        read(content)


@pytest.mark.parametrize("member", [b"", b"hello", npy(X)[:9], npy(X)[:40]])
def test_a_member_that_is_no_array_is_refused(member):
    with pytest.raises(DataError, match="Array 'x'"):
        read(zipped(x=member))


PACKED = npz(True, x=X)


@given(
    place=st.integers(0, len(PACKED) - 1),
    bit=st.integers(0, 7),
    cut=st.none() | st.integers(0, 400),
)
def test_a_damaged_archive_gives_the_array_under_some_name_or_a_data_error(place, bit, cut):
    damaged = PACKED[:place] + bytes([PACKED[place] ^ 1 << bit]) + PACKED[place + 1 :]
    try:
        found = read(damaged[:cut])
    except DataError:
        return
    assert all(np.array_equal(array, X) for array in found.values())
