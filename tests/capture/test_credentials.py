"""Whatever field of whatever file holds a credential, it does not come into a snapshot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envgit.formats.manifest import encode_manifest
from envgit.identity import snapshot_of
from tests.builders import CondaSpec, PypiSpec, make_prefix, site_packages
from tests.capture.captures import captured, dist, package
from tests.credentials import DRAWN, ISSUED, URLS

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "SeCrEtTok3nXYZ123456"
URL = f"https://u:{SECRET}@host.example/c"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def manifest(prefix: Path) -> str:
    found = captured(prefix, variables=("*",))
    return encode_manifest(snapshot_of(found.environment)).decode()


@pytest.mark.parametrize(
    "facts",
    [
        {"depends": [f"{URL}::x"], "constrains": [f"x[url={URL}]"]},
        {"depends": [f"x[token={SECRET}]"]},
        {"license": URL},
        {"subdir": URL, "python_site_packages_path": URL},
        {"fn": URL, "url": None},
        {"requested_spec": f"{URL}::six", "requested_specs": [f"{URL}::six[token={SECRET}]"]},
        *(
            {"url": f"{place}/linux-64/six-1-0.conda", "channel": place}
            for place in (
                URL,
                f"//u:{SECRET}@host.example/c",
                f"//{SECRET}@host.example/c",
                f"https://host.example/conda/c;auth={SECRET}/x",
                f"https://host.example/t/{SECRET}/c",
                f"file:///srv/t/{SECRET}/c",
            )
        ),
    ],
)
def test_no_field_of_a_record_brings_a_credential(tmp_path: Path, facts: dict[str, object]) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1", extra=facts)})
    assert any(SECRET in record.read_text() for record in prefix.glob("conda-meta/*.json"))
    assert SECRET not in manifest(prefix)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("INSTALLER", f"pip {URL}"),
        ("WHEEL", f"Tag: {URL}\n"),
        ("METADATA", f"Name: demo\nVersion: 1.0\nRequires-Dist: foo @ {URL}/f.whl\n"),
        ("METADATA", f"Name: demo\nVersion: {URL}\n"),
        ("METADATA", f"Name: {URL}\nVersion: 1.0\n"),
    ],
)
def test_no_file_of_a_distribution_brings_a_credential(tmp_path: Path, file: str, text: str) -> None:
    prefix = make_prefix(tmp_path, pypi={"demo": "1.0"})
    (site_packages(prefix) / "demo-1.0.dist-info" / file).write_text(text)
    assert SECRET.lower() not in manifest(prefix).lower()


@pytest.mark.parametrize(
    "direct_url",
    [
        {"url": URL, "vcs_info": {"vcs": "git", "commit_id": SECRET}},
        {"url": URL, "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": URL}},
        {"url": URL, "vcs_info": {"vcs": URL, "commit_id": COMMIT}, "subdirectory": URL},
        {"url": URL, "archive_info": {"hash": f"sha256={SECRET}"}},
        {"url": URL, "archive_info": {"hashes": {"sha256": SECRET}}},
    ],
)
def test_no_field_of_a_direct_url_brings_a_credential(tmp_path: Path, direct_url: dict[str, object]) -> None:
    spec = PypiSpec(version="1.0", direct_url=direct_url)
    assert SECRET.lower() not in manifest(make_prefix(tmp_path, pypi={"demo": spec})).lower()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOO_PAT", SECRET),
        ("GITHUB_PAT", SECRET),
        ("PGPASS", SECRET),
        ("CONN", f"Server=x;Password={SECRET}"),
        ("CONN", f"host=x password={SECRET}"),
    ],
)
def test_a_secret_variable_has_its_name_alone_recorded(tmp_path: Path, name: str, value: str) -> None:
    recorded = manifest(make_prefix(tmp_path, state={name: value, "PLAIN": "kept"}))
    assert SECRET not in recorded
    assert json.loads(recorded)["identity"]["variables"] == sorted([name, "PLAIN"])
    assert json.loads(recorded)["metadata"]["variables"] == {"PLAIN": "kept"}


@settings(max_examples=20)
@given(st.sampled_from(URLS), DRAWN | ISSUED, DRAWN | ISSUED)
def test_two_tokens_for_one_place_make_one_manifest(
    tmp_path_factory: pytest.TempPathFactory, shape: str, one: str, other: str
) -> None:
    def recorded(token: str) -> str:
        url = shape.format(token)
        source = {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": token}}
        six = CondaSpec(version="1", extra={"url": url, "channel": url, "requested_spec": f"{url}::six"})
        return manifest(
            make_prefix(
                tmp_path_factory.mktemp("env"),
                conda={"six": six},
                pypi={"demo": PypiSpec(version="1", direct_url=source)},
                pinned=[f"{url}::six"],
                state={"TOKEN": token, "INDEX": url},
            )
        )

    assert one not in recorded(one)
    assert recorded(one) == recorded(other)


def test_a_file_whose_name_holds_a_token_is_not_kept_in_the_cache(tmp_path: Path) -> None:
    token = "ghp_" + "aB3" * 12
    prefix = make_prefix(tmp_path / "env", conda={"six": "1", "zlib": "1"})
    (record,) = prefix.glob("conda-meta/six-*.json")
    record.rename(record.with_name(f"six-{token}-0.json"))
    twice = [captured(prefix, cache=tmp_path / "cache") for _ in range(2)]
    assert twice[0] == twice[1]
    kept = (tmp_path / "cache").read_text()
    assert "zlib" in kept
    assert token not in kept


def test_what_holds_no_credential_is_recorded_as_it_was_written(tmp_path: Path) -> None:
    commit = {"vcs": "git", "commit_id": COMMIT, "requested_revision": "feature/token=1"}
    source = {"url": "https://host.example/r", "vcs_info": commit, "subdirectory": "python/pkg"}
    spec = CondaSpec(version="1", license="MIT AND BSD-3-Clause", depends=("python >=3.11,<3.12.0a0",))
    demo = PypiSpec(version="1.0", direct_url=source, installer="uv 0.5", requires=("six; extra == 'a'",))
    found = captured(make_prefix(tmp_path, conda={"six": spec}, pypi={"demo": demo}))
    assert (package(found, "six").license, package(found, "six").depends) == (spec.license, spec.depends)
    one = dist(found, "demo")
    assert (one.installer, one.depends) == (demo.installer, demo.requires)
    assert one.source is not None
    assert (one.source.commit, one.source.subdirectory) == (COMMIT, "python/pkg")
    assert one.source.requested_revision == "feature/token=1"
