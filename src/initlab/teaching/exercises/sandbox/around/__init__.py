"""What runs around the sandbox, between it and the checker: Python alone, nothing of initlab.

The keeper loads this folder as a top-level package, so its modules import one another relatively.
"""
