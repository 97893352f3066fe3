"""A few training steps of a small dense network, every quantity kept, named and explained."""

from initlab.tracing.explanation import Row
from initlab.tracing.remarks import Remark
from initlab.tracing.step import Step
from initlab.tracing.trace import Trace, trace

__all__ = ["Remark", "Row", "Step", "Trace", "trace"]
