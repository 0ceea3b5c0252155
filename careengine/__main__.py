"""`python -m careengine` is the same program as `careengine`."""

import sys

from careengine.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
