"""A trial decides how severe a finding is, and finds what figures do not show."""

from __future__ import annotations

from dataclasses import replace

from initlab.diagnosis.against import Difference
from initlab.diagnosis.finding import NOTE, SLOWS, STOPS, SUSPECT, Finding
from initlab.diagnosis.judging import ALONE, ELSEWHERE, judged
from initlab.diagnosis.runs import Run, Runs
from initlab.diagnosis.trial import SLOWER_THAN, TRAINS, Trial


def finding(name="vanishing_signal", severity=SLOWS):
    return Finding(name, severity, ("1",), "Figures.", "Effect.", "Fix.")


def trial(own, reference=0.01, *, random=False):
    """A network whose loss comes to a value, and its reference, from 1."""

    def runs(init, to):
        return Runs(init, (Run("sgd", 0.1, (1.0, *[to] * 30)),), 1.0)

    return Trial(31, runs("", own), runs("auto", reference), random)


def severities(found):
    return {one.name: one.severity for one in found}


def test_what_trains_all_the_same_is_a_note():
    assert severities(judged([finding()], trial(0.01))) == {"vanishing_signal": NOTE}


def test_what_does_not_train_is_stopped():
    assert severities(judged([finding()], trial(0.9))) == {"vanishing_signal": STOPS}


def hinting(own=(0.01, 0.01, 0.9), reference=(0.01, 0.01, 0.01)):
    """A trial in which a network trains, though fewer rates serve it than its reference."""

    def runs(init, ends):
        return Runs(init, tuple(Run("sgd", 0.1, (1.0, *[to] * 30)) for to in ends), 1.0)

    return Trial(31, runs("", own), runs("auto", reference))


def test_what_begins_too_large_is_forgiven_only_where_nothing_hints_at_it():
    for name, severity in (("exploding_signal", SLOWS), ("vanishing_signal", NOTE)):
        assert severities(judged([finding(name)], hinting())) == {name: severity}
        assert severities(judged([finding(name)], trial(0.01))) == {name: NOTE}


def test_what_takes_long_to_undo_is_not_forgiven():
    one = replace(finding("large_initial_loss"), stays=True)
    assert severities(judged([one], trial(0.01))) == {"large_initial_loss": SLOWS}


def test_a_chaotic_network_that_learns_one_batch_is_not_forgiven():
    assert severities(judged([finding("chaotic")], trial(0.01))) == {"chaotic": SLOWS}
    small = [finding("chaotic"), finding("vanishing_signal")]  # gradients over small outputs
    assert severities(judged(small, trial(0.01))) == dict.fromkeys(
        ("chaotic", "vanishing_signal"), NOTE
    )


def test_one_that_trains_as_by_default_is_not_sick_without_a_figure():
    slower = hinting((0.01, 0.9, 0.9))
    assert severities(judged([finding(severity=SUSPECT)], slower)) == {"vanishing_signal": SLOWS}
    usual = replace(slower, usual=replace(slower.own, init="PyTorch's default"))
    assert judged([finding(severity=SUSPECT)], usual) == ()
    assert severities(judged([finding()], usual)) == {"vanishing_signal": SLOWS}


def test_a_lag_towards_random_values_confirms_only_what_is_certain():
    for own, severity, wanted in (
        (0.3, SLOWS, NOTE), (0.3, STOPS, SLOWS), (0.46, SLOWS, SLOWS), (0.9, SLOWS, STOPS),
    ):  # fmt: skip
        one = finding("no_gradient", severity)
        assert severities(judged([one], trial(own, random=True))) == {"no_gradient": wanted}
    assert severities(judged([finding()], trial(0.3))) == {"vanishing_signal": SLOWS}


def test_a_suspect_is_told_only_where_training_shows_that_something_is_wrong():
    one = finding(severity=SUSPECT)
    assert judged([one], None) == ()
    assert judged([one], trial(0.01)) == ()
    assert severities(judged([one], trial(0.9))) == {"vanishing_signal": STOPS}
    assert severities(judged([finding("dead_units"), one], trial(0.9))) == {"dead_units": STOPS}


def test_training_shows_what_no_figure_does():
    assert severities(judged([], trial(0.9))) == {"does_not_train": STOPS}
    assert severities(judged([], trial(0.3))) == {"trains_slowly": SLOWS}
    assert judged([], trial(0.01)) == ()


def test_a_small_lead_towards_random_values_says_nothing():
    assert judged([], trial(0.3, random=True)) == ()
    assert judged([], trial(0.6, random=True)) == ()  # two fifths of the way
    assert severities(judged([], trial(0.9, random=True))) == {"does_not_train": STOPS}


def test_parameters_that_the_reference_does_not_reach_either_are_no_cause_where_it_trains():
    one = finding("unreached_parameters", NOTE)
    wanted = {"does_not_train": STOPS, "unreached_parameters": NOTE}
    assert severities(judged([one], trial(0.9))) == wanted
    nothing = replace(trial(0.95, 0.95), steps=200, fresh=True)
    assert severities(judged([one], nothing)) == {"unreached_parameters": STOPS}


def difference(**given):
    return Difference("exploding_signal", ("4",), "4 is large.", ("4",), plain=True, **given)


def test_what_alone_mends_the_network_is_named_beside_what_is_certain():
    one = replace(finding("bounded_outputs"), stays=True)
    found = judged([one], trial(0.9), alone=difference(alone=True))
    assert severities(found) == {"bounded_outputs": SLOWS, "exploding_signal": STOPS}
    assert (found[0].evidence, found[0].effect) == ("4 is large.", f"{ALONE} better.")
    asked = []
    found = judged([one], trial(0.9), lambda: asked.append(1))
    assert severities(found) == {"bounded_outputs": SLOWS}
    assert not asked  # what is certain needs no measurements of references


def test_only_the_place_that_alone_mends_the_network_is_named():
    wide = replace(finding("vanishing_gradient"), where=("2.weight", "4.weight", "4.bias"),
                   layers=("2", "4"))  # fmt: skip
    late = replace(finding("large_initial_loss"), stays=True)  # at layer 1
    found = judged([wide, late], trial(0.9), alone=difference(alone=True))
    assert {one.name: (one.severity, one.where) for one in found} == {
        "vanishing_gradient": (STOPS, ("4.weight", "4.bias")),
        "large_initial_loss": (NOTE, ("1",)),
    }
    assert found[0].layers == ("4",)
    assert found[0].fix.startswith("Draw only layer 4 anew")  # no place that is not named
    assert (found[1].effect, found[1].fix) == (ELSEWHERE.format("layer 4", "better."), "")
    nameless = replace(difference(alone=True), name="")
    found = judged([late], trial(0.9), alone=nameless)  # the only name of what is wrong
    assert severities(found) == {"large_initial_loss": SLOWS, "does_not_train": STOPS}


def test_a_network_that_is_only_later_trains_faster_with_other_weights():
    half = [Run("sgd", 0.1, (1.0,) * k + (0.01,) * (60 - k)) for k in (45, 10)]
    late = Trial(60, *(Runs("auto", (one,), 1.0) for one in half), fresh=True)
    assert late.outcome == SLOWER_THAN
    assert judged([], late)[0].effect == "With other weights the same network trains faster."
    assert judged([], trial(0.9))[0].effect == "With other weights the same network trains better."


def test_on_fresh_batches_a_large_first_loss_is_forgiven_where_the_network_trains():
    one = replace(finding("large_initial_loss"), stays=True)
    fresh = replace(trial(0.01), fresh=True)
    assert severities(judged([one], fresh)) == {"large_initial_loss": NOTE}


def test_small_signals_stay_where_the_network_is_both_late_and_served_by_few_rates():
    def late(steps, rates):
        def half(k):
            return (1.0,) * k + (0.01,) * (200 - k)

        own = [*[half(steps)] * rates, *[(1.0,) * 200] * (3 - rates)]
        reference = [half(20)] * 3

        def runs(init, each):
            return Runs(init, tuple(Run("sgd", 0.1, one) for one in each), 1.0)

        return Trial(200, runs("", own), runs("auto", reference), fresh=True)

    for name, steps, rates, severity in (
        ("vanishing_signal", 42, 2, SLOWS), ("vanishing_signal", 42, 3, NOTE),
        ("vanishing_signal", 22, 2, NOTE), ("sharp_attention", 42, 2, NOTE),
        ("large_initial_loss", 42, 2, NOTE),
    ):  # fmt: skip
        assert late(steps, rates).outcome == TRAINS
        assert severities(judged([finding(name)], late(steps, rates))) == {name: severity}
    huge = replace(finding("large_initial_loss"), stays=True)
    assert severities(judged([huge], late(42, 2))) == {"large_initial_loss": SLOWS}
    assert severities(judged([huge], late(42, 3))) == {"large_initial_loss": NOTE}


def test_nothing_is_late_beside_a_reference_that_learned_next_to_nothing():
    assert not replace(trial(0.3, 0.93), fresh=True).hints_twice


def test_where_only_an_init_on_data_trains_it_is_the_one_to_draw_by():
    found = judged([], trial(0.9))
    assert "auto" in found[0].fix
    on_data = trial(0.9)
    on_data = replace(on_data, reference=replace(on_data.reference, init="lsuv"))
    assert "lsuv" in judged([], on_data)[0].fix


def test_what_is_not_finite_stops_whatever_was_tried():
    one = finding("not_finite", STOPS)
    assert severities(judged([one], trial(0.01))) == {"not_finite": STOPS}


def test_where_the_reference_learns_nothing_the_figures_stand():
    assert severities(judged([finding()], trial(0.95, 0.95))) == {"vanishing_signal": SLOWS}
    assert judged([finding(severity=SUSPECT)], trial(0.95, 0.95)) == ()
    assert judged([], trial(1.5, 1.5)) == ()


def test_the_worst_stands_first():
    found = judged([finding("a", NOTE), finding("b", SLOWS), finding("c", STOPS)], None)
    assert [one.name for one in found] == ["c", "b", "a"]
