"""``python -m helpers``: the course's objects on any cluster, from a command line."""

from __future__ import annotations

import sys

from helpers.cli.commands import main

if __name__ == "__main__":
    sys.exit(main())
