"""What is asked for and what came of it, as frozen records that go to JSON and back."""

from initlab.records.cell import CANCELLED as CANCELLED
from initlab.records.cell import DIVERGED as DIVERGED
from initlab.records.cell import FINISHED as FINISHED
from initlab.records.cell import Cell as Cell
from initlab.records.cell import UnitHealth as UnitHealth
from initlab.records.study import Study as Study
from initlab.records.training import TrainingPlan as TrainingPlan
