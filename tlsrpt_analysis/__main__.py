"""The command line as ``python -m tlsrpt_analysis``."""

import sys

from tlsrpt_analysis.cli import main

sys.exit(main())
