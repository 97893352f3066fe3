"""A block that fails is tried three times; one that takes its worker with it, alone."""

from __future__ import annotations

import pytest

from initlab.errors import StudyError
from initlab.study import CellDone, CellFailed
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
            attempts.hear(failed(block) if block is blocks[1] else done(block))
        again, given_up = attempts.again(part)
        assert again == ([blocks[1]] if attempt < ATTEMPTS else [])
        assert given_up == ([blocks[1]] if attempt == ATTEMPTS else [])
        part = [blocks[1]]


def test_a_block_whose_workers_died_three_times_is_given_up_at_once(blocks):
    attempts = Attempts()
    attempts.hear(CellFailed(blocks[1][0], RuntimeError("killed"), ATTEMPTS))
    assert attempts.again(blocks) == ([], [blocks[1]])
    assert attempts.again(blocks) == ([], [])


def test_a_worker_that_refuses_ends_the_study_whatever_was_done(blocks):
    attempts, error = Attempts(), StudyError("The worker has other versions.")
    attempts.hear(done(blocks[0]))
    attempts.hear(failed(blocks[1]))
    assert not attempts.hopeless
    attempts.hear(failed(blocks[2], error))
    assert attempts.hopeless
    assert attempts.study_error is error


def test_nothing_but_failures_is_hopeless_and_one_success_is_hope(blocks):
    specs = [(blocks[0][0].replace(seed=seed),) for seed in range(HOPELESS)]
    attempts = Attempts()
    for spec in specs:
        assert not attempts.hopeless
        attempts.hear(failed(spec))
    assert attempts.hopeless
    attempts.hear(done(blocks[0]))
    assert not attempts.hopeless
