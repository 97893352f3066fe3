"""Study -> its cells: expanded in one place, run in threads, processes or on a cluster."""

from initlab.study.dense_problem import DenseProblem as DenseProblem
from initlab.study.events import CellBegun as CellBegun
from initlab.study.events import CellDone as CellDone
from initlab.study.events import CellFailed as CellFailed
from initlab.study.events import Compiling as Compiling
from initlab.study.events import Event as Event
from initlab.study.events import Frame as Frame
from initlab.study.events import Progress as Progress
from initlab.study.events import Waiting as Waiting
from initlab.study.executors import Run as Run
from initlab.study.expansion import expand as expand
from initlab.study.loaded import LoadedProblem as LoadedProblem
from initlab.study.run_cell import run_block as run_block
from initlab.study.run_cell import run_cell as run_cell
