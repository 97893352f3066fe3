"""A file is written whole or not at all, whatever stops the writer."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from initlab.errors import StorageError
from initlab.files import check_target, write_atomically

from .full_disk import full_disk as full_disk

DURABLE = pytest.mark.parametrize("durable", [True, False])


def names_in(folder):
    return [path.name for path in folder.iterdir()]


@DURABLE
def test_the_bytes_are_there_and_nothing_else(tmp_path, durable):
    content = bytes(range(256)) * 1000
    write_atomically(tmp_path / "a", content, durable=durable)
    assert (tmp_path / "a").read_bytes() == content
    assert names_in(tmp_path) == ["a"]


def test_the_mode_is_what_the_umask_allows(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"new", durable=False)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_link_is_replaced_and_what_it_points_to_is_left(tmp_path):
    (tmp_path / "treasure").write_bytes(b"gold")
    (tmp_path / "link").symlink_to(tmp_path / "treasure")
    write_atomically(tmp_path / "link", b"new", durable=False)
    assert (tmp_path / "treasure").read_bytes() == b"gold"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError, MemoryError])
@pytest.mark.parametrize(
    ("step", "durable"), [("fsync", True), ("replace", True), ("replace", False)]
)
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, kind, step, durable):
    (tmp_path / "a").write_bytes(b"old")

    def fail(*_):
        raise kind("stopped")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError if kind is OSError else kind, match="stopped"):
        write_atomically(tmp_path / "a", b"new", durable=durable)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names_in(tmp_path) == ["a"]


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    program = (
        "import os, signal, sys; from initlab.files import write_atomically\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(sys.argv[1], b'new', durable=True)"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "a"], check=False)
    assert done.returncode == -9
    assert (tmp_path / "a").read_bytes() == b"old"


def test_durable_content_reaches_the_disk_before_its_name_does(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor):
        events.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def watched_replace(self, target):
        events.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    write_atomically(tmp_path / "a", b"x", durable=False)
    assert events == ["name"]
    write_atomically(tmp_path / "a", b"x", durable=True)
    assert events == ["name", "file", "name", "folder"]


def test_a_missing_folder_and_a_folder_in_the_way_are_named(tmp_path):
    with pytest.raises(StorageError, match=r"gone/a cannot be written: there is no folder .*gone"):
        write_atomically(tmp_path / "gone" / "a", b"x", durable=False)
    (tmp_path / "b").mkdir()
    with pytest.raises(StorageError, match="b cannot be written: it is a folder"):
        write_atomically(tmp_path / "b", b"x", durable=False)
    assert names_in(tmp_path) == ["b"]


@pytest.mark.parametrize(
    ("name", "why"), [("x" * 300, "file name too long"), ("a\x00b", "embedded null byte")]
)
def test_a_name_that_cannot_be_is_one_printable_sentence(tmp_path, name, why):
    with pytest.raises(StorageError, match=why) as caught:
        write_atomically(tmp_path / name, b"x", durable=False)
    assert "\x00" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_the_system_takes_can_be_written(tmp_path):
    write_atomically(tmp_path / ("x" * 255), b"x", durable=False)
    assert names_in(tmp_path) == ["x" * 255]


def test_a_full_disk_keeps_the_old_file_and_says_so(full_disk):
    (full_disk / "a").write_bytes(b"old")
    with pytest.raises(StorageError, match=r"a cannot be written: no space left on device\."):
        write_atomically(full_disk / "a", b"x" * 10**6, durable=True)
    assert (full_disk / "a").read_bytes() == b"old"
    assert names_in(full_disk) == ["a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("by_link", [False, True])
def test_a_pipe_or_device_is_never_replaced_by_a_file(tmp_path, by_link):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    target = pipe
    if by_link:  # as /dev/stdout is one
        target = tmp_path / "link"
        target.symlink_to(pipe)
    with pytest.raises(StorageError, match="it is not a regular file"):
        write_atomically(target, b"x", durable=False)
    assert pipe.is_fifo()
    assert target.is_symlink() == by_link
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"][1 - by_link :]


@pytest.mark.parametrize("name", ["none/a", "folder"])
def test_a_target_is_refused_before_the_work_in_the_words_of_the_write(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError) as refused:
        check_target(tmp_path / name)
    with pytest.raises(StorageError) as failed:
        write_atomically(tmp_path / name, b"", durable=False)
    assert str(refused.value) == str(failed.value)
