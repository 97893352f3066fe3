"""A block that fails is tried three times; one that takes its worker with it, alone."""

from __future__ import annotations

import pytest

from initlab.study import CellBegun, CellDone, CellFailed
from initlab.study.attempts import ATTEMPTS, HOPELESS, Attempts

from .making import COMPILED, dense, specs_of


@pytest.fixture(scope="module")
def blocks():
    return [(spec,) for spec in specs_of(dense(COMPILED))]


def failed(block, error=None):
    return CellFailed(block[0], error or ValueError("no"))


def done(block):
    return CellDone(block[0], None)


def test_a_failing_block_waits_twice_and_is_then_given_up(blocks):
    attempts, part = Attempts(), blocks
    for attempt in range(1, ATTEMPTS + 1):
        for block in part:
            attempts.hear(CellBegun(block[0]))
            attempts.hear(failed(block) if block is blocks[1] else done(block))
        again, given_up = attempts.again(part, broken=False)
        assert again == ([[blocks[1]]] if attempt < ATTEMPTS else [])
        assert given_up == ([blocks[1]] if attempt == ATTEMPTS else [])
        part = [blocks[1]]


def test_after_a_killed_worker_each_that_was_begun_is_tried_alone_and_first(blocks):
    attempts, killed = Attempts(), RuntimeError("killed")
    attempts.hear(done(blocks[0]))
    for block in blocks[1:3]:
        attempts.hear(CellBegun(block[0]))
    attempts.hear(failed(blocks[4], killed))  # the executor names any one
    again, given_up = attempts.again(blocks, broken=True)
    assert again == [[blocks[1]], [blocks[2]], blocks[3:]]
    assert given_up == []
    assert attempts.errors[blocks[1][0].key] is killed
    assert attempts.counts == {blocks[1][0].key: 1, blocks[2][0].key: 1}


def test_workers_that_die_before_they_begin_anything_come_to_an_end(blocks):
    attempts, waiting, rounds = Attempts(), [list(blocks)], 0
    while waiting:
        rounds += 1
        part = waiting.pop(0)
        attempts.hear(failed(part[0]))
        again, _ = attempts.again(part, broken=True)
        waiting = [*again, *waiting]
    assert rounds == ATTEMPTS * len(blocks)


def test_nothing_but_failures_is_hopeless_and_one_success_is_hope(blocks):
    specs = [(blocks[0][0].replace(seed=seed),) for seed in range(HOPELESS)]
    attempts = Attempts()
    for spec in specs:
        assert not attempts.hopeless
        attempts.hear(failed(spec))
    assert attempts.hopeless
    attempts.hear(done(blocks[0]))
    assert not attempts.hopeless
