"""Say which changes of a drift a policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.drift.sentences import change_in_words

if TYPE_CHECKING:
    from envgit.model import Drift

#: Policies of one switch by the subject that it goes by.
_SWITCHES = {
    "python": "Python",
    "blas": "BLAS",
    "cuda": "CUDA",
    "cudnn": "cuDNN",
    "mpi": "MPI",
    "openmp": "OpenMP",
}
#: ``any`` drift at all, a ``major`` step of a version up or down, or one switch.
POLICIES = ("any", "major", *_SWITCHES)


def breaches(drift: Drift, policy: str) -> tuple[str, ...]:
    """What breaches a policy, a sentence each; nothing where the drift keeps it.

    Args:
        drift: From the environment that was agreed on to the one in question.
        policy: One of :data:`POLICIES`.
    """
    if policy in _SWITCHES:
        return tuple(d.sentence for d in drift.switches if d.subject == _SWITCHES[policy])
    if policy == "major":
        return tuple(change_in_words(change) for change in drift.changes if change.magnitude == "major")
    return (
        *(change_in_words(change) for change in drift.changes),
        *(difference.sentence for difference in drift.differences),
    )
