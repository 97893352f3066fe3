"""Where the numbers of a model most likely came from, and what is wrong, without a receipt."""

from initlab.initialization.audit.auditing import audit as audit
from initlab.initialization.audit.finding import Finding as Finding
from initlab.initialization.audit.record import Audit as Audit
from initlab.initialization.audit.record import AuditRow as AuditRow
