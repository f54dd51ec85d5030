"""Every verb, in the order that help lists them."""

from envgit.cli import (
    init,
    snapshot,
    tag,
    log,
    show,
    status,
    diff,
    checkout,
    run,
    verify,
    push,
    pull,
    clean,
    doctor,
    uninstall,
    demo,
    hook,
)
