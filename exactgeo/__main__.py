"""`python -m exactgeo`."""

import sys

from exactgeo.cli import main

sys.exit(main())
