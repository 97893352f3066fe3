"""Named data -> arrays in memory."""

from initlab.datasets.circles import make_circles
from initlab.datasets.dataset import Dataset, InMemory

__all__ = ["Dataset", "InMemory", "make_circles"]
