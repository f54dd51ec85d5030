"""What a launcher starts: ``python -I -S entry.py SEARCH_PATH EVENT ARGUMENTS…``.

The launcher hands over the search path that `envgit init` saw, which spares every commit the start of the
``site`` module and keeps ``PYTHONPATH`` and the user's own packages out.
"""

import os
import sys

sys.path += sys.argv.pop(1).split(os.pathsep)

from envgit.githooks.run import main

sys.exit(main(sys.argv[1:], os.environ))
