"""YAML as strangers write it: read safely and in bounded time, written plainly. The only home of PyYAML."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NoReturn, Protocol

from envgit.errors import BadFile

if TYPE_CHECKING:
    import yaml

# Far above the largest real lock file (2 MB, 80,000 nodes, 6 levels), far below what hurts.
MAX_CHARACTERS = 32 * 1024 * 1024
MAX_NODES = 250_000
MAX_DEPTH = 100
MAX_VALUE = 64 * 1024

_TAG = "tag:yaml.org,2002:"
#: The only plain scalars that are more than the text that was written: nothing, and the key of a merge.
_RESOLVED = frozenset({f"{_TAG}null", f"{_TAG}merge"})
_UNDERSTOOD = frozenset({None, *(_TAG + kind for kind in ("null", "str", "seq", "map"))})
#: Tags of scalars that say no more than a plain one would.
_TEXTS = frozenset(_TAG + kind for kind in ("bool", "float", "int", "timestamp"))


class _Mark(Protocol):
    """A place in the text, counted from 0; PyYAML has one in Python and one in C."""

    line: int
    column: int


_HINT = "Open the file at that place and correct it, or export it again with the tool that wrote it."


def load_yaml(text: str, where: str) -> object:
    """Return the one document in `text` as plain dicts, lists, strings and None.

    Numbers, flags and dates are the text that was written: readers of YAML 1.1 and 1.2 disagree on them,
    and ``1.10`` is a version. `where` names the file in errors. No tag makes an object: ``!!python/…`` is
    refused as any other unknown tag. Where a key stands twice, the last one counts.

    Raises:
        BadFile: not YAML, an unknown tag, or a file made to exhaust memory or the stack.
    """
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise BadFile(f"{where}: larger than {MAX_CHARACTERS // 2**20} MiB, which no environment file is")
    loader = _loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        _refuse_bombs(text, where, loader)
        return yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, in C where PyYAML was built so
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(where, mark, _problem(error.problem or "not valid YAML", text, mark), error)
    except yaml.YAMLError as error:  # the reader's errors have no mark: a character YAML does not allow
        _refuse(where, None, str(error).partition("\n")[0], error)


@cache
def _loader(safe: type[yaml.SafeLoader]) -> type[yaml.SafeLoader]:
    """PyYAML's safe loader, which takes scalars for the text that was written."""
    resolvers = {
        first: [(tag, shape) for tag, shape in tags if tag in _RESOLVED]
        for first, tags in safe.yaml_implicit_resolvers.items()
    }
    constructors: dict[str | None, object] = dict.fromkeys(_TEXTS, safe.construct_yaml_str)
    constructors |= {tag: make for tag, make in safe.yaml_constructors.items() if tag in _UNDERSTOOD}
    members = {"yaml_implicit_resolvers": resolvers, "yaml_constructors": constructors}
    return type("TextLoader", (safe,), members)


def _refuse_bombs(text: str, where: str, loader: type[yaml.SafeLoader]) -> None:
    """Count nodes and levels before anything is built, since PyYAML builds recursively.

    Deep nesting ends the interpreter with a segmentation fault, and merge keys (``<<``) multiply
    whatever an alias points at; an alias therefore counts as much as its anchor.
    """
    import yaml

    sizes: dict[str, int] = {}  # anchor -> nodes below it, aliases expanded
    open_nodes: list[tuple[str | None, int]] = []  # (anchor, count of nodes when it opened)
    count = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                _refuse(where, event.start_mark, f"alias *{event.anchor} is undefined or contains itself")
            count += sizes[event.anchor]
        elif isinstance(event, yaml.CollectionStartEvent):
            sizes.pop(event.anchor or "", None)
            open_nodes.append((event.anchor, count))
            count += 1
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            if len(event.value) > MAX_VALUE:
                _refuse(where, event.start_mark, f"a value of {len(event.value):,} characters")
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = count - before
        if len(open_nodes) > MAX_DEPTH:
            _refuse(where, event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
        if count > MAX_NODES:
            _refuse(where, event.start_mark, f"expands to more than {MAX_NODES:,} values")


def _problem(problem: str, text: str, mark: _Mark | None) -> str:
    """PyYAML's words, in plain ones for the two mistakes that real files hold most."""
    tag = re.fullmatch(r"could not determine a constructor for the tag '(.*)'", problem)
    if tag:
        short = tag[1].replace(_TAG, "!!")
        return f"the tag {short} is understood by the program that wrote it alone"
    if mark and any("\t" in line for line in text.split("\n")[mark.line : mark.line + 1]):
        return f"{problem} (the line holds a tab; YAML wants spaces)"
    return problem


def _refuse(where: str, mark: _Mark | None, problem: str, cause: Exception | None = None) -> NoReturn:
    place = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
    raise BadFile(f"{place}: {problem}", hint=_HINT) from cause
