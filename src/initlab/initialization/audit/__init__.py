"""Where the numbers of a model most likely came from, and what is wrong, without a receipt."""

from initlab.initialization.audit.auditing import Audit as Audit
from initlab.initialization.audit.auditing import AuditRow as AuditRow
from initlab.initialization.audit.auditing import audit as audit
from initlab.initialization.audit.finding import Finding as Finding
