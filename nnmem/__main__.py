"""``python -m nnmem`` is the ``nnmem`` command."""

import sys

from nnmem.cli import main

sys.exit(main())
