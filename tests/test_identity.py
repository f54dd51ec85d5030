"""An id says what is installed and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from typing import Any

import pytest

from envgit.formats.manifest import decode_manifest, encode_manifest
from envgit.identity import identity_of, snapshot_of
from envgit.model import CondaPackage, Distribution, Environment, IndexFile, Source, Variable

NUMPY = CondaPackage(
    name="numpy",
    version="1.26.4",
    build="py311h64a7726_0",
    subdir="linux-64",
    channel="conda-forge",
    url="https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py311h64a7726_0.conda",
    fn="numpy-1.26.4-py311h64a7726_0.conda",
    sha256="a" * 64,
    md5="b" * 32,
)
SIX = Distribution(name="six", version="1.16.0", owner="pypi", digest="c" * 64)
TORCH = Distribution(name="torch", version="2.1", owner="conda", conda_package="pytorch")
ENVIRONMENT = Environment(
    kind="conda",
    platform="linux-64",
    python="3.11.7",
    conda=(NUMPY,),
    distributions=(SIX, TORCH),
    channels=("conda-forge", "defaults"),
    variables=(Variable(name="OMP_NUM_THREADS", value="4"),),
)
VENV = Environment(kind="venv", platform="linux-64", python="3.11.7", distributions=(SIX,))


def with_numpy(**facts: Any) -> Environment:
    return replace(ENVIRONMENT, conda=(replace(NUMPY, **facts),))


def with_six(**facts: Any) -> Environment:
    return replace(ENVIRONMENT, distributions=(replace(SIX, **facts), TORCH))


CHANGES_THE_ID = {
    "the platform": replace(ENVIRONMENT, platform="osx-arm64"),
    "the kind": replace(ENVIRONMENT, kind="venv"),
    "a conda package's name": with_numpy(name="numpy-base"),
    "a conda package's version": with_numpy(version="1.26.5"),
    "a conda package's build": with_numpy(build="py311h64a7726_1"),
    "a conda package's subdir": with_numpy(subdir="noarch"),
    "a conda package's sha256": with_numpy(sha256="d" * 64),
    "a conda package added": replace(ENVIRONMENT, conda=(NUMPY, replace(NUMPY, name="zlib"))),
    "a conda package removed": replace(ENVIRONMENT, conda=()),
    "a distribution's name": with_six(name="seven"),
    "a distribution's version": with_six(version="1.17.0"),
    "a distribution's content": with_six(digest="d" * 64),
    "a distribution's content unknown": with_six(digest=None),
    "a distribution given to conda": with_six(owner="conda"),
    "a variable's name": replace(ENVIRONMENT, variables=(Variable(name="MKL_NUM_THREADS", value="4"),)),
    "a variable removed": replace(ENVIRONMENT, variables=()),
}

KEEPS_THE_ID = {
    "URL": with_numpy(url="https://mirror.example.org/numpy.conda", fn="numpy.conda"),
    "channel": with_numpy(channel="defaults"),
    "size": with_numpy(size=123),
    "md5 beside a sha256": with_numpy(md5="e" * 32),
    "patched dependencies": with_numpy(depends=("python >=3.11",), constrains=("blas *",)),
    "licence, time, noarch, build number": with_numpy(
        license="X", timestamp=5, noarch="python", build_number=3
    ),
    "the file of a distribution": with_six(
        file=IndexFile(sha256="e" * 64, name="six.whl", index="i", url="u")
    ),
    "requested specs": with_numpy(requested=("numpy=1.26",), python_site_packages_path="lib"),
    "channel order": replace(ENVIRONMENT, channels=("defaults", "conda-forge")),
    "channel priority": replace(ENVIRONMENT, channel_priority="strict"),
    "history and pins": replace(ENVIRONMENT, specs=("numpy",), pins=("numpy 1.26.*",)),
    "a variable's value": replace(ENVIRONMENT, variables=(Variable(name="OMP_NUM_THREADS", value="8"),)),
    "a distribution of conda's": replace(ENVIRONMENT, distributions=(SIX, replace(TORCH, version="2.2"))),
    "clobbered rather than pypi": with_six(owner="clobbered", conda_package="six"),
    "installer, tags, requested": with_six(installer="uv", tags=("py3-none-any",), requested=True),
    "dependencies of a distribution": with_six(depends=("attrs",)),
    "where a distribution came from": with_six(source=Source(kind="archive", url="https://h/six.zip")),
    "conda's own word on Python": replace(ENVIRONMENT, python="3.11.8"),
}


@pytest.mark.parametrize("what", CHANGES_THE_ID)
def test_id_changes_with(what: str) -> None:
    assert snapshot_of(CHANGES_THE_ID[what]).id != snapshot_of(ENVIRONMENT).id


@pytest.mark.parametrize("what", KEEPS_THE_ID)
def test_id_is_independent_of(what: str) -> None:
    assert KEEPS_THE_ID[what] != ENVIRONMENT
    assert snapshot_of(KEEPS_THE_ID[what]).id == snapshot_of(ENVIRONMENT).id


def test_every_field_of_a_conda_package_is_decided_on() -> None:
    changed = {"name", "version", "build", "subdir", "sha256"}
    kept = {
        "build_number", "channel", "url", "fn", "md5", "size", "noarch", "depends", "constrains", "license",
        "timestamp", "python_site_packages_path", "requested",
    }  # fmt: skip
    assert {field.name for field in fields(CondaPackage)} == changed | kept


def test_md5_names_a_package_without_sha256() -> None:
    old = snapshot_of(with_numpy(sha256=None))
    assert old.id != snapshot_of(with_numpy(sha256=None, md5="e" * 32)).id
    assert identity_of(old.environment)["conda"][0]["md5"] == NUMPY.md5


def test_python_version_belongs_to_the_id_of_a_venv() -> None:
    assert snapshot_of(VENV).id != snapshot_of(replace(VENV, python="3.11.8")).id


def test_sight_of_the_systems_packages_belongs_to_the_id_of_a_venv() -> None:
    seeing = snapshot_of(replace(VENV, system_site_packages=True))
    assert seeing.id != snapshot_of(VENV).id
    assert decode_manifest(encode_manifest(seeing), where="it") == seeing
    assert "system_site_packages" not in identity_of(VENV)


def test_id_is_the_sha256_of_the_canonical_identity_in_the_manifest() -> None:
    # The rule anyone can follow without envgit: jq -jcS .identity snapshot.json | sha256sum
    environment = replace(ENVIRONMENT, variables=(Variable(name="GRÖSSE"), Variable(name="变量")))
    snapshot = snapshot_of(environment)
    identity = json.loads(encode_manifest(snapshot))["identity"]
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert hashlib.sha256(canonical).hexdigest() == snapshot.id


def test_id_of_a_known_environment_never_changes() -> None:
    # Ids are written into tags and papers: whoever changes this line breaks them.
    assert snapshot_of(ENVIRONMENT).id == "956f75a100dc71266c48b3b4e1523cc25fde4f1d08cb3e0ab3c0ec79538fd026"
    assert snapshot_of(VENV).id == "0e17c294b8831c5024a36b0bd82a8e8b13732483f04685506be8834ec65eebe2"
