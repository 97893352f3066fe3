"""A few training steps of a small dense network, every quantity kept, named and explained."""

from initlab.tracing.explanation import Row as Row
from initlab.tracing.remarks import Remark as Remark
from initlab.tracing.step import Step as Step
from initlab.tracing.trace import Trace as Trace
from initlab.tracing.trace import trace as trace
