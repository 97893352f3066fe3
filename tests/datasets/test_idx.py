"""The reader gives the whole array or one error, whatever the file holds."""

from __future__ import annotations

import gzip
import os
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.datasets.idx import read_idx
from initlab.errors import DataError, StorageError

from .making import idx, packed, sha256

IMAGES = np.arange(5 * 4 * 3).reshape(5, 4, 3).astype(np.uint8)
CONTENT = idx(IMAGES)
PACKED = packed(CONTENT)


@pytest.mark.parametrize("content", [CONTENT, PACKED], ids=["plain", "gzip"])
def test_every_value_and_both_checksums_are_read(tmp_path, content):
    path = tmp_path / "file"  # gzip is known by its content, not its name
    path.write_bytes(content)
    for source in (path, str(path), content):
        read = read_idx(source, ndim=3)
        assert np.array_equal(read.array, IMAGES)
        assert read.array.dtype == np.uint8
        assert (read.sha256, read.file_sha256) == (sha256(CONTENT), sha256(content))
        assert read.compressed == (content is PACKED)


def test_a_gzip_file_of_two_members_is_read_to_its_end():
    assert np.array_equal(read_idx(packed(CONTENT[:40]) + packed(CONTENT[40:])).array, IMAGES)


def damaged(content):
    """Strategy: the content with bits flipped, cut off, put in, or replaced."""
    place = st.integers(0, len(content) - 1)
    flip = st.builds(
        lambda i, bit: content[:i] + bytes([content[i] ^ 1 << bit]) + content[i + 1 :],
        place, st.integers(0, 7),
    )  # fmt: skip
    cut = st.builds(lambda i: content[:i], place)
    insert = st.builds(lambda i, b: content[:i] + b + content[i:], place, st.binary(min_size=1))
    replace = st.builds(
        lambda i, b: content[:i] + b + content[i + len(b) :], place, st.binary(min_size=1)
    )
    return st.one_of(flip, cut, insert, replace)


@given(content=damaged(PACKED))
def test_a_damaged_gzip_file_gives_the_original_array_or_a_data_error(content):
    # the name and the time in a gzip header are not covered by its checksum, and mean nothing
    try:
        read = read_idx(content)
    except DataError:
        return
    assert np.array_equal(read.array, IMAGES)


def test_a_flipped_bit_is_noticed_unless_it_is_one_of_the_padding_bits_of_deflate():
    unnoticed = 0
    for place in range(10, len(PACKED)):
        for bit in range(8):
            flipped = PACKED[:place] + bytes([PACKED[place] ^ 1 << bit]) + PACKED[place + 1 :]
            try:
                assert np.array_equal(read_idx(flipped).array, IMAGES)
                unnoticed += 1
            except DataError:
                pass
    assert unnoticed < 8  # a stream ends inside a byte


@given(content=damaged(CONTENT))
def test_a_damaged_plain_file_never_gives_part_of_an_array(content):
    try:
        read = read_idx(content)
    except DataError:
        return
    shape = struct.unpack(f">{content[3]}I", content[4 : 4 + 4 * content[3]])
    assert read.array.shape == shape
    assert read.array.tobytes() == content[4 + 4 * len(shape) :]


@given(content=st.binary(max_size=64))
def test_arbitrary_bytes_give_an_array_of_all_of_them_or_a_data_error(content):
    try:
        array = read_idx(content).array
    except DataError:
        return
    assert idx(array) == content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (idx(IMAGES[:, 0, 0]), r"with 0x00000803 \(images\); it begins with 0x00000801 \(labels\)"),
        (b"\x00\x00\x09\x03" + CONTENT[4:], r"must be an IDX file .*; it begins with 0x00000903"),
        (b"\x00\x01\x08\x03" + CONTENT[4:], r"must be an IDX file .*; it begins with 0x00010803"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), r"must be an IDX file .*; it begins with 0x89504e47"),
    ],
)
def test_another_kind_of_file_is_named_by_what_was_found_and_wanted(content, sentence):
    with pytest.raises(DataError, match=sentence):
        read_idx(content, ndim=3)


def test_without_a_wish_any_idx_of_bytes_is_read_and_nothing_else():
    assert read_idx(idx(IMAGES[0])).array.shape == (4, 3)
    for magic in (b"\x00\x00\x09\x03", b"\x01\x00\x08\x03", b"\x00\x01\x08\x03"):
        with pytest.raises(DataError, match=r"must begin with 0x000008, as IDX"):
            read_idx(magic + CONTENT[4:])


@pytest.mark.parametrize("ndim", [0, 5])
def test_no_dimension_or_five_are_refused(ndim):
    content = bytes([0, 0, 8, ndim]) + struct.pack(f">{ndim}I", *[1] * ndim) + b"x"
    with pytest.raises(DataError, match=f"must have 1 to 4 dimensions; its header says {ndim}"):
        read_idx(content)


@pytest.mark.parametrize("size", range(16))
def test_a_cut_header_is_refused_with_both_byte_counts(size):
    wanted = 4 if size < 4 else 16
    for content in (CONTENT[:size], packed(CONTENT[:size])):
        with pytest.raises(DataError, match=rf"it holds {size} of the {wanted} bytes of a header"):
            read_idx(content)


@pytest.mark.parametrize("content", [CONTENT[:-1], packed(CONTENT[:-1])], ids=["plain", "gzip"])
def test_a_cut_body_is_refused_with_both_byte_counts(content):
    with pytest.raises(DataError, match=r"shape \(5, 4, 3\) takes 76 bytes, but the file holds 75"):
        read_idx(content)


@pytest.mark.parametrize(
    ("content", "found"), [(CONTENT + b"x", "77"), (packed(CONTENT + b"x"), "more")]
)
def test_trailing_bytes_are_refused(content, found):
    with pytest.raises(DataError, match=f"takes 76 bytes, but the file holds {found}"):
        read_idx(content)


def test_no_values_at_all_are_refused():
    with pytest.raises(DataError, match=r"its shape is \(0, 28, 28\)"):
        read_idx(idx(np.zeros((0, 28, 28))))


@pytest.mark.parametrize("pack", [bytes, packed], ids=["plain", "gzip"])
@pytest.mark.parametrize("shape", [(2**32 - 1, 28, 28), (2**32 - 1, 2**32 - 1, 2**32 - 1)])
def test_a_header_that_promises_too_much_is_refused_before_any_memory_is_taken(pack, shape):
    content = pack(bytes([0, 0, 8, 3]) + struct.pack(">3I", *shape) + bytes(100))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"header"):
            read_idx(content)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_is_stopped_one_byte_after_what_its_header_says():
    bomb = packed(CONTENT + bytes(300 * 10**6))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="takes 76 bytes, but the file holds more"):
            read_idx(bomb)
        assert tracemalloc.get_traced_memory()[1] < 5 * 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [11, 20, len(PACKED) - 9, len(PACKED) - 1])
def test_a_cut_gzip_file_is_refused(size):
    with pytest.raises(
        DataError, match=f"cut short: the gzip stream does not end within the {size} bytes"
    ):
        read_idx(PACKED[:size])


def test_a_doubly_compressed_file_is_refused_with_what_to_do():
    with pytest.raises(DataError, match="compressed twice: unpack it once"):
        read_idx(packed(PACKED))


def test_a_file_named_gz_that_is_not_gzip_is_refused(tmp_path):
    (tmp_path / "a.gz").write_bytes(CONTENT)
    words = r"a\.gz is not a gzip file: its first bytes are 0000, not 1f8b"
    with pytest.raises(DataError, match=words):
        read_idx(tmp_path / "a.gz")
    (tmp_path / "empty.gz").write_bytes(b"")
    with pytest.raises(DataError, match="its first bytes are none"):
        read_idx(tmp_path / "empty.gz")


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path / "missing": "does not exist",
        tmp_path: "is a folder",
        tmp_path / "pipe": "not a regular file",
        "/dev/zero": "not a regular file",
        "http://127.0.0.1/a.gz": "must be a local path",
        "a\0b": "cannot be read",
        "": "must be a local path",
        "~/no-such-file-of-initlab": "does not exist",
    }
    for path, sentence in cases.items():
        with pytest.raises(StorageError, match=sentence):
            read_idx(path)


def test_a_name_that_is_not_utf8_can_be_read_and_printed(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.gz")
    with open(path, "wb") as file:  # noqa: PTH123 - pathlib would do; the name is the point
        file.write(CONTENT)
    with pytest.raises(DataError) as refused:
        read_idx(path)
    str(refused.value).encode("utf-8")


def test_gzip_reader_of_the_standard_library_agrees(tmp_path):
    (tmp_path / "a.gz").write_bytes(PACKED)
    with gzip.open(tmp_path / "a.gz") as file:
        assert file.read()[16:] == read_idx(tmp_path / "a.gz").array.tobytes()
