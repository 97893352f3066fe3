"""What a network begins from: rules and seeds in, parameters set, a report of each one out.

dense (draw_network) and module (initialize) -> assignments -> writing -> report.
"""

from initlab.initialization.case import Case as Case
from initlab.initialization.case import Start as Start
from initlab.initialization.case import parse_init as parse_init
from initlab.initialization.dense import draw_network as draw_network
from initlab.initialization.dense import network_distributions as network_distributions
from initlab.initialization.dense import parameter_shapes as parameter_shapes
from initlab.initialization.module import initialize as initialize
from initlab.initialization.recipes import recipe as recipe
from initlab.initialization.recipes import recipes as recipes
from initlab.initialization.report import Initialized as Initialized
from initlab.initialization.report import ParameterRow as ParameterRow
from initlab.initialization.rules import Rules as Rules
from initlab.initialization.rules import rules as rules
from initlab.moved import moved

__getattr__ = moved(
    "initlab.initialization",
    {
        "network_laws": "initlab.initialization:network_distributions",
        "parse_start": "initlab.initialization:parse_init",
    },
)
