"""``python -m initlab`` is ``initlab``."""

from initlab.cli.main import main

main()
