"""Name of an image set -> its files, where they are served, their checksums, its classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from initlab.validation import one_of

TRAIN, FINAL = "train", "t10k"  # the two parts, as the files call them
PIXEL_MAX = 255


@dataclass(frozen=True)
class ImageFile:
    """One of the four files.

    Attributes:
        name: without ``.gz``.
        shape: of its array.
        sha256: of its content, decompressed (packed files differ between mirrors); None where
            nobody we can check against publishes it.
        gzip_sha256: of the packed file as its only official server sends it; used where
            ``sha256`` is None.
    """

    name: str
    shape: tuple[int, ...]
    sha256: str | None
    gzip_sha256: str | None = None


@dataclass(frozen=True)
class ImageSet:
    """A named set of images.

    Attributes:
        name: what the user types.
        title: one line for lists.
        classes: name of each class.
        folders: sub-folders it is known to lie in, below a data folder.
        mirrors: addresses of the folder that serves its files, official one first.
        files: training images and labels, test images and labels.
        download_mb: size of the download.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    folders: tuple[str, ...]
    mirrors: tuple[str, ...]
    files: tuple[ImageFile, ...]
    download_mb: int

    def part(self, part: str) -> tuple[ImageFile, ImageFile]:
        """Return the images file and the labels file of ``TRAIN`` or ``FINAL``."""
        return self.files[:2] if part == TRAIN else self.files[2:]  # type: ignore[return-value]


def _files(sha256: tuple[str | None, ...], gzip_sha256: tuple[str | None, ...] = (None,) * 4
           ) -> tuple[ImageFile, ...]:  # fmt: skip
    names = (
        ("train-images-idx3-ubyte", (60_000, 28, 28)),
        ("train-labels-idx1-ubyte", (60_000,)),
        ("t10k-images-idx3-ubyte", (10_000, 28, 28)),
        ("t10k-labels-idx1-ubyte", (10_000,)),
    )
    rows = zip(names, sha256, gzip_sha256, strict=True)
    return tuple(ImageFile(name, shape, plain, packed) for (name, shape), plain, packed in rows)


FASHION_MNIST = ImageSet(
    name="fashion-mnist",
    title="Zalando's articles of clothing, 28×28 (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747)",
    classes=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
             "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    folders=("fashion-mnist", "FashionMNIST/raw", "FashionMNIST", "fashion_mnist", "fashion"),
    mirrors=("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
             "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
             "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
    files=_files((
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    )),
    download_mb=31,
)  # fmt: skip

MNIST = ImageSet(
    name="mnist",
    title="handwritten digits, 28×28 (LeCun, Cortes, Burges 1998)",
    classes=tuple("0123456789"),
    folders=("mnist", "MNIST/raw", "MNIST"),
    mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/",
             "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    files=_files((
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    )),
    download_mb=12,
)  # fmt: skip

KMNIST = ImageSet(
    name="kmnist",
    title="cursive Japanese letters, 28×28 (Clanuwat and others 2018, arXiv:1812.01718)",
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    folders=("kmnist", "KMNIST/raw", "KMNIST"),
    mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    files=_files((None,) * 4, (
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    )),
    download_mb=22,
)  # fmt: skip

IMAGE_SETS: Mapping[str, ImageSet] = {
    one.name: one for one in (FASHION_MNIST, MNIST, KMNIST)
}  # fmt: skip


def image_set(name: str) -> ImageSet:
    """Return the image set of this name.

    Raises:
        ArgumentError: there is none; the nearest name is suggested.
    """
    return IMAGE_SETS[one_of("image set", name, sorted(IMAGE_SETS))]


def owner_of(sha256: str) -> str | None:
    """Name the set and file that a checksum of decompressed content belongs to, if we know it."""
    for one in IMAGE_SETS.values():
        for file in one.files:
            if file.sha256 == sha256:
                return f"{one.name}'s {file.name}"
    return None
