"""environment.yml (CEP 24): the portable form of an environment, without builds and prefix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.formats.conda.environment_entries import entries_of
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.shown import shown_refusals
from envgit.formats.syntax.text import decode_text
from envgit.formats.syntax.yaml_line import scalar

if TYPE_CHECKING:
    from envgit.formats.conda.environment_document import Requests
    from envgit.model import Environment

# Conda takes ``- pywin32  # [win]`` on every system; conda-lock minds the comment.
_SELECTOR = r"#\s*\[(?:not |unix|linux|osx|win|x86|arm|aarch|ppc|emscripten)[\w() ]*\]\s*$"


def encode(environment: Environment, *, name: str) -> str:
    """Return the environment.yml of an environment, see `entries_of`."""
    # Written by hand: loading PyYAML would take longer than the rest of a snapshot.
    told = entries_of(environment, name=name)
    lines = [f"name: {scalar(told.name)}"]
    if told.channels:
        lines += ["channels:", *(f"  - {scalar(channel)}" for channel in told.channels)]
    lines += ["dependencies:", *(f"  - {scalar(spec)}" for spec in told.specs)]
    if told.pip:
        lines += ["  - pip:", *(f"      - {scalar(line)}" for line in told.pip)]
    if told.variables:
        lines += ["variables:", *(f"  {scalar(n)}: {scalar(value)}" for n, value in told.variables.items())]
    return "".join(f"{line}\n" for line in lines)


def decode(content: bytes, *, where: str) -> Decoded:
    """Read an environment.yml as people write and export them.

    Exact pins, and ``name=version`` as exports write them, fill version and build; looser specs are
    kept as text. What has no place in an environment (options of pip, other files, selectors, unknown
    keys) is a warning that names the file, and the line where it is on one of its own.

    Raises:
        BadFile: not YAML, or YAML that is no conda environment; the message says what is wrong where.
    """
    from envgit.formats.conda.environment_document import decode_document
    from envgit.formats.syntax.yaml_items import ItemLines
    from envgit.formats.syntax.yaml_text import load_yaml

    text = decode_text(content, where)
    document = load_yaml(text, where)
    remarks = Remarks(where)
    _remark_on_lines(text, remarks)
    return decode_document(document, remarks, items=ItemLines(text))


@shown_refusals()
def read_requests(content: bytes, *, where: str) -> Requests:
    """Read what an environment.yml asks for, and no more; what is for one platform only is left out.

    Raises:
        BadFile: see `decode`.
    """
    from envgit.formats.conda.environment_document import requests_of
    from envgit.formats.syntax.yaml_text import load_yaml

    lines = decode_text(content, where).split("\n")
    everywhere = "\n".join(line for line in lines if not _selector(line))
    return requests_of(load_yaml(everywhere, where), where)


def _remark_on_lines(text: str, remarks: Remarks) -> None:
    """Warn of what is gone once the YAML is parsed: selectors, and keys that stand twice."""
    keys: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        key = re.match(r"(name|channels|dependencies|variables|platforms)\s*:", line)
        if key and key[1] in keys:
            remarks.add("duplicate", f"`{key[1]}` stands here again; what stands here counts", line=number)
        keys |= {key[1]} if key else set()
        selector = _selector(line)
        if selector:
            sentence = f"`{selector}` is a comment; the line counts on every platform"
            remarks.add("condition", sentence, line=number)


def _selector(line: str) -> str:
    found = re.search(_SELECTOR, line) if line.lstrip().startswith("-") else None
    return found[0].strip() if found else ""
