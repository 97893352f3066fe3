"""At whatever moment it fails, the old files stand or the new ones, never some of each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from initlab.errors import StorageError
from initlab.report.replacement import recover_folder, replace_folder

OWN = ("page", "table", "figure")


def files_under(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write(**texts: str):
    def fill(folder: Path) -> None:
        for name, text in texts.items():
            (folder / name).write_text(text)

    return fill


@pytest.fixture
def old(tmp_path):
    """A folder with an old page and an old figure, and nothing else."""
    folder = tmp_path / "parent" / "report"
    folder.mkdir(parents=True)
    write(page="old page", figure="old figure")(folder)
    return folder


@pytest.fixture
def mixed(old):
    """The same with a file and a folder of the reader's own."""
    (old / "notes").write_text("mine")
    (old / "drafts").mkdir()
    (old / "drafts" / "page").write_text("mine too")
    return old


def test_a_missing_folder_is_made_with_its_parents(tmp_path):
    replace_folder(tmp_path / "a" / "b", write(page="new"), OWN)
    assert files_under(tmp_path) == {"a/b/page": b"new"}


def test_an_old_report_is_replaced_and_its_stale_files_go(old):
    replace_folder(old, write(page="new", table="new"), OWN)
    assert files_under(old.parent) == {"report/page": b"new", "report/table": b"new"}


def test_files_of_the_readers_own_stay(mixed):
    replace_folder(mixed, write(page="new", table="new"), OWN)
    assert files_under(mixed.parent) == {
        "report/page": b"new",
        "report/table": b"new",
        "report/notes": b"mine",
        "report/drafts/page": b"mine too",
    }


def test_the_mode_of_the_folder_stays(old):
    old.chmod(0o750)
    replace_folder(old, write(page="new"), OWN)
    assert old.stat().st_mode & 0o777 == 0o750


def test_the_current_folder_is_filled_in_place(old, monkeypatch):
    monkeypatch.chdir(old)
    before = old.stat().st_ino
    replace_folder(old, write(page="new"), OWN)
    assert old.stat().st_ino == before
    assert files_under(Path.cwd()) == {"page": b"new"}


def test_a_link_among_our_names_is_replaced_and_what_it_points_to_is_left(old, tmp_path):
    treasure = tmp_path / "treasure"
    treasure.write_text("gold")
    (old / "page").unlink()
    (old / "page").symlink_to(treasure)
    replace_folder(old, write(page="new"), OWN)
    assert treasure.read_text() == "gold"
    assert not (old / "page").is_symlink()
    assert (old / "page").read_text() == "new"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError, ValueError])
@pytest.mark.parametrize("place", ["old", "mixed"])
def test_a_failure_while_filling_leaves_everything_as_it_was(place, kind, request):
    folder = request.getfixturevalue(place)
    before = files_under(folder.parent)

    def fill(new: Path) -> None:
        (new / "page").write_text("half")
        raise kind("stopped")

    with pytest.raises(kind):
        replace_folder(folder, fill, OWN)
    assert files_under(folder.parent) == before
    assert [path.name for path in folder.parent.iterdir()] == ["report"]


def test_a_failure_while_making_a_new_folder_leaves_no_trace(tmp_path):
    def fill(new: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_folder(tmp_path / "a" / "b", fill, OWN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("place", ["old", "mixed"])
def test_an_interruption_at_any_rename_leaves_old_or_new(place, after, kind, request, monkeypatch):
    """Stop before or after the k-th rename, for every k there is."""
    folder = request.getfixturevalue(place)
    before = files_under(folder.parent)
    rename = Path.rename
    for k in range(20):
        count = iter(range(100))

        def stopping(self, target, count=count, k=k):
            now = next(count) == k
            if now and not after:
                raise kind("stopped")
            result = rename(self, target)
            if now:
                raise kind("stopped")
            return result

        monkeypatch.setattr(Path, "rename", stopping)
        try:
            replace_folder(folder, write(page="new", table="new"), OWN)
        except kind:
            complete = False
        else:
            complete = True
        monkeypatch.setattr(Path, "rename", rename)
        now = files_under(folder.parent)
        if complete:
            assert now["report/page"] == b"new"
            assert k >= 2
            return
        assert now == before
    pytest.fail("never completed")


def test_an_old_report_that_cannot_be_put_back_is_named(old, monkeypatch):
    rename = Path.rename

    def stopping(self, target):
        if self.name == "making":
            raise OSError("stopped")
        return rename(self, target)

    def stuck(self, target):
        raise OSError("stopped too")

    replace = Path.replace
    monkeypatch.setattr(Path, "rename", stopping)
    monkeypatch.setattr(Path, "replace", stuck)
    with pytest.raises(StorageError, match=r"missing files are in .*old\.") as caught:
        replace_folder(old, write(page="new"), OWN)
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(Path, "replace", replace)
    kept = Path(str(caught.value).split("missing files are in ")[1].rstrip("."))
    assert (kept / "page").read_text() == "old page"
    recover_folder(old)
    assert files_under(old.parent) == {"report/page": b"old page", "report/figure": b"old figure"}


def test_files_are_readable_to_whom_the_umask_allows(tmp_path):
    before = os.umask(0o022)
    try:
        replace_folder(tmp_path / "r", write(page="new"), OWN)
    finally:
        os.umask(before)
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o755
