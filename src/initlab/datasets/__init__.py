"""Named data -> arrays in memory."""

from initlab.datasets.circles import make_circles
from initlab.datasets.dataset import Dataset, InMemory
from initlab.datasets.image_folder import DATA_VARIABLE
from initlab.datasets.load_images import Images, load_images

__all__ = ["DATA_VARIABLE", "Dataset", "Images", "InMemory", "load_images", "make_circles"]
