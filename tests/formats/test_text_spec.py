"""Lists of conda, as ``conda list --export`` writes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from rattler import MatchSpec

from envgit.errors import EnvgitError
from envgit.formats import decode_any
from envgit.formats.conda import text_spec
from envgit.model import CondaPackage, Distribution, Environment
from tests.formats.environments import conda, dist, environment, environments, vcs


def test_the_whole_file_as_written() -> None:
    env = environment(conda("numpy", "1.26.4"), conda("a", "1", ""), dist("b", "2"), dist("c", owner="conda"))
    assert text_spec.encode(env) == (
        "# This file may be used to create an environment using:\n"
        "# $ conda create --name <env> --file <this file>\n"
        "# but without the lines of what pip installed: grep -v =pypi_0 <this file>\n"
        "# platform: linux-64\n"
        "a=1\n"
        "b=2=pypi_0\n"
        "numpy=1.26.4=h0_0\n"
    )


@given(environments)
def test_names_versions_and_builds_come_back(env: Environment) -> None:
    listed = replace(
        env,
        distributions=tuple(replace(d, source=None) for d in env.distributions),
        channels=(),
        variables=(),
    )
    text = text_spec.encode(listed)
    for line in text.splitlines():
        assert line.startswith("#") or MatchSpec(line)
    read = decode_any(text.encode(), where="list.txt")
    told = tuple(CondaPackage(name=p.name, version=p.version, build=p.build) for p in listed.conda)
    assert read.environment == replace(listed, conda=told)
    assert read.warnings == ()


@pytest.mark.parametrize(
    "untold",
    [conda("a", "", "", requested=("a>=1",)), dist("a", ""), dist("a", "", source=vcs())],
)
def test_what_a_list_cannot_tell_is_refused_by_name(untold: CondaPackage | Distribution) -> None:
    with pytest.raises(EnvgitError) as refused:
        text_spec.encode(environment(conda("b"), untold))
    assert refused.value.message == "a list of conda names a version for each package, and none is known of a"
    assert refused.value.hint == "--format environment-yml"
