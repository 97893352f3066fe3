"""Named data -> arrays in memory."""

from initlab.datasets.circles import make_circles
from initlab.datasets.dataset import Dataset

__all__ = ["Dataset", "make_circles"]
