"""Name of an image set -> its four files in a folder, downloaded, verified, never half there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from initlab.datasets.image_files import DIFFERS, VERIFIED, CheckedFile, check_file
from initlab.datasets.image_folder import FETCHED, find_images
from initlab.datasets.image_sets import ImageFile, ImageSet
from initlab.errors import DataError, InitlabError, StorageError
from initlab.files import AnyPath, cache_folder, cause, local_path, shown_path

MOST_BYTES = 100 * 10**6  # of one download; the largest file we know is 47 MB unpacked
TIMEOUT = 30  # seconds without an answer
PIECE = 2**16  # bytes between two movements of the bar


Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes received so far, and the bytes in all, 0 where unknown."""


def fetch_images(
    wanted: ImageSet, *, data_dir: AnyPath | None = None, progress: Progress | None = None
) -> tuple[Path, list[str]]:
    """Download the files of an image set that are not there and verified yet.

    Each mirror is tried in order; what it sends is read to its end and compared with the known
    checksum before it gets its name, so a killed download leaves nothing that looks like data.

    What a study would find anyway, in ``$INITLAB_DATA`` say, is not downloaded again.

    Args:
        wanted: the image set.
        data_dir: folder to write to, below it one named after the set; the cache if None.
        progress: told of every piece.

    Returns:
        The folder, and the names of the files that were downloaded; none if all were there.

    Raises:
        StorageError: no mirror answers, or the folder cannot be written.
        DataError: mirrors answer, but with other content.
    """
    with contextlib.suppress(InitlabError):  # what is wrong there is said where it is used
        found = find_images(wanted, data_dir)
        if found is not None and all(
            _is_good(file, found.paths[file.name], wanted.name) for file in wanted.files
        ):
            return found.folder, []
    base = cache_folder(FETCHED) if data_dir is None else local_path("data_dir", data_dir)
    folder = base / wanted.name
    missing = _missing(wanted, folder, replace=data_dir is None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _workplace(folder) as workplace:
            for file in missing:
                _install(_download(wanted, file, workplace, progress), file, folder)
    except InitlabError:
        raise
    except OSError as error:
        raise StorageError(f"{shown_path(folder)} cannot be written: {cause(error)}.") from error
    return folder, [file.name for file in missing]


def _missing(wanted: ImageSet, folder: Path, *, replace: bool) -> list[ImageFile]:
    """Return the files to download; a user's own file of that name is not to be replaced."""
    missing = []
    for file in wanted.files:
        there = [path for path in _names(file, folder) if os.path.lexists(path)]
        if any(_is_good(file, path, wanted.name) for path in there):
            continue
        if there and not replace:
            raise DataError(
                f"{shown_path(there[0])} already exists, but it is damaged or does not belong to "
                f"{wanted.name}. Move this file away, then fetch again."
            )
        missing.append(file)
    return missing


def _names(file: ImageFile, folder: Path) -> tuple[Path, Path]:
    return folder / file.name, folder / f"{file.name}.gz"


def _is_good(file: ImageFile, path: Path, set_name: str) -> bool:
    try:
        return check_file(file, path, set_name=set_name).state != DIFFERS
    except InitlabError:
        return False


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give a folder of our own beside the data, on the same disk, so that a rename is enough."""
    workplace = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder))
    try:
        yield workplace
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _download(
    wanted: ImageSet, file: ImageFile, workplace: Path, progress: Progress | None
) -> CheckedFile:
    problems: list[str] = []
    answered = False
    for mirror in wanted.mirrors:
        target = workplace / file.name  # without .gz: some servers unpack what they send
        try:
            _retrieve(f"{mirror}{file.name}.gz", target, file.name, progress)
            checked = check_file(file, target, set_name=wanted.name)
        except _NoAnswerError as error:  # a file that cannot be written or read is not the mirror's
            problems.append(f"{_host(mirror)}: {error}")
        except DataError as error:
            answered = True
            problem = str(error).replace(shown_path(target), "its file", 1).strip(" :.")
            problems.append(f"{_host(mirror)}: {problem}")
        else:
            if checked.state == VERIFIED:
                return checked
            answered = True
            found = checked.sha256 if file.sha256 else checked.content.file_sha256
            problems.append(f"{_host(mirror)}: the file's sha256 is {found}, "
                            f"not {file.sha256 or file.gzip_sha256}")  # fmt: skip
    kind = DataError if answered else StorageError
    raise kind(
        f"{wanted.name} cannot be fetched ({'; '.join(problems)}). Copy the four IDX files of "
        f"{wanted.name} into a folder yourself, and name this folder with --data-dir (in Python "
        "data_dir=...) or in the environment variable INITLAB_DATA. Or use fashion-sample or "
        "digits, which need no download."
    )


def _install(checked: CheckedFile, file: ImageFile, folder: Path) -> None:
    """Give a verified file its name: whole on the disk first, then there at once."""
    with checked.path.open("rb") as written:
        os.fsync(written.fileno())
    plain, packed = _names(file, folder)
    target, other = (packed, plain) if checked.content.compressed else (plain, packed)
    checked.path.replace(target)
    other.unlink(missing_ok=True)  # damaged, or we would not be here; it would be found first


class _NoAnswerError(Exception):
    """A mirror does not answer, or not to the end."""


def _retrieve(url: str, target: Path, name: str, progress: Progress | None) -> None:
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # it announces every download and its checksum
    downloader = pooch.HTTPDownloader(
        progressbar=_Bar(name, progress), chunk_size=PIECE, timeout=TIMEOUT
    )
    target.unlink(missing_ok=True)
    try:
        pooch.retrieve(
            url, known_hash=None, fname=target.name, path=target.parent, downloader=downloader
        )
    except requests.exceptions.HTTPError as error:
        raise _NoAnswerError(f"HTTP {getattr(error.response, 'status_code', None)}") from error
    except requests.exceptions.Timeout as error:
        raise _NoAnswerError("no answer in time") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise _NoAnswerError("cut off") from error
    except requests.exceptions.RequestException as error:
        raise _NoAnswerError("not reachable") from error


def _host(mirror: str) -> str:
    return mirror.split("://", 1)[-1].split("/", 1)[0]


class _Bar:
    """What pooch takes for a progress bar; it also stops a download that does not end."""

    def __init__(self, name: str, progress: Progress | None) -> None:
        self.total = 0  # set by pooch from the length the server announces
        self._name, self._progress = name, progress
        self._done = 0

    def update(self, count: int) -> None:
        self._done += count
        if self._done > MOST_BYTES:
            raise DataError(f"the server sends more than {MOST_BYTES // 10**6} MB")
        if self._progress is not None:
            self._progress(self._name, min(self._done, self.total or self._done), self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass
