"""requirements.txt: the Python layer as pip takes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.pip.line import hash_option, line_of
from envgit.formats.syntax.text import bounded, decode_text, lines_of, one_line
from envgit.model import Distribution, Environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def encode(environment: Environment) -> str:
    """Return the distributions that come from a package index, ``name==version --hash=…`` a line.

    One hash makes pip want them all: where not all are known, each is a comment.
    """
    indexed = [d for d in environment.additions if d.source is None]
    mark = " " if all(d.file for d in indexed) else "  # "
    wished = not any(d.digest for d in indexed) and _lists_wishes(environment)
    extent = "as it was asked for" if wished else "complete with its dependencies"
    return _written(
        f"The Python layer, {extent}. Install it with:",
        "pip install -r requirements.txt" if wished else "pip install --no-deps -r requirements.txt",
        environment,
        (line_of(d) + (f"{mark}{hash_option(d.file)}" if d.file else "") for d in indexed),
    )


def _lists_wishes(environment: Environment) -> bool:
    from envgit.plan import lists_wishes  # no hook needs it: what is captured has digests

    return lists_wishes(environment)


def encode_local(environment: Environment) -> str:
    """Return the distributions that no index serves: editable, from version control, from files.

    Places within the recorded repository are relative to its top, where pip is to be run.
    """
    return _written(
        "What no package index serves. At the top of the repository, install it with:",
        "pip install --no-deps -r requirements-local.txt",
        environment,
        (_named(d) for d in environment.additions if d.source is not None),
    )


def _written(purpose: str, command: str, environment: Environment, lines: Iterable[str]) -> str:
    told = {"platform": environment.platform, "python": environment.python}
    known = (f"# {name}: {value}" for name, value in told.items() if value)
    return "".join(f"{one_line(line)}\n" for line in (f"# {purpose}", f"# $ {command}", *known, *lines))


def _named(distribution: Distribution) -> str:
    """A local folder does not say what it builds, so a comment does."""
    line = line_of(distribution)
    if " @ " in line or "#egg=" in line:
        return line
    return f"{line}  # {distribution.name}=={distribution.version}"


def decode(content: bytes, *, where: str) -> Decoded:
    """Read a requirements file as people write them; the result is a venv of unknown platform.

    Options, ``-r`` and ``-c`` are not followed, as this reads no other file; each is a warning that
    names the line. Markers are not evaluated.

    Raises:
        BadFile: it is no text, or most of its lines are no requirements.
    """
    from envgit.formats.pip.requirement import read_line  # recording only writes

    remarks = Remarks(where)
    found: list[Distribution] = []
    fields: dict[str, str] = {}
    announced = ""
    lines = _logical_lines(lines_of(decode_text(content, where), where))
    for number, line, comment in bounded(lines, where):
        told = re.match(r"#\s*(platform|python):\s*(\S+)", comment) if not line else None
        if told:
            fields[told[1]] = told[2]
        if not line:
            announced = _announced(comment) or announced
            continue
        told_name, announced = comment or announced, ""
        try:
            read = read_line(line, comment=told_name)
        except ValueError as error:
            remarks.add("unreadable", f"`{line}` is no requirement: {error}", line=number)
            continue
        remarks.add_all(read.remarks, line=number)
        found += [read.distribution] if read.distribution else []
    remarks.refuse_if_mostly_unreadable(read=len(found), expected="a requirements file")
    distributions = remarks.one_of_each(found)
    environment = Environment(
        kind="venv",
        platform=fields.get("platform", ""),
        python=fields.get("python"),
        distributions=distributions,
    )
    return Decoded(name=None, environment=environment, warnings=tuple(remarks.warned))


def _announced(comment: str) -> str:
    """The comment that pip freeze writes above an editable folder, which its line does not name."""
    named = re.match(r"# Editable .*\(([A-Za-z0-9][\w.-]*==\S+)\)", comment)
    return f"# {named[1]}" if named else ""


def _logical_lines(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """Line number, line and comment, with lines joined that end in a backslash, as pip does it."""
    joined: list[str] = []
    first = 0
    for number, raw in enumerate(lines, 1):
        if joined and raw.lstrip().startswith("#"):
            continue  # a comment between continued lines ends nothing
        first = first if joined else number
        joined.append(raw.removesuffix("\\"))
        if raw.endswith("\\"):
            continue
        yield first, *_split_comment("".join(joined))
        joined = []
    if joined:
        yield first, *_split_comment("".join(joined))


def _split_comment(line: str) -> tuple[str, str]:
    comment = re.search(r"(?:^|\s)#", line)
    if comment is None:
        return line.strip(), ""
    return line[: comment.start()].strip(), line[comment.start() :].strip()
