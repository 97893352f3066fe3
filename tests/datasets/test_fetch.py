"""A download is verified before it gets its name; a server on this machine plays the mirrors."""

from __future__ import annotations

import errno
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from initlab.datasets import fetch
from initlab.datasets.fetch import fetch_images
from initlab.datasets.image_files import VERIFIED, check_file
from initlab.datasets.image_folder import CACHE, find_images
from initlab.datasets.image_sets import IMAGE_SETS
from initlab.errors import DataError, StorageError

from .making import contents, idx, made_set, packed, sha256, write_set

LABELS = "train-labels-idx1-ubyte"
OTHER_LABELS = idx(np.arange(50) % 2)


class Mirrors:
    """Serve bytes by path, and remember what was asked for."""

    def __init__(self):
        outer = self
        self.files, self.asked = {}, []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                status, body, announced = outer.files.get(self.path, (404, b"", None))
                self.send_response(status)
                self.send_header(
                    "Content-Length", str(len(body) if announced is None else announced)
                )
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def serve(self, mirror, pack=packed, status=200, announced=None, **replaced):
        for name, content in contents().items():
            body = pack(replaced.get("_".join(name.split("-")[:2]), content))
            self.files[f"/{mirror}/{name}.gz"] = (status, body, announced)

    def image_set(self, *mirrors, known=True):
        return made_set(known=known, mirrors=tuple(f"{self.address}/{m}/" for m in mirrors))


@pytest.fixture
def mirrors(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    one = Mirrors()
    yield one
    one.server.shutdown()
    one.server.server_close()


def states(one):
    found = find_images(one)
    assert found.origin == CACHE
    return {check_file(f, found.paths[f.name], set_name=one.name).state for f in one.files}


def leftovers(folder):
    """Names of everything that is neither a folder of data nor a file of the set."""
    known = {"data", "fashion-mnist", *contents(), *(f"{name}.gz" for name in contents())}
    return sorted(path.name for path in folder.rglob("*") if path.name not in known)


@pytest.mark.parametrize("known", [True, False])
def test_the_four_files_land_in_the_cache_as_served_and_verified(mirrors, tmp_path, known):
    mirrors.serve("a")
    one = mirrors.image_set("a", known=known)
    folder, fetched = fetch_images(one)
    assert folder == tmp_path / "cache/data/fashion-mnist"
    assert fetched == list(contents())
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        f"{name}.gz": packed(content) for name, content in contents().items()
    }
    assert states(one) == {VERIFIED}


def test_what_is_there_and_verified_is_not_asked_for_again(mirrors, tmp_path):
    mirrors.serve("a")
    one = mirrors.image_set("a")
    fetch_images(one)
    mirrors.asked.clear()
    assert fetch_images(one)[1] == []
    assert mirrors.asked == []


def test_only_the_missing_and_the_damaged_file_are_fetched(mirrors, tmp_path):
    mirrors.serve("a")
    one = mirrors.image_set("a")
    folder, _ = fetch_images(one)
    names = list(contents())
    (folder / f"{names[0]}.gz").unlink()
    (folder / f"{names[3]}.gz").write_bytes(packed(contents()[names[3]])[:-5])
    assert fetch_images(one)[1] == [names[0], names[3]]
    assert states(one) == {VERIFIED}


def test_the_next_mirror_is_tried_when_one_fails_or_sends_something_else(mirrors):
    mirrors.serve("a", status=503)
    mirrors.serve("b", train_labels=OTHER_LABELS)
    mirrors.serve("c", pack=lambda content: packed(content)[:-4])
    mirrors.serve("d")
    one = mirrors.image_set("a", "b", "c", "d")
    fetch_images(one)
    assert [p for p in mirrors.asked if LABELS in p] == [f"/{m}/{LABELS}.gz" for m in "abcd"]
    assert states(one) == {VERIFIED}


def test_wrong_content_everywhere_is_refused_with_both_checksums_and_leaves_nothing(
    mirrors, tmp_path
):
    mirrors.serve("a", train_labels=OTHER_LABELS)
    one = mirrors.image_set("a")
    with pytest.raises(DataError) as refused:
        fetch_images(one)
    assert one.files[1].sha256 in str(refused.value)
    assert f"the file's sha256 is {sha256(OTHER_LABELS)}" in str(refused.value)
    assert not list((tmp_path / "cache").rglob(f"{LABELS}*"))
    assert leftovers(tmp_path / "cache") == []
    assert find_images(one) is None


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"status": 404}, "HTTP 404"), ({"announced": 10**6}, "cut off|cut short|IncompleteRead")],
)
def test_a_mirror_that_fails_is_named_with_its_reason(mirrors, tmp_path, options, reason):
    mirrors.serve("a", **options)
    with pytest.raises((StorageError, DataError), match=rf"127\.0\.0\.1:\d+: ({reason})"):
        fetch_images(mirrors.image_set("a"))
    assert leftovers(tmp_path / "cache") == []


def test_a_page_in_place_of_the_file_is_told_by_its_first_bytes(mirrors):
    mirrors.serve("a", pack=lambda content: b"<!DOCTYPE html><p>Please log in")
    with pytest.raises(
        DataError, match=r"127\.0\.0\.1:\d+: its file must be .* \(images\); .* with 0x3c21444f"
    ):
        fetch_images(mirrors.image_set("a"))


def test_a_download_that_does_not_end_is_stopped(mirrors, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "MOST_BYTES", 10**6)
    mirrors.serve("a", pack=lambda content: bytes(5 * 10**6))
    with pytest.raises(DataError, match="sends more than 1 MB"):
        fetch_images(mirrors.image_set("a"))
    assert leftovers(tmp_path / "cache") == []


def test_without_a_network_the_message_names_the_ways_to_get_the_data():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        one = made_set(mirrors=(f"http://127.0.0.1:{unused.getsockname()[1]}/",))
        with pytest.raises(StorageError) as refused:
            fetch_images(one)
    message = str(refused.value)
    for part in ("not reachable", "--data-dir", "INITLAB_DATA", "digits"):
        assert part in message
    assert message.count(". ") == 2


def test_a_server_that_unpacks_what_it_sends_is_stored_unpacked(mirrors, tmp_path):
    mirrors.serve("a", pack=bytes)
    one = mirrors.image_set("a")
    folder, _ = fetch_images(one)
    assert sorted(p.name for p in folder.iterdir()) == sorted(contents())
    assert states(one) == {VERIFIED}


def test_a_copy_a_study_would_find_is_not_downloaded_again(mirrors, tmp_path, monkeypatch):
    folder = write_set(tmp_path / "shared/fashion-mnist")
    monkeypatch.setenv("INITLAB_DATA", str(folder.parent))
    assert fetch_images(mirrors.image_set("a")) == (folder, [])
    assert mirrors.asked == []


def test_a_named_folder_is_made_and_a_users_own_file_in_it_never_replaced(mirrors, tmp_path):
    mirrors.serve("a")
    one = mirrors.image_set("a")
    folder, _ = fetch_images(one, data_dir=tmp_path / "mine")
    assert folder == tmp_path / "mine/fashion-mnist"
    own = folder / f"{LABELS}.gz"
    own.write_bytes(b"my own")
    with pytest.raises(DataError, match=r"already exists, .* Move this file away"):
        fetch_images(one, data_dir=tmp_path / "mine")
    assert own.read_bytes() == b"my own"


def test_a_folder_that_cannot_be_made_is_a_storage_error(mirrors, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        fetch_images(mirrors.image_set("a"), data_dir=tmp_path / "file")


def test_progress_is_told_of_every_file_to_its_end(mirrors):
    mirrors.serve("a")
    told = {}
    fetch_images(mirrors.image_set("a"),
                 progress=lambda file, done, total: told.update({file: (done, total)}))  # fmt: skip
    assert told == {name: (len(packed(c)), len(packed(c))) for name, c in contents().items()}


def test_every_known_set_is_served_by_folders_whose_address_ends_in_a_slash():
    for one in IMAGE_SETS.values():
        assert one.mirrors
        assert all(mirror.endswith("/") for mirror in one.mirrors)
        assert len(one.files) == 4
        assert all(len(f.sha256 or f.gzip_sha256) == 64 for f in one.files)
        assert len(one.classes) == 10


@pytest.mark.parametrize("at", ["write", "read"])
def test_a_fault_of_this_machines_disk_is_not_the_mirrors(mirrors, tmp_path, monkeypatch, at):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def unreadable(file, path, *, set_name):
        raise StorageError(f"{path} cannot be read: input/output error.")

    mirrors.serve("a")
    mirrors.serve("b")
    if at == "write":
        monkeypatch.setattr("shutil.move", full)
    else:
        monkeypatch.setattr(fetch, "check_file", unreadable)
    with pytest.raises(StorageError, match=r"cannot be (written: no space|read: input)") as caught:
        fetch_images(mirrors.image_set("a", "b"))
    assert "127.0.0.1" not in str(caught.value)
    assert len(mirrors.asked) == 1  # the next mirror would meet the same disk
    assert leftovers(tmp_path / "cache") == []
