"""Drift over the successive versions of environment files in public projects."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from envgit.drift import drift, summarise, summarise_between
from envgit.formats import decode_any

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Drift, Environment, Side

#: How many consecutive pairs of each project's file can be read and compared.
PAIRS = {
    "datahub-environment": 29,
    "mamba-dev-environment": 29,
    "pangeo-notebook-conda-lock": 5,
    "pangeo-notebook-environment": 29,
    "paper-tunneling-utf16": 1,
    "pixi-pixi-lock": 7,
    "pypsa-environment-fixed-export": 29,
    "pypsa-linux-explicit": 23,
    "pypsa-linux-pinned-export": 25,
    "pypsa-pixi-lock": 7,
    "qiime2-2018.8-osx-export": 29,
    "qiime2-2019.10-linux-export": 29,
    "qiime2-latest-linux-staging": 29,
    "qiime2-releases-linux": 28,
    "repo2docker-py310-explicit": 16,
    "repo2docker-py37-frozen-yml": 29,
    "wrappers-bwa-mem-explicit": 28,
    "wrappers-multiqc-explicit": 26,
}


def environments(folder: Path) -> list[Environment]:
    files = ((path, path.read_bytes()) for path in sorted(folder.iterdir()))
    return [decode_any(text, where=path.name, platform="linux-64").environment for path, text in files]


def installed(env: Environment) -> dict[tuple[str, str], tuple[str, str]]:
    conda = {("conda", p.name): (p.version, p.build) for p in env.conda}
    return conda | {("pypi", d.name): (d.version, "") for d in env.pypi}


def facts(side: Side) -> tuple[str, str]:
    return side.version, side.build or ""


def applied(
    found: Drift, packages: dict[tuple[str, str], tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, str]]:
    result = dict(packages)
    for change in found.changes:
        if change.before:
            other = "pypi" if change.layer == "conda" else "conda"
            layer = other if change.kind == "moved" else change.layer
            del result[layer, change.before.name or change.name]
    for change in found.changes:
        if change.after:
            result[change.layer, change.name] = facts(change.after)
    return result


def agree(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Equal in all that both know: a loose spec knows no version, `1.26` without a build may be 1.26.4."""
    if bool(one[1]) != bool(other[1]) and f"{max(one, other)[0]}.".startswith(f"{min(one, other)[0]}."):
        return True
    return all(a == b or not a or not b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("project", "count"), PAIRS.items())
def test_drift_leads_from_each_version_of_a_real_file_to_the_next(
    corpus: Path, project: str, count: int
) -> None:
    compared = 0
    for before, after in pairwise(environments(corpus / "pairs" / project)):
        found = drift(before, after)
        result, wanted = applied(found, installed(before)), installed(after)
        assert result.keys() == wanted.keys()
        assert all(agree(result[key], wanted[key]) for key in wanted)
        summary = summarise(found)
        assert summary == summarise_between(before, after)
        assert len(summary) <= 72
        assert summary.isprintable()
        compared += 1
    assert compared == count


def test_all_projects_are_compared(corpus: Path) -> None:
    assert {path.name for path in (corpus / "pairs").iterdir()} == PAIRS.keys()


def test_the_releases_of_a_real_distribution_are_told_by_kind(corpus: Path) -> None:
    releases = environments(corpus / "pairs" / "qiime2-releases-linux")
    kinds: Counter[str] = Counter()
    for before, after in pairwise(releases):
        kinds.update(change.kind for change in drift(before, after).changes)
    assert kinds == {"upgraded": 3164, "downgraded": 38, "added": 725, "removed": 243}


#: What the releases that begin with these files say of those before.
RELEASES = {
    "001": "qiime2 and 22 q2* 2017.12 → 2018.2, python 3.5.4 → 3.5.5, +9 ~39",
    "005": "qiime2 and 22 q2* 2018.8 → 2018.10, ncurses 5.9 → 6.1, +37 −13 ~31",
    "007": "qiime2 and 23 q2* 2018.11 → 2019.1, python 3.5.5 → 3.6.7, +23 −10 ~60",
    "008": "qiime2 and 23 q2* 2019.1 → 2019.4, BLAS mkl → openblas, +20 −12 ~129",
    "016": "qiime2 and 24 q2* 2020.8 → 2020.11, r-base 3.5.1 → 4.0.2, +24 −1 ~135",
    "023": "qiime2 and 26 q2* 2022.2 → 2022.4, click 7.1.2 → 8.1.3, +22 −3 ~48",
}


def test_each_release_of_a_real_distribution_is_told_by_what_it_is(corpus: Path) -> None:
    folder = corpus / "pairs" / "qiime2-releases-linux"
    names = [path.name[:3] for path in sorted(folder.iterdir())]
    lines = {
        name: summarise(drift(*pair))
        for name, pair in zip(names[1:], pairwise(environments(folder)), strict=True)
    }
    assert {name: lines[name] for name in RELEASES} == RELEASES
    assert all(line.startswith("qiime2 and 2") for line in lines.values())


@pytest.mark.parametrize(
    ("project", "switched"),
    [
        ("qiime2-releases-linux", {"BLAS mkl → openblas", "Python 3.5 → 3.6", "Python 3.6 → 3.8"}),
        (
            "pypsa-linux-explicit",
            {
                "Python 3.12 → 3.13",
                "Python 3.13 → 3.12",
                "OpenBLAS threads pthreads → openmp",
                "OpenMP libgomp → llvm-openmp",
                "CUDA none → some in libarrow",
                "CUDA some → none in libarrow",
            },
        ),
        ("pangeo-notebook-environment", set()),
    ],
)
def test_switches_of_real_environments_are_told_and_no_others(
    corpus: Path, project: str, switched: set[str]
) -> None:
    pairs = pairwise(environments(corpus / "pairs" / project))
    found = {d.sentence for pair in pairs for d in drift(*pair).switches if d.subject != "compiler runtime"}
    assert found == switched


#: Steps of libgcc-ng, beside which libgcc 7.2.0 stood until 2022.
RUNTIMES = [
    f"compiler runtime gcc {old} → gcc {new}" for old, new in [(7, 8), (8, 9), (9, 11), (11, 12), (12, 13)]
]


def test_the_compiler_runtime_of_real_releases_is_that_of_libgcc_ng(corpus: Path) -> None:
    releases = environments(corpus / "pairs" / "qiime2-releases-linux")
    told = [d.sentence for pair in pairwise(releases) for d in drift(*pair).switches]
    assert [sentence for sentence in told if sentence.startswith("compiler runtime")] == RUNTIMES
