"""A call of a recurrent layer -> its gates, states and gradients from step to step.

torch computes a whole sequence in one function. Here its cell is computed again, step by step, with
the same weights on a few samples: a small part of what the layer itself costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from initlab.diagnosis.measurements import Recurrence
from initlab.modules.framework import load_torch
from initlab.nonlinearities.slopes import SATURATED_SLOPE
from initlab.randomness import SAMPLES, generator_for

FEW, MOST_STEPS = 32, 64  # samples and steps that are looked at
PROJECTED = "A layer with proj_size is not measured step by step."
NOT_A_BATCH = "The inputs of the layer are not one tensor of shape (batch, steps, features)."
CLOSED = {"input": 0.0, "output": 0.0, "update": 1.0, "forget": 0.0}  # where nothing passes
TANH = ("cell", "new", "state")  # the other gates are sigmoids
NOT_TORCH = "Only torch's own RNN, LSTM and GRU are measured step by step."
A_CELL = (
    "initlab does not look inside RNNCell, LSTMCell and GRUCell layers. The table has a row for "
    "each time step of such a layer."
)

State = tuple[Any, ...]
Gates = dict[str, Any]  # activations, by the name of the gate
Cell = Callable[[Any, Any, State], tuple[State, Gates]]


def recurrence_of(layer: Any, given: Any) -> list[Recurrence] | str:
    """Return what happens in each level and direction of a layer; or why that is not known.

    Args:
        layer: a ``torch.nn.RNN``, ``LSTM`` or ``GRU``.
        given: its inputs. Its states begin at 0.
    """
    torch = load_torch()
    cells = {torch.nn.LSTM: _lstm, torch.nn.GRU: _gru, torch.nn.RNN: _rnn(layer)}
    cell = next((cells[kind] for kind in cells if isinstance(layer, kind)
                 and type(layer).forward is kind.forward), None)  # fmt: skip
    if cell is None:
        return A_CELL if isinstance(layer, torch.nn.RNNCellBase) else NOT_TORCH
    if not isinstance(given, torch.Tensor) or given.dim() != 3:
        return NOT_A_BATCH
    if layer.proj_size:
        return PROJECTED
    x = given.detach() if layer.batch_first else given.detach().transpose(0, 1)
    total, x = x.shape[1], x[:FEW, :MOST_STEPS]
    x = x if x.dtype.itemsize >= 4 else x.float()
    found = []
    with torch.enable_grad(), torch.autocast(x.device.type, enabled=False):
        for level in range(layer.num_layers):
            made = []
            for end in ("", "_reverse")[: 1 + layer.bidirectional]:
                turned = x.flip(1) if end else x
                states, gates = _unrolled(cell, layer, f"_l{level}{end}", turned)
                part = f"stacked layer {level + 1}{', backwards' if end else ''}"
                found.append(_measured(layer, part, total, states, gates))
                outputs = torch.stack([one[0].detach() for one in states[1:]], dim=1)
                made.append(outputs.flip(1) if end else outputs)
            x = torch.cat(made, dim=-1)
    return found


def _unrolled(cell: Cell, layer: Any, ending: str, x: Any) -> tuple[list[State], list[Gates]]:
    """Return the states before the first step and after each, and the gates of each step."""
    torch = load_torch()

    def own(name: str) -> Any:
        found = getattr(layer, name + ending, None)
        return None if found is None else found.detach().to(x.dtype)

    given = torch.nn.functional.linear(x, own("weight_ih"), own("bias_ih"))
    weight, bias = own("weight_hh"), own("bias_hh")
    zero = x.new_zeros(len(x), layer.hidden_size)
    states: list[State] = [(zero.clone().requires_grad_(), zero.clone().requires_grad_())]
    gates = []
    for step in given.unbind(1):
        back = torch.nn.functional.linear(states[-1][0], weight, bias)
        state, opened = cell(step, back, states[-1])
        states.append(state)
        gates.append({name: one.detach() for name, one in opened.items()})
    return states, gates


def _lstm(given: Any, back: Any, state: State) -> tuple[State, Gates]:
    i, f, g, o = (given + back).chunk(4, dim=-1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    kept = f * state[1] + i * g
    return (o * kept.tanh(), kept), {"input": i, "forget": f, "cell": g, "output": o}


def _gru(given: Any, back: Any, state: State) -> tuple[State, Gates]:
    (r, z, n), (r_back, z_back, n_back) = given.chunk(3, dim=-1), back.chunk(3, dim=-1)
    r, z = (r + r_back).sigmoid(), (z + z_back).sigmoid()
    n = (n + r * n_back).tanh()
    new = (1 - z) * n + z * state[0]
    return (new, new), {"reset": r, "update": z, "new": n}


def _rnn(layer: Any) -> Cell:
    function = getattr(layer, "nonlinearity", "tanh")

    def cell(given: Any, back: Any, state: State) -> tuple[State, Gates]:
        new = (given + back).relu() if function == "relu" else (given + back).tanh()
        return (new, new), {} if function == "relu" else {"state": new}

    return cell


def _measured(
    layer: Any, part: str, total: int, states: list[State], gates: list[Gates]
) -> Recurrence:
    torch = load_torch()
    every = {name: torch.stack([one[name] for one in gates]).double() for name in gates[0]}
    h = torch.stack([one[0].detach() for one in states[1:]]).double()
    return Recurrence(
        layer="",
        total=total,
        part=part if layer.num_layers > 1 or layer.bidirectional else "",
        gates={name: _share(_slopes(name, one)) for name, one in every.items()},
        closed={name: _share(4 * (every[name] - end).abs())
                for name, end in CLOSED.items() if name in every},
        dead=0.0 if every else float((h == 0).all(dim=0).all(dim=0).double().mean()),
        q=tuple(h.square().mean(dim=(1, 2)).tolist()),
        g=tuple(_gradients(states)),
    )  # fmt: skip


def _slopes(name: str, values: Any) -> Any:
    """Return a gate's slopes over the largest: of a tanh, or of a sigmoid."""
    return 1 - values.square() if name in TANH else 4 * values * (1 - values)


def _share(slopes: Any) -> float:
    return float((slopes < SATURATED_SLOPE).double().mean())


def _gradients(states: list[State]) -> Iterator[float]:
    """Yield the mean square of the gradient at the state after each step."""
    torch = load_torch()
    last = states[-1][0]
    drawn = generator_for(0, "diagnosis, last states", SAMPLES).standard_normal(last.shape)
    cotangent = torch.from_numpy(drawn).to(last.device, last.dtype)
    kept = [state[1] for state in states[1:]]  # all that is carried on: an LSTM's cell, or h
    for one in torch.autograd.grad((last * cotangent).sum(), kept):
        yield float(one.double().square().mean())
