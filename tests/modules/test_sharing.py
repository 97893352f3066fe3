"""Which parameters share numbers, by their places in memory."""

from __future__ import annotations

import pytest

from initlab.modules.sharing import Owners
from initlab.networks.anatomy import SAME, STORAGE, VIEW

torch = pytest.importorskip("torch", reason="modules are PyTorch's")

WHOLE = torch.rand(4, 6)
PAIRS = {
    "itself": (WHOLE, WHOLE, SAME),
    "detached": (WHOLE, WHOLE.detach(), VIEW),
    "transposed": (WHOLE, WHOLE.t(), VIEW),
    "reshaped": (WHOLE, WHOLE.view(2, 12), VIEW),
    "some rows": (WHOLE, WHOLE[1:3], STORAGE),
    "overlapping": (WHOLE[:3], WHOLE[1:], STORAGE),
    "every second column": (WHOLE, WHOLE[:, ::2], STORAGE),
    "both ends": (WHOLE, WHOLE.view(-1)[::23], STORAGE),
    "apart": (WHOLE[:2], WHOLE[2:], ""),
    "equal numbers": (WHOLE, WHOLE.clone(), ""),
    "meta": (torch.empty(2, 2, device="meta"), torch.empty(2, 2, device="meta"), ""),
    "empty": (torch.empty(0, 2), torch.empty(0, 2), ""),
    "sparse": (torch.eye(2).to_sparse(), torch.eye(2).to_sparse(), ""),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_two_parameters_share_what_lies_in_the_same_place(kind):
    first, second, how = PAIRS[kind]
    owners = Owners()
    assert owners.first("a", first) == ("", "")
    assert owners.first("b", second) == ("a" if how else "", how)
