"""Who vouches for a baseline: the signature of its tag, as Git checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from envgit.errors import InvalidName
from envgit.store.git import GitFailed
from envgit.store.names import BASELINES, baseline_ref

if TYPE_CHECKING:
    from envgit.store.git import Git

#: ``unknown``: not by a key that is known and trusted here, or it cannot be checked here.
Verdict = Literal["good", "bad", "unknown"]

# What gpg (its status lines) and ssh-keygen say of a signature that is not of this text, or of a revoked key.
_BAD = ("[GNUPG:] BADSIG", "[GNUPG:] REVKEYSIG", "Could not verify signature")


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """What is to be thought of the signature of a baseline; ``words`` say why where it is not good."""

    baseline: str
    verdict: Verdict
    words: str = ""


def signature_of(git: Git, rev: str) -> Signature | None:
    """The signature of the baseline that ``rev`` names, None where it names none, or it is not signed."""
    try:
        ref = baseline_ref(rev)
    except InvalidName:
        return None
    said = git.line("for-each-ref", "--format=%(tag)%00%(contents:signature)", ref)
    name, _, signature = said.partition("\0")
    if not signature:
        return None
    baseline = ref.removeprefix(BASELINES)
    if f"refs/tags/{name}" != ref:  # a signed tag stays well signed under another name
        return Signature(baseline=baseline, verdict="bad", words=f"it was made for {name}")
    try:
        git.run("verify-tag", "--raw", ref)
    except GitFailed as failed:
        bad = any(words in failed.stderr for words in _BAD)
        for_people = [line for line in failed.stderr.splitlines() if not line.startswith("[GNUPG:]")]
        words = " ".join(for_people) or ("it is of something else" if bad else "its key is not known here")
        return Signature(baseline=baseline, verdict="bad" if bad else "unknown", words=words)
    return Signature(baseline=baseline, verdict="good")
