"""A network is judged by what training shows: progress, half-way, and rates that serve."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from initlab.diagnosis.runs import OPTIMIZERS, TORCH_DEFAULT, Run, Runs
from initlab.diagnosis.trial import SLOWER_THAN as SLOWER
from initlab.diagnosis.trial import STUCK, TRAINS, UNCLEAR, Trial, tried

FLOOR = 1.0


def falling(to, steps=60, over=None):
    """Losses that fall from 1 to a value over so many steps."""
    over = over or steps - 10
    return tuple(1 - (1 - to) * min(1, k / over) for k in range(steps))


def runs(*losses, init=""):
    return Runs(init, tuple(Run("sgd", 0.1, one) for one in losses), FLOOR)


def outcome(own, reference):
    return Trial(60, runs(*own), runs(*reference, init="auto")).outcome


def test_a_network_that_comes_as_far_trains():
    assert outcome([falling(0.1)], [falling(0.1)]) == TRAINS


@pytest.mark.parametrize(
    ("own", "wanted"), [(0.05, TRAINS), (0.15, SLOWER), (0.45, SLOWER), (0.55, STUCK), (1.0, STUCK)]
)
def test_progress_is_held_against_that_of_the_reference(own, wanted):
    assert outcome([falling(own)], [falling(0.02)]) == wanted


def test_shares_count_where_the_reference_has_come_to_its_end():
    assert outcome([falling(0.4)], [falling(0.1)]) == TRAINS


def test_one_that_is_half_way_much_later_is_slower():
    assert outcome([falling(0.1, over=50)], [falling(0.1, over=10)]) == SLOWER
    assert outcome([falling(0.1, over=18)], [falling(0.1, over=10)]) == TRAINS


def test_one_that_less_than_half_of_the_rates_serve_is_slower():
    still = falling(0.9)
    reference = [falling(0.1)] * 3
    assert outcome([falling(0.1), still, still], reference) == SLOWER
    found = Trial(60, runs(falling(0.1), falling(0.1), still), runs(*reference, init="auto"))
    assert found.outcome == TRAINS
    assert found.hints
    four = runs(*reference, falling(0.1), init="auto")
    assert not Trial(60, runs(*reference, still), four).hints  # three rates of four


def test_steps_are_counted_by_the_mean_of_ten_losses():
    step = Run("sgd", 0.1, (1.0,) * 5 + (0.0,) * 20)  # of the first losses alone, half at step 9
    assert (step.steps_to(0.5), step.steps_to(0.55)) == (9, 9)
    lucky = Run("sgd", 0.1, (0.0,) + (1.0,) * 20)
    assert (lucky.steps_to(0.5), lucky.steps_to(0.9)) == (None, 9)
    # a reference that learns at once is no faster than the mean can show
    assert outcome([falling(0.0, over=20)], [falling(0.0, over=5)]) == TRAINS


def test_nothing_is_said_where_the_reference_does_not_learn_either():
    assert outcome([falling(0.9)], [falling(0.8)]) == UNCLEAR
    assert outcome([falling(0.2)], [falling(0.8)]) == TRAINS


def test_a_run_that_leaves_the_finite_numbers_keeps_what_it_reached():
    one = Run("sgd", 1.0, (*falling(0.4, 20), math.inf))
    assert one.loss == pytest.approx(min(Run("sgd", 1.0, falling(0.4, 20)).smooth))
    assert outcome([(math.nan,)], [falling(0.1)]) == STUCK


def trains(asked, name, *ends, over=20):
    """A training whose loss falls to a value by rate; who is asked for is noted."""

    def train(optimizer, rate):
        asked.append(name)
        return iter(falling(ends[asked.count(name) % len(ends)], 200, over))

    return name, train


def test_another_reference_is_tried_where_the_first_does_not_learn():
    asked = []
    weak, strong = trains(asked, "weak", 0.8), trains(asked, "strong", 0.05)
    found = tried(trains(asked, "own", 0.5)[1], [weak, strong], FLOOR)
    assert found.reference.init == "strong"
    assert {name: asked.count(name) for name in asked} == dict.fromkeys(
        ("weak", "strong", "own"), len(OPTIMIZERS)
    )
    asked.clear()
    own = trains(asked, "own", 0.5)[1]
    assert tried(own, [strong, weak], FLOOR).reference.init == "strong"
    assert "weak" not in asked
    late = trains(asked, "late", 0.05, over=55)  # half of it comes after 27 steps
    assert tried(own, [late, strong], FLOOR).reference.init == "strong"


def test_a_reference_that_is_behind_is_not_trained_on_and_the_best_rate_counts():
    seen = {}

    def counted(name, *ends, over):
        def train(optimizer, rate):
            rates = seen.setdefault(name, {})
            end = ends[len(rates) % len(ends)]
            for loss in falling(end, 200, over):
                rates[optimizer, rate] = rates.get((optimizer, rate), 0) + 1
                yield loss

        return name, train

    narrow = counted("quick at one rate", 0.05, *[0.95] * 5, over=25 * 2)
    wide = counted("later at all", 0.05, over=40 * 2)
    behind = counted("behind", 0.9, over=80)
    own = counted("own", 0.5, over=100)[1]
    found = tried(own, [wide, behind, narrow], FLOOR, fresh=True)
    assert found.reference.init == "quick at one rate"
    assert max(seen["behind"].values()) == 30
    assert max(seen["quick at one rate"].values()) == 200


def test_the_reference_that_is_best_in_the_end_counts_for_a_network_that_keeps_up_before():
    def ends(losses, name="own"):
        return name, lambda optimizer, rate: iter(losses)

    even = falling(0.45, 60), falling(0.45, 60)
    quick = ends((*even[0], *[0.45] * 140), "quick")
    later = ends((*falling(0.5, 60), *[0.5 - 0.35 * k / 140 for k in range(140)]), "later")
    found = tried(quick[1], [quick, later], FLOOR, fresh=True)
    assert (found.reference.init, found.outcome, found.steps) == ("later", SLOWER, 200)
    second = tried(quick[1], [quick, later], FLOOR, fresh=True, again=lambda init: quick[1])
    assert second.outcome == TRAINS  # not by the luck of one draw
    equal = ends((*falling(0.5, 60), *[0.5 - 0.05 * k / 140 for k in range(140)]), "equal")
    assert tried(quick[1], [quick, equal], FLOOR, fresh=True).reference.init == "quick"


def test_the_others_go_on_at_their_best_rate_alone():
    steps = {}

    def counted(name, end):
        def train(optimizer, rate):
            for loss in (*falling(end if rate == 0.1 else 0.9, 60), *[end] * 140):
                steps[name, optimizer, rate] = steps.get((name, optimizer, rate), 0) + 1
                yield loss

        return name, train

    found = tried(counted("own", 0.5)[1], [counted("a", 0.45), counted("b", 0.45)], FLOOR,
                  fresh=True)  # fmt: skip
    assert (found.outcome, found.reference.init, found.steps) == (TRAINS, "a", 200)
    on = [one for one, count in steps.items() if one[0] == "b" and count > 60]
    assert on == [("b", "sgd", 0.1)]


def test_a_reference_whose_first_loss_is_as_far_off_is_no_excuse():
    def begins(first, to):
        return [first, *falling(to)[1:]]

    def seen(first, its, to=0.5):
        return outcome([begins(first, to)], [begins(its, to)])

    assert (seen(100.0, 100.0), seen(100.0, 2.0)) == (UNCLEAR, UNCLEAR)  # too little of one batch
    fresh = [Trial(200, runs(begins(100.0, to)), runs(begins(its, to), init="auto"), fresh=True)
             for its, to in ((100.0, 0.5), (2.0, 0.5), (100.0, 0.1))]  # fmt: skip
    assert [one.outcome for one in fresh] == [UNCLEAR, TRAINS, TRAINS]


@pytest.mark.parametrize(
    ("own", "its", "quick", "steps"),
    [
        (0.39, 0.4, True, 10),  # both learn as much
        (0.39, 0.4, False, 60),
        (0.3, 0.4, True, 60),  # less, and so more steps are asked for
        (0.01, 0.4, True, 60),  # it stands still
        (0.02, 0.02, True, 60),  # so do both
    ],
)
def test_towards_random_values_a_trial_may_end_where_both_learn_as_much(own, its, quick, steps):
    def train(progress):
        return lambda optimizer, rate: iter([1 - progress] * 200)

    found = tried(train(own), [("auto", train(its))], FLOOR, most=60, random=True, quick=quick)
    assert (found.steps, found.outcome) == (steps, UNCLEAR)


def test_without_a_known_loss_of_a_constant_the_lowest_first_loss_of_the_references_counts():
    def begins(loss):
        return lambda optimizer, rate: iter([loss, *falling(0.1, 199)])

    found = tried(begins(5.0), [("large heads", begins(3.0)), ("small heads", begins(1.0))], None)
    assert found.own.floor == found.reference.floor == 1.0


def test_progress_below_zero_is_counted_in_units_of_1():
    def falls(by):
        return lambda optimizer, rate: iter([-0.5 - by * min(1.0, k / 15) for k in range(200)])

    for own, outcome in ((1.2, TRAINS), (0.9, SLOWER), (0.3, STUCK)):
        found = tried(falls(own), [("auto", falls(1.2))], -0.5, fresh=True)
        assert found.outcome == outcome
        assert found.reference.progress == pytest.approx(1.2)
        assert found.reference.half == pytest.approx(-1.1)


def test_the_reference_on_data_is_tried_where_none_of_the_others_learns():
    asked = []
    own, weak = trains(asked, "own", 0.95)[1], trains(asked, "auto", 0.9)
    some, best = trains(asked, "auto", 0.6), trains(asked, "lsuv", 0.05)
    found = tried(own, [weak], FLOOR, fresh=True, last=lambda: best)
    assert (found.reference.init, found.outcome) == ("lsuv", STUCK)
    asked.clear()
    assert tried(own, [some], FLOOR, fresh=True, last=lambda: best).reference.init == "auto"
    assert "lsuv" not in asked


@pytest.mark.parametrize(("second", "outcome"), [(20, TRAINS), (12, TRAINS), (9, SLOWER)])
def test_a_network_that_is_slower_is_judged_beside_another_draw(second, outcome):
    asked, drawn = [], []

    def again(init):
        drawn.append(init)
        return trains(asked, "second", 0.05, over=2 * second)[1]

    own = trains(asked, "own", 0.05, over=2 * 25)[1]
    lucky = trains(asked, "auto", 0.05, over=2 * 8)
    found = tried(own, [lucky], FLOOR, fresh=True, again=again)
    assert (found.outcome, drawn) == (outcome, ["auto"])
    drawn.clear()
    assert tried(lucky[1], [lucky], FLOOR, fresh=True, again=again).outcome == TRAINS
    assert tried(trains(asked, "own", 0.9)[1], [lucky], FLOOR, again=again).outcome == STUCK
    assert not drawn


def test_a_network_behind_a_second_draw_that_is_half_way_late_too_stays_slower():
    def train(losses):
        return lambda optimizer, rate: iter(losses)

    own = train(falling(0.4, 200, 150))
    first, second = train(falling(0.05, 200, 60)), train((1.0,) * 95 + falling(0.05, 105))
    assert tried(own, [("auto", first)], FLOOR, fresh=True).outcome == SLOWER
    found = tried(own, [("auto", first)], FLOOR, fresh=True, again=lambda _: second)
    assert found.outcome == SLOWER


def test_a_network_slower_than_the_best_is_also_held_against_the_default_of_pytorch():
    asked = []
    own = trains(asked, "own", 0.05, 0.9, 0.9)[1]
    best, default = trains(asked, "auto", 0.05)[1], trains(asked, TORCH_DEFAULT, 0.05, 0.9, 0.9)
    found = tried(own, [("auto", best), default], FLOOR)
    assert (found.reference.init, found.outcome, found.is_as_usual) == ("auto", SLOWER, True)
    found = tried(own, [("auto", best), trains(asked, TORCH_DEFAULT, 0.9)], FLOOR)  # which is stuck
    assert (found.outcome, found.is_as_usual) == (SLOWER, False)
    asked.clear()
    found = tried(best, [("auto", best), default], FLOOR)
    assert (found.outcome, found.usual) == (TRAINS, None)
    assert TORCH_DEFAULT not in asked


@pytest.mark.parametrize(
    ("own", "over", "steps"),
    [
        (0.05, 20, 30),  # as good as the reference from the beginning
        (1.0, 20, 60),  # hopeless
        (0.5, 20, 200),  # between the two
    ],
)
def test_a_trial_ends_as_soon_as_it_is_clear(own, over, steps):
    asked = []
    reference = trains(asked, "auto", 0.05)
    found = tried(trains(asked, "own", own, over=over)[1], [reference], FLOOR, fresh=True)
    assert found.steps == steps


def test_no_more_steps_are_made_than_may_be():
    found = tried(trains([], "own", 0.5)[1], [trains([], "auto", 0.05)], FLOOR, most=30)
    assert found.steps == 30
    assert max(len(run.losses) for run in found.own.runs) == 30


def test_where_no_init_learns_anything_in_many_fresh_batches_it_is_stuck():
    def seen(steps, fresh):
        flat = [falling(0.95, steps)]
        return Trial(steps, runs(*flat), runs(*flat, init="auto"), fresh=fresh)

    assert seen(200, True).outcome == STUCK
    assert seen(200, True).learns_nothing
    assert (seen(200, False).outcome, seen(60, True).outcome) == (UNCLEAR, UNCLEAR)


def test_a_small_share_that_is_no_chance_is_not_nothing():
    def seen(spread, *others):
        losses = tuple(loss + spread * (-1) ** k for k, loss in enumerate(falling(0.88, 200)))
        every = (losses, *others)
        return Trial(200, runs(*every), runs(*every, init="auto"), fresh=True)

    still = falling(0.99, 200)
    assert seen(0.01, falling(0.88, 200)).learns_nothing  # all rates come to the same loss
    assert (seen(0.01, still).outcome, seen(0.01, still).learns_nothing) == (UNCLEAR, False)
    assert (seen(0.1, still).outcome, seen(0.1, still).learns_nothing) == (STUCK, True)
    assert seen(0.01, still).keeps_up
    assert not seen(0.1, still).keeps_up
    better = runs(falling(0.8, 200), init="auto")
    assert not replace(seen(0.01, still), reference=better).keeps_up


def test_a_late_network_beside_references_that_are_worse_cannot_be_judged():
    def seen(own, over, fresh=True):
        reference = runs(falling(0.38, 200, 100), init="auto")
        return Trial(200, runs(falling(own, 200, over)), reference, fresh=fresh).outcome

    assert seen(0.2, 150) == UNCLEAR
    assert seen(0.2, 30) == TRAINS  # soon: a reference itself
    assert seen(0.35, 150) == TRAINS  # as far as the reference
    assert seen(0.2, 150, fresh=False) == TRAINS


def test_a_reference_that_is_half_way_late_says_little_but_of_what_stands_still():
    def seen(own, still=80):
        late = runs((1.0,) * still + falling(0.3, 200 - still), init="auto")
        own = runs((1.0,) * still + falling(own, 200 - still))
        return Trial(200, own, late, fresh=True)

    for own in (0.7, 0.9):  # the luck of the draw: no hint either
        assert (seen(own).outcome, seen(own).hints) == (UNCLEAR, False)
    assert seen(0.95).outcome == STUCK
    assert seen(0.7, still=0).outcome == STUCK


def test_a_trial_that_cannot_be_judged_yet_goes_on():
    late = [1.0] * 24 + list(falling(0.05, 176, 30))  # half-way in the second half of 60 steps

    def train(optimizer, rate):
        return iter(late)

    found = tried(train, [("auto", train)], FLOOR, fresh=True)
    assert (found.outcome, found.steps) == (TRAINS, 120)
    found = tried(train, [("auto", train)], FLOOR, fresh=True, most=60)
    assert (found.outcome, found.steps) == (UNCLEAR, 60)


def test_on_fresh_batches_a_default_that_learns_less_is_no_excuse():
    own, best = runs(falling(0.3)), runs(falling(0.05), init="auto")
    usual = runs(falling(0.3), init=TORCH_DEFAULT)
    assert Trial(60, own, best, usual=usual).is_as_usual
    assert not Trial(60, own, best, usual=usual, fresh=True).is_as_usual


@pytest.mark.parametrize(
    ("default", "rates", "excused"),
    [
        (22, 3, True),  # together 28 steps where the reference takes 15: the own draw was unlucky
        (36, 3, False),  # both are late
        (22, 1, False),  # few rates serve either
    ],
)
def test_on_fresh_batches_the_default_excuses_what_both_are_not_in_the_mean(
    default, rates, excused
):  # fmt: skip
    def half_way_after(steps, rates):
        serving = [falling(0.05, 200, 2 * steps)] * rates
        return [*serving, *[falling(0.9, 200)] * (3 - rates)]

    own, best = runs(*half_way_after(36, rates)), runs(*half_way_after(15, 3), init="auto")
    usual = runs(*half_way_after(default, rates), init=TORCH_DEFAULT)
    found = Trial(200, own, best, usual=usual, fresh=True)
    assert (found.outcome, found.is_as_usual) == (SLOWER, excused)
    assert replace(found, fresh=False).is_as_usual


def test_a_change_must_make_up_half_of_the_lead_of_a_reference():
    def after(steps):
        return runs(falling(0.05, 60, steps))

    found = Trial(60, after(50), after(10))
    assert [found.is_made_up_by(after(steps)) for steps in (12, 28, 34, 50)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert Trial(60, after(12), after(10)).is_made_up_by(after(50))  # it trains


def test_the_sentence_names_what_was_tried():
    found = Trial(60, runs(falling(0.5)), runs(falling(0.02), init="auto"))
    assert "60 training steps" in found.words
    assert "the same network with weights drawn by initlab's init auto; its lowest" in found.words
    assert "The loss of the best constant prediction is 1. The loss half-way between" in found.words
    assert "random numbers as targets" not in found.words
    assert "same batch with random numbers as targets, at" in replace(found, random=True).words
    record = found.to_record()
    assert record["outcome"] == SLOWER
    assert len(record["runs"]) == 1


def test_a_loss_without_a_constant_is_held_against_the_first_losses_of_references():
    def train(name, rate):
        return iter(falling(0.9, 200))

    found = tried(train, [("auto", train)], None)
    assert "The lowest first loss of all references that were tried is " in found.words
    assert "best constant" not in found.words
    flat = Trial(60, runs([2.0] * 60), runs([2.0] * 60, init="auto"))
    assert flat.words.endswith(
        "The loss of the best constant prediction is 1. The reference did not get below this loss."
    )


def test_a_trial_ends_at_the_first_look_where_both_learn_soon():
    steps = []

    def train(losses):
        def begin(name, rate):
            for k, loss in enumerate(losses):
                steps.append(k)
                yield loss

        return begin

    soon, late = falling(0.05, 200, 6), falling(0.05, 200, 14)
    found = tried(train(soon), [("auto", train(soon))], FLOOR, fresh=True)
    assert (found.steps, found.outcome, max(steps)) == (20, TRAINS, 19)
    found = tried(train(late), [("auto", train(late))], FLOOR, fresh=True)
    assert (found.steps, found.outcome) == (30, TRAINS)


def test_of_references_that_are_all_above_the_constant_the_lowest_counts():
    def flat(loss):
        return lambda optimizer, rate: iter((loss,) * 200)

    others = [("far", flat(50.0)), ("near", flat(1.5)), ("farther", flat(90.0))]
    assert tried(flat(1e9), others, FLOOR, fresh=True).reference.init == "near"
