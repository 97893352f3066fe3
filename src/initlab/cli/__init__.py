"""The command line: ``initlab compare``, ``inits``, ``show``; the same words as in Python."""
