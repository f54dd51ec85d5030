"""Write nested values as block YAML, without PyYAML: what a reader of YAML 1.1 or 1.2 takes for the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Union

from envgit.formats.syntax.yaml_line import scalar

#: Texts, numbers and flags, and lists and mappings of them.
Value = Union[str, int, "Sequence[Value]", "Mapping[str, Value]"]


def yaml_block(members: Mapping[str, Value], indent: str = "") -> Iterator[str]:
    """Yield the lines of a mapping, members in their order, each line behind `indent`."""
    for key, value in members.items():
        label = f"{indent}{scalar(key)}:"
        if isinstance(value, str | int) or not value:
            yield f"{label} {_flow(value)}"
        elif isinstance(value, Mapping):
            yield label
            yield from yaml_block(value, indent + "  ")
        else:
            yield label
            for item in value:
                yield from _item(item, indent)


def _item(item: Value, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        first, *others = yaml_block(item, indent + "  ")
        yield f"{indent}- {first.lstrip(' ')}"
        yield from others
    else:
        yield f"{indent}- {_flow(item)}"


def _flow(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return scalar(value)
    return str(value) if isinstance(value, int) else "{}" if isinstance(value, Mapping) else "[]"
