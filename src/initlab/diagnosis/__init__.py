"""Any network before training -> what its layers do to signals and gradients, and what is wrong."""

from initlab.diagnosis.diagnosis import Diagnosis as Diagnosis
from initlab.diagnosis.finding import Finding as Finding
