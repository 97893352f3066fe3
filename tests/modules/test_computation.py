"""What a forward computes, call by call, and that looking leaves no trace."""

from __future__ import annotations

import collections
import dataclasses

import pytest

from initlab.modules.computation import (
    followed,
    tensors_in,
    traced,
    unchanged,
    watched,
    with_tensors,
)
from initlab.modules.flow import ends

from ..engines.torch.making import Everything, ResNet, Tied, mlp, nn, torch

MODELS = {
    "stack": (mlp, (3, 6)), "residual": (ResNet, (3, 1, 8, 8)), "tied": (Tied, (3, 6)),
    "frozen parameter": (Everything, (3, 6)),
}  # fmt: skip


@pytest.mark.parametrize("kind", MODELS)
def test_both_ways_see_the_same_layers_from_the_same_layers(kind):
    make, shape = MODELS[kind]
    model = make().eval()

    def steps(calls):
        """Pairs (layer, the layers before it), past all functions."""
        before = []
        for call in calls:
            own = {
                layer
                for one in call.inputs
                for layer in ([calls[one].layer] if calls[one].layer else before[one])
            }
            before.append(own)
        return [(call.layer, own) for call, own in zip(calls, before, strict=True)
                if call.layer is not None or call.function == "output"]  # fmt: skip

    assert steps(traced(model)) == steps(followed(model, (torch.rand(shape),))[1])


def test_following_gives_the_models_own_outputs_and_shows_every_result():
    model, x = mlp(), torch.rand(3, 6)
    shown = []
    outputs, calls = followed(model, (x,), lambda call, *both: shown.append([1 * y for y in both]))
    assert torch.equal(outputs, model(x))
    assert [call.function for call in calls] == ["Linear", "ReLU", "Linear", "output"]
    assert len(shown) == len(calls) - 1  # what looks at a result is no part of the computation
    z = model[0](x)
    assert all(
        torch.equal(*pair) for pair in zip(shown[0] + shown[1], (x, z, z, z.relu()), strict=True)
    )


def test_the_last_weights_are_those_with_none_after_them():
    calls = traced(ResNet())
    assert [calls[number].function for number in ends(calls)] == ["Linear"]


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_forward_writes_is_put_back(fails):
    model = Everything().train()
    model.kept = [1]
    before = {name: one.clone() for name, one in model.state_dict().items()}
    attributes = dict(vars(model))
    try:
        with unchanged(model):
            model(torch.rand(4, 6))
            model.new, model.kept, model.fc1 = 3, None, nn.Linear(6, 8)
            model.seen = torch.ones(())
            model.eval()
            if fails:
                raise KeyError
    except KeyError:
        assert fails
    assert vars(model) == attributes
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_hooks_that_a_forward_adds_are_taken_off_with_what_notes_them():
    class Hooked(nn.Module):  # as transformers captures outputs, once per model
        def __init__(self):
            super().__init__()
            self.fc, self.seen = nn.Linear(6, 6), []

        def forward(self, x):
            if not hasattr(self, "ready"):
                self.ready = True
                self.fc.register_forward_hook(lambda *found: self.seen.append(found[2]))
            self.seen.clear()
            return self.fc(x) if len(self.seen) < 2 else None

    model = Hooked()
    for _ in range(2):
        with unchanged(model):
            model(torch.rand(3, 6))
            assert len(model.seen) == 1
    assert not model.fc._forward_hooks


def test_watching_names_every_layer_and_ends():
    seen = []
    model = mlp()
    with watched(model, lambda name, *_: seen.append(name), lambda name, *_: seen.append(name)):
        model(torch.rand(2, 6))
    assert seen == ["", "0", "0", "1", "1", "2", "2", ""]
    model(torch.rand(2, 6))
    assert len(seen) == 8


def test_tensors_are_replaced_in_any_structure_in_the_order_in_which_they_are_found():
    @dataclasses.dataclass
    class Output:
        logits: object
        loss: object = None

    Pair = collections.namedtuple("Pair", "first second")
    one, two, classes = torch.zeros(2), torch.ones(3), torch.tensor([1])
    for raw in (
        one, (one, two), [two, (one,)], {0: one, "b": [two, classes]}, Pair(two, one),
        Output(one), (Output(one, two), None, "text"),
    ):  # fmt: skip
        found = [tensor for tensor in tensors_in(raw) if tensor.is_floating_point()]
        made = with_tensors(raw, iter([tensor + 5 for tensor in found]))
        assert type(made) is type(raw)
        changed = [tensor for tensor in tensors_in(made) if tensor.is_floating_point()]
        assert [tensor.tolist() for tensor in changed] == [
            (tensor + 5).tolist() for tensor in found
        ]
    assert with_tensors({"y": classes}, iter(()))["y"] is classes
