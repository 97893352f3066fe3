"""Named data -> arrays in memory."""

from initlab.datasets.dataset import Dataset, InMemory
from initlab.datasets.image_folder import DATA_VARIABLE
from initlab.datasets.load_images import Images, load_images
from initlab.datasets.plane import make_circles

__all__ = ["DATA_VARIABLE", "Dataset", "Images", "InMemory", "load_images", "make_circles"]
