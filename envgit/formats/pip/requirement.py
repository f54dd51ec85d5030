"""Read one line of a requirements file, or of the ``pip:`` list of an environment.yml."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from envgit.formats.pip.line import normalised
from envgit.formats.pip.source import ARCHIVES, VCS, guessed_name, is_local, source_of, told_by_file_name
from envgit.model import Distribution, IndexFile

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from envgit.model import Source

_OPTION = r"(-{1,2}[A-Za-z][\w-]*)(?:[ =]+(.*))?"
_SHORT_OPTION = r"(-[a-z])([^ =-].*)"
_HASH = r"--hash[= ]sha256:([0-9a-f]{64})"
_FOLLOWS = frozenset({"-r", "--requirement", "-c", "--constraint"})
_EDITABLE = frozenset({"-e", "--editable"})


#: Pairs of the kind of a warning and its sentence.
Remarked = tuple[tuple[str, str], ...]


class Line(NamedTuple):
    """What a line of a requirements file says: a distribution, remarks (kind, sentence), or both."""

    distribution: Distribution | None = None
    remarks: Remarked = ()


def read_line(line: str, *, comment: str = "") -> Line:
    """Read one logical line, continuations joined and its `comment` cut off.

    ``name==version`` in the comment names a local folder, as envgit writes it.

    Raises:
        ValueError: the line is nothing that pip takes.
    """
    option = re.fullmatch(_SHORT_OPTION, line) or re.fullmatch(_OPTION, line)
    if option is not None and option[1] in _EDITABLE:
        return _read_place(_unquoted(option[2] or ""), editable=True, comment=comment)
    if option is not None:
        return Line(None, (_remark_on_option(option[1], line),))
    requirement, *options = re.split(r"(?<!\s)\s+(?=--[a-z])", line)
    if _is_place(requirement):
        read = _read_place(_unquoted(requirement), editable=False, comment=comment)
    else:
        read = _read_requirement(requirement)
    file, remarks = _read_options(options or re.findall(r"^# (--hash\S+)$", comment))
    if file and read.distribution and read.distribution.source is None:
        read = read._replace(distribution=replace(read.distribution, file=file))
    return read._replace(remarks=(*remarks, *read.remarks))


def _remark_on_option(option: str, line: str) -> tuple[str, str]:
    if option in _FOLLOWS:
        return "not-followed", f"`{line}` names another file, which is not read"
    return "option", f"`{line}` is an option of pip and is not kept"


def _read_options(options: list[str]) -> tuple[IndexFile | None, Remarked]:
    """What the options of a single requirement say: one ``--hash=…`` names the file that was installed."""
    hashes = [re.fullmatch(_HASH, option) for option in options]
    if len(hashes) == 1 and hashes[0]:
        return IndexFile(sha256=hashes[0][1]), ()
    if all(option.startswith("--hash") for option in options):
        return None, (("hashes", "hashes of wheels (--hash) are not kept"),) if options else ()
    return None, (_remark_on_option("", " ".join(options)),)


def _is_place(text: str) -> bool:
    """Whether the line is a URL or path without a name in front."""
    if re.match(rf"(?i:(?:{VCS})?[a-z][a-z0-9.-]*:/)|[./~\\]|[A-Za-z]:[\\/]", text):
        return True
    name = re.match(r"[\w.-]+(?:\[[^\]]*\])?\s*", text)
    return "@" not in text and (
        text.endswith(ARCHIVES) or (name is not None and text[name.end() : name.end() + 1] in {"/", "\\"})
    )


def _read_requirement(text: str) -> Line:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except RecursionError:
        raise ValueError("its marker is nested too deeply") from None
    except InvalidRequirement as error:
        pinned = re.fullmatch(r"([A-Za-z0-9][\w.-]*)\s*={2,3}\s*([^\s;,*@]+)", text)
        if pinned is None:
            raise ValueError(str(error).partition("\n")[0]) from error
        # a version from before PEP 440, which installs of its time still have
        return Line(Distribution(name=normalised(pinned[1]), version=pinned[2], owner="pypi"))
    if requirement.url is not None:
        return _read_reference(requirement)
    version = _pinned(requirement)
    more = not version or requirement.extras or requirement.marker
    distribution = Distribution(
        name=normalised(requirement.name),
        version=version,
        owner="pypi",
        requirement=text if more else "",
    )
    return Line(distribution, _remark_on_marker(requirement))


def _pinned(requirement: Requirement) -> str:
    """The version of ``==1.2`` or ``===1.2``, empty for anything looser."""
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator not in {"==", "==="} or "*" in specifiers[0].version:
        return ""
    return specifiers[0].version


def _remark_on_marker(requirement: Requirement) -> Remarked:
    if requirement.marker is None:
        return ()
    sentence = f"{requirement.name} counts, whether or not `{requirement.marker}` holds on this machine"
    return (("condition", sentence),)


def _read_reference(requirement: Requirement) -> Line:
    """``name @ url``: what the URL says of name and version gives way to the name in front."""
    url = requirement.url or ""
    source = source_of(url, editable=False)
    _, version = told_by_file_name(url)
    distribution = Distribution(
        name=normalised(requirement.name), version=version, owner="pypi", source=source
    )
    return Line(distribution, _remark_on_folder(distribution.name, source) + _remark_on_marker(requirement))


def _read_place(place: str, *, editable: bool, comment: str) -> Line:
    """A URL or path; its name is told by a comment, ``#egg=``, the file name, or guessed from the path."""
    place = re.sub(r"\[[\w.,\s-]*\]$", "", place.partition(" ;")[0].strip())
    if not place:
        raise ValueError("no place to install from")
    source = source_of(place, editable=editable)
    commented = re.fullmatch(r"#\s*([A-Za-z0-9][\w.-]*)==(\S*)", comment.strip())
    egg = re.search(r"[#&]egg=([A-Za-z0-9][\w.-]*)", place)
    name, version = (commented[1], commented[2]) if commented else told_by_file_name(place)
    name = egg[1] if egg and not name else name
    guessed = name or guessed_name(place)
    if not guessed:
        sentence = f"`{place}` does not say which distribution it is; left out"
        return Line(None, (("nameless", sentence),))
    distribution = Distribution(name=normalised(guessed), version=version, owner="pypi", source=source)
    remarks = _remark_on_folder(distribution.name, source)
    if not name:
        remarks += (("guessed-name", f"`{place}` is taken for {distribution.name}"),)
    return Line(distribution, remarks)


def _remark_on_folder(name: str, source: Source) -> Remarked:
    if not is_local(source):
        return ()
    return (("local-path", f"{name} comes from {source.url}, a place on the machine of its writer"),)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
