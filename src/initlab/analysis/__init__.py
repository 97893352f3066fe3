"""Cells of a comparison -> summary, differences, words, and the file that keeps them."""

from initlab.analysis.analysis import Analysis as Analysis
from initlab.analysis.command import EQUAL_INPUTS as EQUAL_INPUTS
from initlab.analysis.command import command_line as command_line
from initlab.analysis.command import next_command as next_command
from initlab.analysis.difference import Difference as Difference
from initlab.analysis.difference import differences as differences
from initlab.analysis.explanation import chance_loss as chance_loss
from initlab.analysis.explanation import explain as explain
from initlab.analysis.failing import BaseRate as BaseRate
from initlab.analysis.failing import Failure as Failure
from initlab.analysis.init_summary import InitSummary as InitSummary
from initlab.analysis.init_summary import Units as Units
from initlab.analysis.paired import signed_rank_p as signed_rank_p
from initlab.analysis.rates import RateScore as RateScore
from initlab.analysis.rates import choose_rates as choose_rates
from initlab.analysis.statistics import Scores as Scores
from initlab.analysis.statistics import Spread as Spread
from initlab.analysis.statistics import bootstrap_interval as bootstrap_interval
from initlab.analysis.statistics import holm as holm
from initlab.analysis.statistics import interquartile_mean as interquartile_mean
from initlab.analysis.statistics import summarize_scores as summarize_scores
from initlab.analysis.statistics import wilson_interval as wilson_interval
from initlab.analysis.storage import document as document
from initlab.analysis.storage import read_study as read_study
from initlab.analysis.storage import write_study as write_study
from initlab.analysis.summary import summarize as summarize
from initlab.analysis.verdict import INTERVAL_NOTE as INTERVAL_NOTE
from initlab.analysis.verdict import PAIRED_NOTE as PAIRED_NOTE
from initlab.analysis.verdict import WINNER_NOTE as WINNER_NOTE
from initlab.analysis.verdict import Verdict as Verdict
from initlab.analysis.verdict import judge as judge
from initlab.analysis.verdict import median_words as median_words
from initlab.analysis.verdict import ranking as ranking
from initlab.analysis.verdict import seeds_words as seeds_words
from initlab.analysis.verdict import unlike_medians as unlike_medians
from initlab.moved import moved
from initlab.networks.metrics import higher_is_better as higher_is_better

__getattr__ = moved("initlab.analysis", {"StartSummary": "initlab.analysis.InitSummary"})
