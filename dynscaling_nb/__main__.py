"""`python -m dynscaling_nb`."""

import sys

from dynscaling_nb.cli import main

sys.exit(main())
