"""What the user configured, from Git's own configuration: never from a tracked file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envgit.errors import EnvgitError
from envgit.store.surroundings import LIST_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from envgit.store.git import Git

#: What can install conda packages: ``auto`` is envgit's own, the others are the user's programs.
ENGINES = ("auto", "rattler", "conda", "mamba", "micromamba")
#: For whom Git's diff shows drift in place of text: who reads it in a pager, everybody, or nobody.
READERS = ("pager", "always", "never")


class BadSetting(EnvgitError):
    """A setting holds a value that means nothing."""

    kind = "bad-setting"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """``envgit.*`` of Git's configuration.

    ``prefixes`` binds logical environment names to prefixes, a relative one to the top of the work tree.
    ``mirrors`` are pairs of canonical and mirror URL prefixes, ``archives`` folders or URLs that hold
    channels and an index, ``engine`` is one of `ENGINES`. ``variables`` are patterns of the variables whose
    values may be recorded. ``deadline`` is in seconds. ``resolve`` tells whether indexes are asked for the
    files of a new baseline. ``diff`` is one of `READERS`. ``restore`` may have been set anywhere:
    `may_restore` tells whether it counts.
    """

    prefixes: tuple[tuple[str, str], ...] = ()
    autotag: bool = True
    resolve: bool = True
    gate: bool = False
    push: bool = False
    restore: bool = False
    diff: str = "pager"
    link_scripts: bool = False
    deadline: float = 5.0
    mirrors: tuple[tuple[str, str], ...] = ()
    archives: tuple[str, ...] = ()
    engine: str = "auto"
    compile_bytecode: bool = False
    variables: tuple[str, ...] = ()
    cache: str | None = None


def read_settings(git: Git, *, printed: bytes | None = None, problems: list[str] | None = None) -> Settings:
    """All settings in one Git start, or from what it ``printed`` already.

    What is wrong with them goes to ``problems``, where that is given.

    Raises:
        BadSetting: a value means nothing; the message names the setting.
    """
    if printed is None:
        printed = git.run(*LIST_SETTINGS, accept=(0, 1))
    entries = (entry.partition("\n") for entry in os.fsdecode(printed).split("\0"))
    return settings_of(((key, value) for key, _, value in entries), problems=problems)


def settings_of(entries: Iterable[tuple[str, str]], *, problems: list[str] | None = None) -> Settings:
    """What pairs of key (``envgit.gate``) and value say; of one that is single-valued the last one counts.

    With ``problems``, a setting whose value means nothing has its default, and is noted there.

    Raises:
        BadSetting: a value means nothing; the message names the setting.
    """
    values: dict[str, list[str]] = {}
    for key, value in entries:
        values.setdefault(key.removeprefix("envgit."), []).append(value)
    last = {key: found[-1] for key, found in values.items()}
    prefixes = {key.removesuffix(".prefix"): value for key, value in last.items() if key.endswith(".prefix")}
    readers: dict[str, Callable[[], Any]] = {
        "autotag": lambda: _choice(last, "autotag", ("changed", "never")) == "changed",
        "resolve": lambda: _choice(last, "resolve", ("tag", "never")) == "tag",
        "gate": lambda: _choice(last, "gate", ("never", "drift")) == "drift",
        "push": lambda: _flag(last, "push"),
        "restore": lambda: _flag(last, "restore"),
        "diff": lambda: _choice(last, "diff", READERS),
        "link_scripts": lambda: _flag(last, "linkscripts"),
        "deadline": lambda: _seconds(last, "deadline", Settings().deadline),
        "engine": lambda: _choice(last, "engine", ENGINES),
        "compile_bytecode": lambda: _flag(last, "compilebytecode"),
        "mirrors": lambda: tuple(_mirror(value) for value in values.get("mirror", ())),
    }
    meant: dict[str, Any] = {}
    for name, read in readers.items():
        try:
            meant[name] = read()
        except BadSetting as bad:
            if problems is None:
                raise
            problems.append(f"{bad.message} ({bad.hint})")
    return Settings(
        prefixes=tuple(sorted(prefixes.items())),
        variables=tuple(pattern for value in values.get("variables", ()) for pattern in value.split()),
        archives=tuple(values.get("archive", ())),
        cache=last.get("cache"),
        **meant,
    )


def may_restore(git: Git) -> bool:
    """Whether this clone's own configuration file says ``envgit.restore``.

    It lets a checkout install software, so it is a decision about one clone: what the user or the system
    set for all of them does not count, nor does a file that is included, which may be a tracked one.
    """
    own = ("config", "--local", "--no-includes", "--type=bool", "--get", "envgit.restore")
    return git.find(*own) == "true"


def _choice(values: dict[str, str], key: str, choices: tuple[str, ...]) -> str:
    value = values.get(key, choices[0]).lower()
    if value not in choices:
        raise BadSetting(f"envgit.{key} is {value!r}", hint=f"git config envgit.{key} {' | '.join(choices)}")
    return value


def _flag(values: dict[str, str], key: str) -> bool:
    value = values.get(key, "false").lower()
    if value not in ("true", "yes", "on", "1", "", "false", "no", "off", "0"):
        raise BadSetting(f"envgit.{key} is {value!r}", hint=f"git config envgit.{key} true | false")
    return value in ("true", "yes", "on", "1", "")


def _seconds(values: dict[str, str], key: str, default: float) -> float:
    try:
        seconds = float(values.get(key, default))
    except ValueError:
        seconds = -1
    if not 0 < seconds < 3600:
        raise BadSetting(f"envgit.{key} is {values[key]!r}", hint=f"git config envgit.{key} {default:g}")
    return seconds


def _mirror(value: str) -> tuple[str, str]:
    parts = value.split()
    if len(parts) != 2:
        raise BadSetting(
            f"envgit.mirror is {value!r}",
            hint="git config --add envgit.mirror '<canonical URL> <mirror URL>'",
        )
    return parts[0].rstrip("/") + "/", parts[1].rstrip("/") + "/"
