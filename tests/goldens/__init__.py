"""Numbers that initlab gave at one commit, and tests that it still gives them.

Only the public API is used: these tests hold whatever the internal modules are called. A number
that moves on purpose is a "results change" in the CHANGELOG, and is written anew by

    python -m tests.goldens.write

from the root of the repository (PyTorch is needed). The two files in ``stored`` are never written
anew: they are what an older initlab left on users' disks.
"""
