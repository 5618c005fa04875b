"""The command line of the local cluster."""

import sys

from localcluster.cli import main

sys.exit(main())
