"""What a person reads before a restore: what it will do, from where, and what speaks against it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from envgit.plan import UV_CACHE, downloads_of, lesser, of_size, unsized
from envgit.render.phrases import endpoint_of
from envgit.render.screen import cell, columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from envgit.model import Distribution, Layer, Step
    from envgit.operations.checkout import Prepared

_NOUNS: dict[Layer, tuple[str, str]] = {
    "conda": ("package", "packages"),
    "pypi": ("distribution", "distributions"),
}
#: What is local and named by whose place it is; all else by the place itself.
_FROM = {"cache": "to link from the cache", "user-cache": "to link from a package cache of yours"}
_KEPT = {"cache": "to install from a copy that envgit kept", "archive": "to install from an archive"}
#: So many packages to which the same happens are named.
_FEW = 20
_UNSEEN = "as far as can be seen without the network: what is to come from there was not asked for"
_ALIKE = "this machine has all that the recorded one had"


def prepared_view(prepared: Prepared, *, cloned: Collection[str] = ()) -> RenderableType:
    """What a checkout would do: a summary, what stands in its way, then all packages by what becomes of them.

    What stays is counted and not listed, nor are the many packages of a layer of which the summary says all.
    Editable installs that are ``cloned``, given by name, do not run
    from the recorded folder.
    """
    plan = prepared.plan
    additions = prepared.revision.snapshot.environment.additions
    groups = _grouped(plan.steps, {d.name: d for d in additions}, cloned)
    listed = [(heading, steps) for (layer, heading), steps in groups.items() if _is_listed(layer, groups)]
    listed = [(heading, steps) for heading, steps in listed if steps[0].action != "keep"]
    return Group(
        cell(f"{endpoint_of(prepared.revision)} into {prepared.prefix}", "bold"),
        *(_summary(layer, groups) for layer in _NOUNS if any(key[0] == layer for key in groups)),
        *([] if groups else [Text("nothing to do")]),
        *([cell(_UNSEEN)] if any(map(_is_unseen, plan.steps)) else ()),
        *([cell(_ALIKE)] if _is_alike(prepared) else ()),
        *(cell(f"cannot be restored: {blocker}", "bold red") for blocker in plan.blockers),
        *(cell(f"caution: {caution}") for caution in plan.cautions),
        *(part for heading, steps in listed for part in _table(heading, steps)),
    )


def _is_listed(layer: Layer, groups: Mapping[tuple[Layer, str], Sequence[Step]]) -> bool:
    """Whether packages are to be named: they differ in what becomes of them, or are few."""
    own = [steps for (of, _), steps in groups.items() if of == layer]
    return len(own) > 1 or len(own[0]) <= _FEW or any(step.replaces for step in own[0])


def _is_unseen(step: Step) -> bool:
    """Whether a step may want the network. Which distributions uv has at hand, it does not say before."""
    return step.remote or step.action in ("install", "solve")


def _is_alike(prepared: Prepared) -> bool:
    observed = prepared.revision.host
    if observed is None or observed.platform != prepared.host.platform:
        return False
    return not any(lesser(prepared.host, observed))


def _grouped(
    steps: Sequence[Step], layer: Mapping[str, Distribution], cloned: Collection[str]
) -> dict[tuple[Layer, str], list[Step]]:
    """Steps by layer and by what will be done, from where, in the order in which the first one comes."""
    groups: dict[tuple[Layer, str], list[Step]] = defaultdict(list)
    for step in steps:
        install = step.action == "install" and step.name in layer
        deed = _installation(step, layer[step.name], cloned) if install else _deed(step)
        groups[step.layer, deed].append(step)
    return groups


def _installation(step: Step, distribution: Distribution, cloned: Collection[str]) -> str:
    """How a distribution is installed: from its source, the one file that is known, or any of its version."""
    if distribution.source and distribution.source.editable:
        return "to clone, and run from there" if distribution.name in cloned else "to run from its folder"
    if step.origin == UV_CACHE:
        return f"to install if {UV_CACHE} has it"
    if step.kind in _KEPT:
        return _KEPT[step.kind]
    verb = "download" if step.remote else "install"
    if distribution.source:
        return f"to {verb} from the recorded source"
    if distribution.file:
        return "to download the recorded file" if step.remote else "to install from the recorded file"
    return f"to {verb} by version alone, its file not being known"


def _deed(step: Step) -> str:
    """What is done with a package: "to download from https://…/conda-forge"."""
    if step.action in ("keep", "remove"):
        return f"to {step.action}"
    if step.action == "solve":
        return "to solve anew"
    if step.action == "install":
        return "to install"
    if step.kind in _FROM:
        return _FROM[step.kind]
    base = step.origin.rsplit("/", 2)[0]
    return f"to download from {base}" if step.remote else f"to link from {base}"


def _summary(layer: Layer, groups: dict[tuple[Layer, str], list[Step]]) -> Text:
    """A layer in a line: how many packages it has, and how many come from where."""
    own = {deed: steps for (of, deed), steps in groups.items() if of == layer}
    count = sum(len(steps) for steps in own.values())
    deeds = ", ".join(f"{len(steps)} {deed}{_sized(steps)}" for deed, steps in own.items())
    singular, plural = _NOUNS[layer]
    return cell(f"{count} {singular if count == 1 else plural}: {deeds}")


def _sized(steps: Sequence[Step]) -> str:
    size, unknown = downloads_of(steps), unsized(steps)
    many = "" if unknown == len(steps) else f"{unknown} "
    known = [of_size(size)] if size else []
    sizes = ", ".join([*known, *([f"{many}of unknown size"] if unknown else [])])
    return f" ({sizes})" if sizes else ""


def _table(heading: str, steps: Sequence[Step]) -> Iterator[RenderableType]:
    sized = any(step.size for step in steps)
    table = columns("  package", "version", "size" if sized else "from")
    for step in steps:
        version = f"{step.replaces} → {step.version}" if step.replaces else step.version
        size = of_size(step.size) if step.size else ""
        table.add_row(*map(cell, (f"  {step.name}", version, size if sized else step.origin)))
    yield Text()
    yield cell(f"{heading}:", "bold")
    yield table
