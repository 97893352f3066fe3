"""``python -m initlab`` is ``initlab``; a Ctrl-C while it is imported is said too."""

import sys


def run() -> None:
    """Import the command line and run it."""
    try:
        from initlab.cli.main import main
    except KeyboardInterrupt:
        print("initlab: interrupted.", file=sys.stderr)
        sys.exit(130)
    main()


if __name__ == "__main__":
    run()
