"""What runs inside the sandbox: Python and NumPy only, nothing of initlab around it.

The child process loads this folder as a top-level package, so its modules import one another
relatively.
"""
