"""Ways to initialize a module in place, good ones and faults: module -> None."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

Init = Callable[[nn.Module], None]
WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)
RELU = math.sqrt(2)  # the gain of He et al. (2015)


def chosen(module: nn.Module, names: tuple[str, ...]) -> Iterator[tuple[str, nn.Module]]:
    """Yield the linear and convolutional layers under these names; all of them without names."""
    for name, layer in module.named_modules():
        under = any(name == one or name.startswith(one + ".") for one in names)
        if isinstance(layer, WEIGHTED) and (under or not names):
            yield name, layer


def true_fan(layer: nn.Module) -> float:
    """Return how many inputs an output sees, on average."""
    weight = layer.weight
    if isinstance(layer, nn.modules.conv._ConvTransposeNd):
        return weight.shape[0] * weight[0, 0].numel() / math.prod(layer.stride) / layer.groups
    return weight[0].numel()


def normal(gain: float, *names: str) -> Init:
    """Return: normal weights with std gain / sqrt(fan-in), biases 0."""
    return each(lambda layer: layer.weight.normal_(0, gain / math.sqrt(true_fan(layer))), names)


def std(value: float, *names: str) -> Init:
    """Return: normal weights with this std, biases 0."""
    return each(lambda layer: layer.weight.normal_(0, value), names)


def orthogonal(gain: float, *names: str) -> Init:
    """Return: orthogonal weights, biases 0."""
    return each(lambda layer: nn.init.orthogonal_(layer.weight, gain), names)


def glorot(*names: str) -> Init:
    """Return: PyTorch's Glorot-uniform weights, biases 0."""
    return each(lambda layer: nn.init.xavier_uniform_(layer.weight), names)


def constant(value: float, *names: str) -> Init:
    """Return: every weight this value, biases 0."""
    return each(lambda layer: layer.weight.fill_(value), names)


def zeros(*names: str) -> Init:
    """Return: weights and biases 0."""
    return constant(0.0, *names)


def torch_fan(gain: float, *names: str) -> Init:
    """Return: the std that PyTorch's fan-in gives, wrong for transposed convolutions."""
    return each(lambda layer: nn.init.kaiming_normal_(layer.weight).mul_(gain / RELU), names)


def ungrouped_fan(*names: str) -> Init:
    """Return: He's std from in_channels x kernel, which ignores the groups."""

    def draw(layer: nn.Module) -> None:
        groups = getattr(layer, "groups", 1)
        layer.weight.normal_(0, RELU / math.sqrt(true_fan(layer) * groups))

    return each(draw, names)


def each(draw: Callable[[nn.Module], object], names: tuple[str, ...]) -> Init:
    """Return an init that draws the weights of layers and sets their biases to 0."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        for _, layer in chosen(module, names):
            draw(layer)
            if layer.bias is not None:
                layer.bias.zero_()

    return init


def times(factor: float, *names: str) -> Init:
    """Return: weights and biases as they are, times a factor."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        for _, layer in chosen(module, names):
            layer.weight.mul_(factor)
            if layer.bias is not None:
                layer.bias.mul_(factor)

    return init


def bias(value: float, *names: str, spread: float = 0.0) -> Init:
    """Return: biases drawn around a value."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        for _, layer in chosen(module, names):
            if layer.bias is not None:
                layer.bias.normal_(value, spread)

    return init


def looks_linear(module: nn.Module) -> None:
    """Draw mirrored orthogonal weights: a ReLU network that begins as a linear map (Balduzzi)."""
    layers = [layer for _, layer in chosen(module, ())]
    with torch.no_grad():
        for k, layer in enumerate(layers):
            outputs, inputs = layer.weight.shape
            first, last = k == 0, k == len(layers) - 1
            rows, columns = outputs if last else outputs // 2, inputs if first else inputs // 2
            core = nn.init.orthogonal_(torch.empty(rows, columns))
            core = core if first else torch.cat([core, -core], 1)
            layer.weight.copy_(core if last else torch.cat([core, -core]))
            layer.bias.zero_()


def siren(frequency: float = 30.0, share: float = 1.0) -> Init:
    """Return: the initialization of Sitzmann et al. (2020), hidden weights times ``share``."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        for k, (_, layer) in enumerate(chosen(module, ())):
            inputs = layer.in_features
            bound = 1 / inputs if k == 0 else share * math.sqrt(6 / inputs) / frequency
            layer.weight.uniform_(-bound, bound)

    return init


def sparse(module: nn.Module) -> None:
    """Draw weights of which half is 0 (Martens 2010), with He's second moment."""
    for _, layer in chosen(module, ()):
        nn.init.sparse_(layer.weight, 0.5, 2 / math.sqrt(layer.in_features))
        nn.init.zeros_(layer.bias)


def gpt(depth: int) -> Init:
    """Return: GPT-2's weights at std 0.1, the last of a branch / sqrt(2 depth)."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        for name, layer in module.named_modules():
            if isinstance(layer, (nn.Linear, nn.Embedding)):
                layer.weight.normal_(0, 0.1)
                if name.endswith((".out", "feed.2")):
                    layer.weight.div_(math.sqrt(2 * depth))
            if isinstance(layer, nn.Linear) and layer.bias is not None:
                layer.bias.zero_()

    return init


def same_rows(name: str) -> Init:
    """Return: all rows of a weight equal to its first one."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        layer = module.get_submodule(name)
        layer.weight.copy_(layer.weight[:1].expand_as(layer.weight))
        if getattr(layer, "bias", None) is not None:
            layer.bias.fill_(float(layer.bias[0]))

    return init


def twins(first: str, second: str, share: float = 1.0) -> Init:
    """Return: a share of the units of a layer equal, in what they read and in what reads them."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        one, two = module.get_submodule(first), module.get_submodule(second)
        count = max(2, round(share * one.weight.shape[0]))
        one.weight[:count] = one.weight[:1].clone()
        one.bias[:count] = one.bias[0].clone()
        two.weight[:, :count] = two.weight[:, :1].clone()

    return init


def fill(name: str, value: float | Tensor) -> Init:
    """Return: a parameter set to a value."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        parameter = module.get_parameter(name)
        parameter.copy_(torch.as_tensor(value).expand_as(parameter))

    return init


def drawn(name: str, scale: float, mean: float = 0.0) -> Init:
    """Return: a parameter drawn from a normal distribution."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        module.get_parameter(name).normal_(mean, scale)

    return init


def negative(name: str) -> Init:
    """Return: a weight with a minus sign before every magnitude."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        weight = module.get_submodule(name).weight
        weight.copy_(-weight.abs())

    return init


def copies(source: str, *targets: str) -> Init:
    """Return: submodules with the numbers of another one."""

    def init(module: nn.Module) -> None:
        state = module.get_submodule(source).state_dict()
        for target in targets:
            module.get_submodule(target).load_state_dict(state)

    return init


def redrawn(name: str) -> Init:
    """Return: every matrix of a submodule drawn anew by Glorot, as ``nn.Transformer`` does."""

    def init(module: nn.Module) -> None:
        for parameter in module.get_submodule(name).parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    return init


def frozen(*names: str) -> Init:
    """Return: submodules that are not trained."""

    def init(module: nn.Module) -> None:
        for name in names:
            module.get_submodule(name).requires_grad_(requires_grad=False)

    return init


def norms(gamma: float, *names: str) -> Init:
    """Return: the scale of normalization layers set to a value."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        for name, layer in module.named_modules():
            kinds = (nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm)
            if isinstance(layer, kinds) and (not names or name in names):
                layer.weight.fill_(gamma)

    return init


def recurrent(gain: float, *, forget: float | None = None, eye: bool = False) -> Init:
    """Return: recurrent weights orthogonal times a gain, or an identity; forget biases of LSTMs."""

    @torch.no_grad()
    def init(module: nn.Module) -> None:
        for name, parameter in module.layer.named_parameters():
            width = parameter.shape[-1]
            if "weight_hh" in name:
                for part in parameter.split(width):
                    nn.init.eye_(part) if eye else nn.init.orthogonal_(part)
                    part.mul_(gain)
            elif "bias" in name:
                parameter.zero_()
                if forget is not None and "ih" in name:
                    parameter[width // 4 : width // 2] = forget

    return init
