"""What a launcher starts: ``python -I -S entry.py SEARCH_PATH EVENT ARGUMENTS…``.

The launcher hands over the search path that `envgit init` saw, which spares every commit the start of the
``site`` module and keeps ``PYTHONPATH`` and the user's own packages out.
"""

import gc
import os
import sys

gc.disable()  # a hook ends before there is anything worth collecting
sys.path += sys.argv.pop(1).split(os.pathsep)

try:
    if sys.argv[1] == "textconv":
        from envgit.githooks.textconv import main
    else:
        from envgit.githooks.run import main
except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a broken envgit must not show in a commit
    reason = f"{type(error).__name__}: {error}".replace("\n", " ")
    sys.exit(f"envgit: cannot start ({reason}), nothing was done; run: envgit init")

# At once: whoever reads what was said may be slow, and there is nothing to tidy up.
os._exit(main(sys.argv[1:], os.environ))
