"""The manifest loses nothing, and says what is wrong with one that cannot be read."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.errors import BadFile, UnsupportedFormat
from envgit.formats.manifest import decode_host, decode_manifest, encode_host, encode_manifest
from envgit.identity import id_of, snapshot_of
from envgit.model import (
    CondaPackage,
    Distribution,
    Environment,
    Host,
    IndexFile,
    Owner,
    Patch,
    Source,
    SourceKind,
    Variable,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
NAMES = st.from_regex(r"\A[a-z0-9](?:[a-z0-9_.-]{0,6}[a-z0-9])?\Z")
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
COUNTS = st.integers(min_value=1, max_value=2**60)
LISTS = st.lists(WORDS, max_size=3).map(tuple)


def _by_name(nouns: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted({noun.name: noun for noun in nouns}.values(), key=lambda noun: noun.name))


conda_packages = st.builds(
    CondaPackage,
    name=NAMES,
    version=WORDS,
    build=st.just("") | WORDS,
    build_number=st.integers(0, 2**40),
    subdir=st.just("") | WORDS,
    channel=st.just("") | WORDS,
    url=st.none() | WORDS,
    fn=st.none() | WORDS,
    sha256=st.none() | HEX,
    md5=st.none() | HEX,
    size=st.none() | COUNTS,
    noarch=st.sampled_from([None, "python", "generic"]),
    depends=LISTS,
    constrains=LISTS,
    license=st.none() | WORDS,
    timestamp=st.none() | COUNTS,
    python_site_packages_path=st.none() | WORDS,
    requested=LISTS,
)
sources = st.builds(
    Source,
    kind=st.sampled_from(get_args(SourceKind)),
    url=WORDS,
    editable=st.booleans(),
    vcs=st.none() | WORDS,
    requested_revision=st.none() | WORDS,
    repository=st.none() | WORDS,
    commit=st.none() | WORDS,
    subdirectory=st.none() | WORDS,
    sha256=st.none() | HEX,
    patch=st.none() | st.builds(Patch, name=WORDS, sha256=HEX),
)
index_files = st.builds(
    IndexFile, sha256=HEX, name=st.just("") | WORDS, index=st.none() | WORDS, url=st.none() | WORDS
)


def _distribution(owner: Owner) -> st.SearchStrategy[Distribution]:
    # Conda's package says what the content of a distribution of conda's is, and where it came from.
    by_conda = owner == "conda"
    return st.builds(
        Distribution,
        name=NAMES,
        version=WORDS,
        owner=st.just(owner),
        digest=st.none() if by_conda else st.none() | HEX,
        requested=st.booleans(),
        installer=st.none() | WORDS,
        tags=LISTS,
        depends=LISTS,
        conda_package=st.none() | NAMES,
        source=st.none() if by_conda else st.none() | sources,
        file=st.none() if by_conda else st.none() | index_files,
    )


environments = st.builds(
    Environment,
    kind=st.sampled_from(["conda", "venv"]),
    platform=WORDS,
    python=st.none() | WORDS,
    conda=st.lists(conda_packages, max_size=4).map(_by_name),
    distributions=st.lists(st.one_of([_distribution(o) for o in get_args(Owner)]), max_size=5).map(_by_name),
    channels=LISTS,
    channel_priority=st.none() | WORDS,
    variables=st.lists(
        st.builds(Variable, name=WORDS, value=st.none() | st.just("") | WORDS), max_size=3
    ).map(_by_name),
    specs=LISTS,
    pins=LISTS,
    system_site_packages=st.booleans(),
)
hosts = st.builds(
    Host,
    platform=WORDS,
    system=st.just("") | WORDS,
    machine=st.just("") | WORDS,
    virtual_packages=LISTS,
    nvidia_driver=st.none() | WORDS,
)

WHERE = "snapshot.json"
SMALL = snapshot_of(
    Environment(
        kind="conda",
        platform="linux-64",
        python="3.11.7",
        conda=(
            CondaPackage(
                name="zlib", version="1.3", build="h0_0", subdir="linux-64", channel="conda-forge", size=9
            ),
        ),
        distributions=(
            Distribution(name="six", version="1.16", owner="pypi", requested=True, tags=("py3-none-any",)),
            Distribution(name="wheel", version="0.42", owner="conda", conda_package="wheel"),
        ),
        channels=("conda-forge",),
        variables=(Variable(name="A", value="1"), Variable(name="B")),
    )
)

SMALL_AS_WRITTEN = """\
{
  "format": 1,
  "id": "5314ad744ba68e0ca373fb12c1423a2ee261c16d2d1207af2d48421061941460",
  "identity": {
    "conda": [
      {"build": "h0_0", "name": "zlib", "subdir": "linux-64", "version": "1.3"}
    ],
    "kind": "conda",
    "platform": "linux-64",
    "pypi": [
      {"digest": null, "name": "six", "version": "1.16"}
    ],
    "variables": [
      "A",
      "B"
    ]
  },
  "locators": {
    "conda": {
      "zlib": {"channel": "conda-forge", "size": 9}
    },
    "pypi": {}
  },
  "metadata": {
    "channels": [
      "conda-forge"
    ],
    "conda": {
      "zlib": {}
    },
    "conda_distributions": {
      "wheel": {"conda_package": "wheel", "version": "0.42"}
    },
    "pypi": {
      "six": {"owner": "pypi", "requested": true, "tags": ["py3-none-any"]}
    },
    "python": "3.11.7",
    "variables": {
      "A": "1"
    }
  }
}
"""


@given(environments)
def test_manifest_round_trips(environment: Environment) -> None:
    snapshot = snapshot_of(environment)
    assert decode_manifest(encode_manifest(snapshot), where=WHERE) == snapshot


@given(environments)
def test_manifest_is_ascii_with_a_final_newline_and_the_same_for_the_same_environment(
    environment: Environment,
) -> None:
    content = encode_manifest(snapshot_of(environment))
    assert content.decode("ascii").endswith("}\n")
    assert encode_manifest(decode_manifest(content, where=WHERE)) == content


@given(hosts)
def test_host_facts_round_trip(host: Host) -> None:
    assert decode_host(encode_host(host), where="observation.json") == host


def test_manifest_has_one_package_a_line_and_leaves_out_what_is_empty() -> None:
    assert encode_manifest(SMALL).decode() == SMALL_AS_WRITTEN


def test_manifest_keeps_locators_and_metadata_out_of_the_identity() -> None:
    manifest = json.loads(encode_manifest(SMALL))
    assert sorted(manifest) == ["format", "id", "identity", "locators", "metadata"]
    assert sorted(manifest["identity"]) == ["conda", "kind", "platform", "pypi", "variables"]


def test_locators_may_be_amended_without_a_new_id() -> None:
    manifest = json.loads(encode_manifest(SMALL))
    manifest["locators"]["conda"]["zlib"]["url"] = "https://mirror.example.org/zlib.conda"
    read = decode_manifest(json.dumps(manifest).encode(), where=WHERE)
    assert read.id == SMALL.id
    assert read.environment.conda[0].url == "https://mirror.example.org/zlib.conda"


def test_fields_of_a_later_writer_outside_the_identity_are_ignored() -> None:
    manifest = json.loads(encode_manifest(SMALL))
    manifest["remarks"] = {"by": "a later envgit"}
    manifest["metadata"]["mood"] = "good"
    assert decode_manifest(json.dumps(manifest).encode(), where=WHERE) == SMALL


def test_newer_format_is_refused_with_the_way_out() -> None:
    manifest = json.loads(encode_manifest(SMALL)) | {"format": 2}
    with pytest.raises(UnsupportedFormat) as caught:
        decode_manifest(json.dumps(manifest).encode(), where=WHERE)
    assert caught.value.message == (
        "snapshot.json: manifest format 2 is newer than this envgit reads (up to 1)"
    )
    assert caught.value.hint == "upgrade envgit"


def test_newer_format_is_recognised_before_anything_else_of_it_is_read() -> None:
    with pytest.raises(UnsupportedFormat):
        decode_manifest(b'{"format": 99, "identity": "in another shape"}', where=WHERE)


@pytest.mark.parametrize("end", [0, 1, 10, 200, -3])
def test_truncated_manifest_is_a_bad_file_that_is_named(end: int) -> None:
    with pytest.raises(BadFile, match=r"\Asnapshot\.json: not a whole JSON document \(.+\)\Z"):
        decode_manifest(encode_manifest(SMALL)[:end], where=WHERE)


NO_JSON = {
    "bytes that are no text": b"\xff\xfe\x00",
    "nesting without end": b"[" * 100_000,
    "a number without end": b'{"format": ' + b"9" * 10_000 + b"}",
    "an HTML page": b"<!DOCTYPE html>",
}


@pytest.mark.parametrize("what", NO_JSON)
def test_what_is_no_json_is_a_bad_file(what: str) -> None:
    with pytest.raises(BadFile, match=r"\Asnapshot\.json: not a whole JSON document"):
        decode_manifest(NO_JSON[what], where=WHERE)


def test_altered_identity_is_found_out() -> None:
    altered = encode_manifest(SMALL).replace(b'"1.3"', b'"1.4"')
    with pytest.raises(BadFile) as caught:
        decode_manifest(altered, where=WHERE)
    assert caught.value.message == (
        f"snapshot.json: its identity part does not hash to its id {SMALL.id[:12]}; it was altered"
    )


def test_identity_with_unknown_facts_is_not_read_as_less_than_it_is() -> None:
    manifest = json.loads(encode_manifest(SMALL))
    manifest["identity"]["gpu"] = "required"
    manifest["id"] = id_of(manifest["identity"])
    with pytest.raises(BadFile) as caught:
        decode_manifest(json.dumps(manifest).encode(), where=WHERE)
    assert caught.value.message == (
        "snapshot.json: its identity part holds more than this envgit can represent"
    )


MALFORMED = [
    ([], "expected an object at the top, found list"),
    ({"format": "1"}, "expected a whole number at format, found str"),
    ({"format": True}, "expected a whole number at format, found bool"),
    ({"format": None}, "expected a whole number at format, found nothing"),
    ({"id": 5}, "expected a string at id, found int"),
    ({"identity": []}, "expected an object at identity, found list"),
    ({"identity.kind": "docker"}, "'docker' at identity.kind is none of: conda, venv"),
    ({"identity.kind": None}, "None at identity.kind is none of: conda, venv"),
    ({"identity.platform": 64}, "expected a string at identity.platform, found int"),
    ({"identity.conda": {}}, "expected a list at identity.conda, found dict"),
    ({"identity.conda": [{"name": "x" * 300}]}, "identity.conda[0].name has 300 characters"),
    ({"identity.conda": ["zlib"]}, "expected an object at identity.conda[0], found str"),
    ({"identity.conda": [{"name": 1}]}, "expected a string at identity.conda[0].name, found int"),
    ({"identity.pypi": [{"name": "six"}]}, "expected a string at identity.pypi[0].version, found nothing"),
    ({"identity.variables": [1]}, "expected a string at identity.variables[0], found int"),
    ({"locators": 1}, "expected an object at locators, found int"),
    ({"locators.conda": []}, "expected an object at locators.conda, found list"),
    ({"locators.conda": {"zlib": {"size": "9"}}},
     "expected a whole number at locators.conda.zlib.size, found str"),
    ({"locators.conda": {"zlib": {"size": -1}}}, "-1 at locators.conda.zlib.size is out of range"),
    ({"locators.conda": {"zlib": {"size": 2**63}}},
     "9223372036854775808 at locators.conda.zlib.size is out of range"),
    ({"identity.conda": [{"name": "a", "version": "1", "build": "", "subdir": ""}] * 2},
     "a at identity.conda[1] is listed a second time"),
    ({"locators.pypi": {"six": {"kind": "rsync"}}},
     "'rsync' at locators.pypi.six.kind is none of: vcs, directory, archive"),
    ({"metadata": None}, "expected an object at metadata, found nothing"),
    ({"metadata.channels": "conda-forge"}, "expected a list at metadata.channels, found str"),
    ({"metadata.conda": {"zlib": {"noarch": "perl"}}},
     "'perl' at metadata.conda.zlib.noarch is none of: None, python, generic"),
    ({"metadata.pypi": {"six": {"owner": "conda"}}},
     "'conda' at metadata.pypi.six.owner is none of: pypi, clobbered, orphan"),
    ({"metadata.pypi": {"six": {"requested": 1}}},
     "expected true or false at metadata.pypi.six.requested, found int"),
    ({"metadata.variables": {"A": 1}}, "expected a string at metadata.variables.A, found int"),
]  # fmt: skip


@pytest.mark.parametrize(("altered", "complaint"), MALFORMED, ids=[complaint for _, complaint in MALFORMED])
def test_wrong_type_is_named_with_its_place(altered: object, complaint: str) -> None:
    content = _altered(altered) if isinstance(altered, dict) else altered
    with pytest.raises(BadFile) as caught:
        decode_manifest(json.dumps(content).encode(), where=WHERE)
    assert caught.value.message == f"snapshot.json: {complaint}"


def _altered(values: dict[str, object]) -> dict[str, Any]:
    """The small manifest with values put at dotted places, and an id that fits its identity."""
    manifest: dict[str, Any] = json.loads(encode_manifest(SMALL))
    for place, value in values.items():
        *outer, last = place.split(".")
        part = manifest
        for name in outer:
            part = part[name]
        part[last] = value
    if "id" not in values and isinstance(manifest["identity"], dict):
        manifest["id"] = id_of(manifest["identity"])
    return manifest


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "not a whole JSON document"),
        (b"{}", "expected an object at host, found nothing"),
        (b'{"host": {}}', "expected a string at host.platform, found nothing"),
        (
            b'{"host": {"platform": "linux-64", "virtual_packages": {}}}',
            "expected a list at host.virtual_packages",
        ),
    ],
)
def test_damaged_observation_is_a_bad_file(content: bytes, complaint: str) -> None:
    with pytest.raises(BadFile, match=rf"\Aobservation\.json: {complaint}"):
        decode_host(content, where="observation.json")
