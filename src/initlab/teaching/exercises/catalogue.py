"""Id -> exercise, in the order in which they are taught."""

from __future__ import annotations

from initlab.teaching.exercises.exercise import Exercise
from initlab.teaching.exercises.tasks import choice, circles_data, inits, layer_rules, tanh_network
from initlab.validation import one_of

EXERCISES: dict[str, Exercise] = {
    one.id: one
    for one in (
        circles_data.DATASET,
        circles_data.PREPROCESS,
        inits.ZEROS,
        inits.RANDOM,
        inits.HE,
        layer_rules.GENERAL_RULE,
        layer_rules.WEIGHTS_INIT_NORMAL,
        layer_rules.DEFAULT_START,
        choice.BEST_START,
        tanh_network.SYMMETRIC_CASE,
        tanh_network.GRADIENT_STEP,
    )
}


def exercise(id: str) -> Exercise:
    """Return an exercise; shown or printed, it states its task.

    Args:
        id: one of :data:`EXERCISES`.

    Raises:
        ArgumentError: there is none of that name.

    Example:
        >>> exercise("he").function
        'initialize_parameters_he'
    """
    return EXERCISES[one_of("exercise", id, list(EXERCISES))]
