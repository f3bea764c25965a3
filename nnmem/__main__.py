"""``python -m nnmem`` is the ``nnmem`` command."""

import sys

try:
    from nnmem.cli import main
except KeyboardInterrupt:  # stopped before there is a command
    print("nnmem: stopped", file=sys.stderr)
    sys.exit(130)

sys.exit(main())
