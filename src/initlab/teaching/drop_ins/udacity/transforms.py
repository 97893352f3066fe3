"""Image -> tensor, with the names that old notebooks take from torchvision.transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

PIXEL_MAX = 255


class ToTensor:
    """Turn an image of bytes, (height, width), into float32 of shape (1, height, width), 0 to 1."""

    def __call__(self, image: Any) -> torch.Tensor:
        """Return the image as a tensor."""
        array = np.array(image)  # a copy: the tensor may be changed
        if array.ndim == 2:
            array = array[:, :, None]
        tensor = torch.from_numpy(array).permute(2, 0, 1).contiguous()
        return tensor.float() / PIXEL_MAX if tensor.dtype == torch.uint8 else tensor

    def __repr__(self) -> str:
        return "ToTensor()"


class Normalize:
    """Subtract a mean and divide by a standard deviation, one of each per channel."""

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        self.mean, self.std = mean, std

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the tensor normalized."""
        shape = (-1, *[1] * (tensor.dim() - 1))
        mean = torch.as_tensor(self.mean, dtype=tensor.dtype).reshape(shape)
        return (tensor - mean) / torch.as_tensor(self.std, dtype=tensor.dtype).reshape(shape)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Compose:
    """Apply several transforms one after the other."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = list(transforms)

    def __call__(self, image: Any) -> Any:
        """Return what the last transform gives."""
        for transform in self.transforms:
            image = transform(image)
        return image

    def __repr__(self) -> str:
        return f"Compose({', '.join(map(repr, self.transforms))})"


class Lambda:
    """Use any function as a transform."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        self.lambd = lambd

    def __call__(self, image: Any) -> Any:
        """Return what the function gives."""
        return self.lambd(image)

    def __repr__(self) -> str:
        return "Lambda()"
