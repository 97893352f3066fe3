"""Old home of cells and what they show: its names live in records/ and analysis/ now."""

from __future__ import annotations

from initlab.moved import moved

_RECORDS = ("CANCELLED", "DIVERGED", "FINISHED", "Cell", "Study", "UnitHealth")
_ANALYSIS = (
    "INTERVAL_NOTE", "Difference", "RateScore", "Scores", "Spread", "StartSummary", "Units",
    "bootstrap_interval", "chance_loss", "choose_rates", "command_line", "differences", "document",
    "explain", "higher_is_better", "holm", "interquartile_mean", "judge", "next_command",
    "ranking", "read_study", "summarize", "summarize_scores",
    "write_study",
)  # fmt: skip
_HOME = {
    **dict.fromkeys(_RECORDS, "initlab.records"),
    **dict.fromkeys(_ANALYSIS, "initlab.analysis"),
    "StudyRecord": "initlab.analysis.Analysis",
}
__getattr__ = moved("initlab.results", _HOME)
