"""What is asked for and what came of it, as frozen records that go to JSON and back."""

from initlab.records.cell import CANCELLED as CANCELLED
from initlab.records.cell import DIVERGED as DIVERGED
from initlab.records.cell import FINISHED as FINISHED
from initlab.records.cell import Cell as Cell
from initlab.records.cell import CellSpec as CellSpec
from initlab.records.cell import UnitHealth as UnitHealth
from initlab.records.diagnosis import InitDiagnosis as InitDiagnosis
from initlab.records.diagnosis import InitFinding as InitFinding
from initlab.records.problem import ModuleNetwork as ModuleNetwork
from initlab.records.problem import Problem as Problem
from initlab.records.record import Record as Record
from initlab.records.study import Study as Study
from initlab.records.training import Training as Training
