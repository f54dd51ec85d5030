"""Talk to a remote: what it has, what is fetched from it, what it takes; the one home of GitPython."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from envgit.errors import EnvgitError, UsageError
from envgit.redact import redact_text
from envgit.store.ending import end
from envgit.store.names import BRANCHES
from envgit.store.own_refs import is_ours
from envgit.store.shallow import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from envgit.store.git import Git

# Reasons that mean: somebody else was faster, look again. All others stand until somebody changes something.
_MOVED = (
    "fetch first",
    "non-fast-forward",
    "already exists",
    "failed to update ref",
    "incorrect old value",
    "cannot lock ref",
)
#: What keeps every program that Git may start from asking anybody anything.
_UNATTENDED = {"GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}
_BOILERPLATE = ("Please make sure you have the correct access rights", "and the repository exists.")


class Unreachable(EnvgitError):
    """A remote does not answer, or will not talk to this user."""

    kind = "unreachable"


class Progress(Protocol):
    """Where the progress that Git reports is shown."""

    def start(self, label: str, total: int, unit: str) -> None:
        """Begin a stage of ``total`` units, 0 when unknown."""

    def advance(self, n: int) -> None:
        """Report ``n`` more units as done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What a remote has: object names by ref of ours, and whether it has any branch at all."""

    refs: Mapping[str, str]
    begun: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a remote did not take a ref; ``moved``: because it changed meanwhile."""

    reason: str
    moved: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """One end that snapshots are shared with.

    ``address`` is what Git is given, ``name`` what people are shown. ``tracking`` is the folder of
    remote-tracking branches, None for a mere URL. With ``attended`` None, as in a hook, nobody is there to
    answer a prompt: all that would ask fails instead. Otherwise it holds the user's own variables. ``limit``
    is in seconds, for each time that the remote is asked.
    """

    git: Git
    name: str
    address: str
    tracking: str | None
    attended: Mapping[str, str] | None = None
    limit: float | None = None
    progress: Progress | None = None

    def listing(self) -> Listing:
        """What the remote has now.

        Raises:
            Unreachable: it cannot be asked.
        """
        code, rows, words = self._ask("ls-remote", "--heads", "--tags", "--refs", "--", self.address)
        if code:
            raise self._unreachable(words)
        refs = {ref: commit for commit, _, ref in (row.partition("\t") for row in rows)}
        return Listing(
            refs={ref: commit for ref, commit in refs.items() if is_ours(ref)},
            begun=any(ref.startswith("refs/heads/") for ref in refs),
        )

    def fetch(
        self,
        branches: Iterable[str],
        tags: Iterable[str],
        unnamed: Iterable[str] = (),
        *,
        whole: bool = False,
    ) -> str:
        """Fetch branches to their remote-tracking ones, tags as they are called, and the objects of others.

        ``whole`` brings also what a shallow clone has left out of them. No other ref moves, and no tag that
        exists here. Returns Git's words where a ref could not be written.

        Raises:
            Unreachable: the remote does not give them.
        """
        specs = [*unnamed, *(f"{ref}:{ref}" for ref in tags)]
        specs += [f"+{ref}:{tracked}" if (tracked := self.tracked(ref)) else ref for ref in branches]
        if not specs:
            return ""
        options = ("--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
        depth = (WHOLE,) if whole else ()
        command = ("fetch", *self._reporting, *options, *depth, "--refmap=", "--stdin", "--", self.address)
        code, _, words = self._ask(*command, stdin="".join(f"{spec}\n" for spec in specs))
        if code not in (0, 1):
            raise self._unreachable(words)
        return redact_text(" ".join(words)) if code else ""

    def push(self, refs: Iterable[str]) -> dict[str, Refusal]:
        """Push refs by their own names and never by force; what was refused.

        Raises:
            Unreachable: the remote does not answer.
        """
        options = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
        keyless = ("--no-signed",) if self.attended is None else ()  # a locked key would be asked for
        command = ("push", *self._reporting, *options, *keyless, "--", self.address)
        code, output, words = self._ask(*command, *(f"{ref}:{ref}" for ref in refs))
        rows = [row.split("\t") for row in output if row.startswith("!\t")]
        if code and not rows:
            raise self._unreachable(words)
        heard = self._own_words(words)
        return {
            spec.rpartition(":")[2]: Refusal(
                reason=redact_text(reason + heard), moved=any(sign in reason for sign in _MOVED)
            )
            for _, spec, reason in rows
        }

    def _own_words(self, words: Iterable[str]) -> str:
        """What a hook at the remote had to say."""
        said = (word.removeprefix("remote:").strip() for word in words if word.startswith("remote:"))
        told = " ".join(line for line in said if line and not line.startswith("error: hook declined"))
        return f" ({self.name} says: {told})" if told else ""

    def tracked(self, branch: str) -> str | None:
        """The remote-tracking ref of a branch."""
        return self.tracking + branch.removeprefix(BRANCHES) if self.tracking else None

    @property
    def _reporting(self) -> tuple[str, ...]:
        return ("--progress",) if self.progress else ()

    def _unreachable(self, words: Iterable[str]) -> Unreachable:
        limit = f" within {self.limit:g} seconds" if self.limit else ""
        heard = redact_text(" ".join(words)) or f"no answer{limit}"
        return Unreachable(f"cannot talk to {self.name}: {heard}", hint="git remote --verbose")

    def _ask(self, *arguments: str, stdin: str = "") -> tuple[int, list[str], list[str]]:
        """Exit code, lines of output, and what Git and the remote had to say."""
        from git.cmd import handle_process_output

        output: list[str] = []
        words: list[str] = []
        with (
            _holding(stdin) as told,
            subprocess.Popen(
                ("git", *arguments),
                cwd=self.git.cwd,
                env=self._environ(),
                stdin=told,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="surrogateescape",
                # Without a terminal of their own, neither Git nor ssh can ask for a password there.
                start_new_session=self.attended is None,
            ) as process,
            self._limited(process),
        ):
            hear = _listener(words, self.progress)
            handle_process_output(process, output.append, hear, decode_streams=False)
            return process.wait(), [line.rstrip("\n") for line in output], words

    def _environ(self) -> dict[str, str]:
        if self.attended is None:
            return self.git.environ | _UNATTENDED
        prompt = "GIT_TERMINAL_PROMPT"
        others = {name: value for name, value in self.git.environ.items() if name != prompt}
        return others | ({prompt: self.attended[prompt]} if prompt in self.attended else {})

    @contextmanager
    def _limited(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """End Git when its time is over, and when we are interrupted."""
        timer = threading.Timer(self.limit, self._end, (process,)) if self.limit else None
        if timer is not None:
            timer.start()
        try:
            yield
        except BaseException:
            self._end(process)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def _end(self, process: subprocess.Popen[str]) -> None:
        """End Git, and where it has a session of its own also what it started: that holds the pipes open."""
        end(process, group=self.attended is None)


def find_remote(git: Git, word: str | None, *, pushing: bool = False) -> tuple[Remote, ...]:
    """The remote that a word names: all its addresses for a push, which may have several.

    Args:
        git: the repository.
        word: the name of a remote, a URL or a path; left out: the one of the current branch, else
            ``origin``, else the only one.
        pushing: whether to push to it, rather than to fetch.

    Raises:
        UsageError: there is no such remote, or it cannot be told which.
    """
    names = git.line("remote").split()
    word = word or _default(git, names, pushing=pushing)
    if word not in names:
        return (_by_address(git, word),)
    fetching = git.line("remote", "get-url", word).split("\n")[:1]
    urls = git.line("remote", "get-url", "--push", "--all", word).split("\n") if pushing else fetching
    # By its name, where that is the same: settings of the remote's own (a proxy) go by it.
    addresses = [word] if urls == fetching else urls
    tracking = f"refs/remotes/{word}/envgit/"
    return tuple(Remote(git=git, name=word, address=address, tracking=tracking) for address in addresses)


def _default(git: Git, names: list[str], *, pushing: bool) -> str:
    branch = git.find("symbolic-ref", "--quiet", "HEAD")
    field = f"%({'push' if pushing else 'upstream'}:remotename)"
    own = git.line("for-each-ref", f"--format={field}", branch) if branch else ""
    for name in (own, "origin"):
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    if not names:
        raise UsageError("this repository has no remote", hint="git remote add origin <URL>")
    raise UsageError(f"which remote? There are {', '.join(names)}", hint="give its name")


def _by_address(git: Git, word: str) -> Remote:
    if word.startswith("-") or not (set(word) & set(":/\\") or os.path.isdir(word)):
        raise UsageError(f"there is no remote called {word!r}", hint="git remote --verbose")
    # Git runs at the top of the work tree, the user wherever they are.
    address = os.path.abspath(word) if os.path.isdir(word) else word
    return Remote(git=git, name=redact_text(word), address=address, tracking=None)


@contextmanager
def _holding(text: str) -> Iterator[IO[bytes]]:
    """A file to read from: unlike a pipe, it can be left half read."""
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        yield file


def _listener(words: list[str], progress: Progress | None) -> Callable[[str], None]:
    """What takes each line of Git's stderr: progress to where it is shown, all else to ``words``."""
    from git import RemoteProgress

    stages = {
        RemoteProgress.COUNTING: "Counting",
        RemoteProgress.COMPRESSING: "Compressing",
        RemoteProgress.WRITING: "Sending",
        RemoteProgress.RECEIVING: "Receiving",
        RemoteProgress.RESOLVING: "Resolving",
    }

    class Reported(RemoteProgress):
        """Git's reports, which count up, as steps."""

        stage, done = "", 0

        def update(
            self,
            op_code: int,
            cur_count: str | float,
            max_count: str | float | None = None,
            message: str = "",
        ) -> None:
            stage = stages.get(op_code & self.OP_MASK, "Preparing")
            if progress is None:
                return
            if stage != self.stage:
                progress.start(stage, int(max_count or 0), "objects")
                self.stage, self.done = stage, 0
            progress.advance(int(cur_count or 0) - self.done)
            self.done = int(cur_count or 0)

    reports = Reported()
    take = reports.new_message_handler()

    def hear(line: str) -> None:
        told = len(reports.error_lines) + len(reports.other_lines)
        take(line)
        if len(reports.error_lines) + len(reports.other_lines) > told and line.strip() not in (
            "",
            *_BOILERPLATE,
        ):
            words.append(line.strip())

    return hear
