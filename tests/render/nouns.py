"""A drift with a change of every kind, its two ends, and a stranger's names."""

from __future__ import annotations

from pathlib import Path

from envgit.drift import OVER_CONDA
from envgit.model import Change, Difference, Drift, Environment, Host, Observation, Side, Snapshot
from envgit.operations.revision import Revision
from envgit.render.phrases import Endpoint
from envgit.restore import RestoreSettings

HOST = Host(platform="linux-64", system="Linux", machine="x86_64")
SETTINGS = RestoreSettings(cache=Path("/cache"), home=Path("/home/me"), environ={})
BEFORE = Endpoint(label="paper-v1", snapshot="3f2a9c1d0b5e" + "0" * 52)
AFTER = Endpoint(label="live", snapshot="77aa9c1d0b5e" + "0" * 52)


def side(
    version: str, build: str | None = None, channel: str = "conda-forge", name: str | None = None
) -> Side:
    return Side(version=version, build=build, channel=channel, name=name)


UPGRADED = Change(
    layer="conda",
    name="numpy",
    kind="upgraded",
    before=side("1.26.4", "py311_0"),
    after=side("2.1.0", "py311_1"),
    requested=True,
    magnitude="major",
)
EVERY_KIND = Drift(
    changes=(
        Change(
            layer="conda",
            name="attrs",
            kind="metadata",
            before=side("23.1", "py_0"),
            after=side("23.1", "py_0"),
            detail="depends +python >=3.9, −python",
        ),
        Change(
            layer="conda",
            name="libblas",
            kind="rebuilt",
            before=side("3.9", "20_mkl"),
            after=side("3.9", "20_mkl"),
            detail="other bytes",
        ),
        Change(layer="conda", name="libiconv", kind="added", before=None, after=side("1.17", "h0_0")),
        Change(
            layer="conda",
            name="m4",
            kind="removed",
            before=side("1.4", "h0_0"),
            after=None,
            through=("autoconf",),
        ),
        UPGRADED,
        Change(
            layer="conda",
            name="openssl",
            kind="rebuilt",
            before=side("3.2.0", "h1234567_0"),
            after=side("3.2.0", "h7654321_1"),
            magnitude="build",
        ),
        Change(
            layer="conda",
            name="scipy",
            kind="downgraded",
            before=side("1.12", "py_0"),
            after=side("1.11", "py_0", "defaults"),
            magnitude="minor",
            through=("numpy", "pandas", "scikit-learn"),
        ),
        Change(
            layer="conda",
            name="zlib",
            kind="rechanneled",
            before=side("1.2.13", "h0_0"),
            after=side("1.2.13", "h0_0", "defaults"),
        ),
        Change(
            layer="pypi",
            name="requests",
            kind="moved",
            before=side("2.31.0", "py_0"),
            after=side("2.32.4", None, "pypi"),
            detail=OVER_CONDA,
            magnitude="minor",
        ),
        Change(layer="pypi", name="rich", kind="added", before=None, after=side("13.7.0", None, "pypi")),
        Change(
            layer="pypi",
            name="torch",
            kind="moved",
            before=side("2.1", "cuda_0", "pytorch", "pytorch"),
            after=side("2.2", None, "pypi"),
            requested=True,
        ),
    ),
    differences=(
        Difference(subject="channels", sentence="channel bioconda added after conda-forge", after="bioconda"),
        Difference(subject="variables", sentence="variable CUDA_HOME added", after="CUDA_HOME"),
    ),
    switches=(Difference(subject="BLAS", sentence="BLAS openblas → mkl", before="openblas", after="mkl"),),
)

EVIL = "evil\x1b]0;owned\x07[bold red]</td><script>`|@you\n\u202ename"
HOSTILE = Drift(
    changes=(
        Change(
            layer="conda", name=EVIL, kind="upgraded", before=side(EVIL, EVIL, EVIL), after=side("1", EVIL)
        ),
        Change(
            layer="pypi", name=EVIL, kind="added", before=None, after=side(EVIL), detail=EVIL, through=(EVIL,)
        ),
        Change(layer="pypi", name="a", kind="moved", before=side(EVIL, name=EVIL), after=side(EVIL)),
    ),
    differences=(Difference(subject="pins", sentence=EVIL, after=EVIL),),
    switches=(Difference(subject="BLAS", sentence=EVIL),),
)


def observation(number: int = 1, *, summary: str = "numpy 1.26.4 → 2.1.0, +2 −1") -> Observation:
    return Observation(
        snapshot=f"{number:08x}" + "0" * 56,
        environment="default",
        commit="c" * 40,
        tree="d" * 40,
        time=f"2024-05-{number:02d}T10:00:59+02:00",
        summary=summary,
        trigger="post-commit",
        code_commit=f"{number:07x}" + "a" * 33,
        code_tree="e" * 40,
    )


def revision(environment: Environment, *, seen: Observation | None = None) -> Revision:
    snapshot = Snapshot(id=BEFORE.snapshot, environment=environment)
    return Revision(label="HEAD", snapshot=snapshot, observation=seen)
