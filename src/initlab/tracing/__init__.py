"""A few training steps of a small dense network, every quantity kept, named and explained."""

from initlab.tracing.trace import Trace as Trace
from initlab.tracing.trace import trace as trace
