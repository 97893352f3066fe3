"""Modules trained in blocks, as on a GPU: whatever a study asks for, the block is the same."""

from __future__ import annotations

import pytest

from initlab.study import Frame, Progress, Run

from .making import a_study, everything, expand, module

pytest.importorskip("torch", reason="modules are PyTorch's")


def in_blocks(name, seeds, **options):
    """Events and cells of a study on a device that trains four seeds together."""
    loaded = module(name)
    loaded.together = 4
    run = Run(expand(a_study(loaded, inits=("he_normal",), seeds=seeds), loaded), loaded, **options)
    with run:
        events = list(run)
    assert run.failure is None
    return events, {cell.seed: cell for cell in run.cells}


def test_a_cell_has_its_bits_whichever_seeds_of_its_block_are_asked_for():
    _, alone = in_blocks("mlp", (1,))
    _, some = in_blocks("mlp", (3, 1, 6))
    assert some.keys() == {1, 3, 6}
    assert everything(some[1]) == everything(alone[1])
    assert [some[seed].block for seed in (1, 3, 6)] == [(0, 4), (0, 4), (4, 4)]
    assert {cell.engine for cell in some.values()} == {"torch, cpu, together"}


@pytest.mark.parametrize("name", ["mlp", "Everything"])
def test_steps_reported_add_up_to_those_of_the_cells_asked_for(name):
    events, cells = in_blocks(name, (0, 1, 2, 5))
    assert len(cells) == 4
    assert sum(event.steps for event in events if isinstance(event, Progress)) == 4 * 40


def test_a_model_that_cannot_be_trained_together_is_trained_one_by_one_and_its_cells_say_so():
    _, cells = in_blocks("Everything", (0, 1))
    (engine,) = {cell.engine for cell in cells.values()}
    reason = "the model draws random numbers outside of Dropout layers"
    assert engine == f"torch, cpu, one by one (not all at once, because {reason})"


def test_steps_of_a_block_that_broke_on_the_way_are_taken_back(monkeypatch):
    torch = pytest.importorskip("torch")
    from initlab.engines.torch import engine

    together = engine.StackedTrainer

    def breaks(modules, own, seeds):
        if len(seeds) == 4:
            raise torch.OutOfMemoryError("Tried to allocate 8 GiB.")
        if 2 in seeds:
            raise RuntimeError("no rule for this")
        return together(modules, own, seeds)

    monkeypatch.setattr(engine, "StackedTrainer", breaks)
    events, cells = in_blocks("mlp", (0, 1, 2))
    steps = [event.steps for event in events if isinstance(event, Progress)]
    assert sum(steps) == 3 * 40  # what broke is not counted twice
    assert {cell.engine for cell in cells.values()} == {
        "torch, cpu, one by one (not all at once, because training the seeds together failed: "
        "no rule for this)"
    }


def test_a_block_trained_together_shows_no_frames():
    events, _ = in_blocks("mlp", (0, 1), frame_every=8)
    assert not [event for event in events if isinstance(event, Frame)]
