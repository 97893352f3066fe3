"""An old notebook or script -> a copy that runs here, and what was changed and why."""

from initlab.teaching.repair.repairing import repair_notebook as repair_notebook
