"""Cells of a comparison -> summary, differences, words, and the file that keeps them."""

from initlab.analysis.analysis import Analysis as Analysis
from initlab.analysis.command import EQUAL_INPUTS as EQUAL_INPUTS
from initlab.analysis.command import command_line as command_line
from initlab.analysis.difference import Difference as Difference
from initlab.analysis.explanation import chance_loss as chance_loss
from initlab.analysis.init_summary import InitSummary as InitSummary
from initlab.analysis.statistics import Scores as Scores
from initlab.analysis.statistics import Spread as Spread
from initlab.analysis.storage import document as document
from initlab.analysis.storage import read_study as read_study
from initlab.analysis.storage import write_study as write_study
from initlab.analysis.verdict import INTERVAL_NOTE as INTERVAL_NOTE
from initlab.analysis.verdict import PAIRED_NOTE as PAIRED_NOTE
from initlab.analysis.verdict import WINNER_NOTE as WINNER_NOTE
from initlab.analysis.verdict import Verdict as Verdict
from initlab.analysis.verdict import ranking as ranking
from initlab.analysis.verdict import seeds_words as seeds_words
from initlab.analysis.verdict import unlike_medians as unlike_medians
from initlab.moved import moved

__getattr__ = moved("initlab.analysis", {"StartSummary": "initlab.analysis.InitSummary"})
