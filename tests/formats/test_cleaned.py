"""What a file of a stranger holds that must not come out of it: credentials, and names that are none."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress

import pytest

from envgit.errors import BadFile
from envgit.formats import decode_any
from envgit.formats.conda import environment_yml, explicit
from envgit.formats.pip import requirements
from envgit.identity import snapshot_of
from envgit.store.layout import files_of

#: One of a known shape for where nothing else tells a credential, and a login of any URL.
TOKEN = "glpat-Zq9xCanary7Kd2Lm4Np8"
LOGIN = f"https://ci:hunter2canary@host/{TOKEN}"
FORGE = "https://conda.anaconda.org/conda-forge"
HASH = "a" * 64
MD5 = "b" * 32

_ENVIRONMENT = f"""\
name: x-{TOKEN}
channels: ["{LOGIN}/ch", "https://host/t/{TOKEN}/ch"]
platforms: [linux-64-{TOKEN}]
odd-{TOKEN}: 1
dependencies:
  - numpy >=1 # {TOKEN}
  - {LOGIN}::scipy >=1
  - "{LOGIN}/linux-64/tk-1-h_0.conda"
  - dask[{TOKEN}]
  - a[{TOKEN}
  - {TOKEN}=1.0
  - sel(linux-{TOKEN}): cuda {TOKEN}
  - section-{TOKEN}: [a]
  - pip:
      - --index-url {LOGIN}
      - --client-cert /x?token=hunter2canary
      - -r {LOGIN}
      - six>=1 ; platform_version == '{TOKEN}'
      - b @ git+{LOGIN}/b.git@{TOKEN}#subdirectory={TOKEN}
      - -e git+{LOGIN}/c.git#egg=c
      - "{LOGIN}/d-1.0-py3-none-any.whl"
      - "{LOGIN}"
      - e @@ {LOGIN}
variables:
  {TOKEN}: 1
  URL: {LOGIN}
  SOME_PASSWORD: hunter2canary
"""
_LISTED_VARIABLES = (
    f"dependencies: [a]\nvariables: [GITHUB_TOKEN=hunter2canary, mine=hunter2canary, [{TOKEN}]]\n"
)
_REQUIREMENTS = f"""\
# platform: linux-64-{TOKEN}
# python: 3.11-{TOKEN}
six==1.0
a>=1 ; platform_version == '{TOKEN}'
b @ git+{LOGIN}/b.git@{TOKEN}
--extra-index-url {LOGIN}
{LOGIN}
-e ./x-{TOKEN}
!{TOKEN}
{TOKEN}==1
"""
_EXPLICIT = f"""\
# platform: linux-64-{TOKEN}
@EXPLICIT
# no URL for: {TOKEN}-1.0-h_0
{LOGIN}/noarch/tk-1-h_0.conda#{HASH}
x/{TOKEN}/zlib-1-h_0.conda
"""
_SPECS = f"""\
# This file may be used to create an environment using:
# platform: {TOKEN}
a=1=0
{TOKEN}=1=0
b=1={TOKEN}
c>={TOKEN}
{LOGIN}::d>1
!{TOKEN}
"""
_CONDA_LOCK = f"""\
version: 1
metadata:
  channels: [{{url: "{LOGIN}/ch", used_env_vars: [{TOKEN}]}}]
  platforms: [linux-64]
package:
- {{name: a, version: '1', manager: conda, platform: linux-64, url: "{LOGIN}/linux-64/a-1-h_0.conda",
   hash: {{md5: {MD5}}}, license: "{TOKEN}", dependencies: {{b: "{TOKEN}", "{LOGIN}": ''}},
   constrains: ["{TOKEN}"], channel: "{LOGIN}", python_site_packages_path: "{TOKEN}"}}
- {{name: "{TOKEN}", version: '1', manager: conda, platform: linux-64, url: "{FORGE}/linux-64/a-1-h_0.conda",
   hash: {{md5: {MD5}}}}}
- {{name: c, version: '1', manager: pip, platform: linux-64, url: "{LOGIN}/c-1.whl", hash: {{sha256: {HASH}}},
   dependencies: {{d: " @ git+{LOGIN}", "{TOKEN}": '*'}}, category: "{TOKEN}"}}
- {{name: e, version: '1', manager: pip, platform: linux-64, url: "{LOGIN}/e-1.whl", hash: {{sha256: {HASH}}},
   dependencies: {{d: " @ git+{LOGIN}", "{TOKEN}": '*'}}, source: {{url: "git+{LOGIN}?rev={TOKEN}"}}}}
"""
_PIXI = f"""\
version: 6
environments:
  default:
    channels: [{{url: "{LOGIN}/ch"}}]
    indexes: ["{LOGIN}/simple"]
    options: {{channel-priority: "{TOKEN}"}}
    packages:
      linux-64:
      - conda: "{LOGIN}/linux-64/a-1-h_0.conda"
      - pypi: "{LOGIN}/c-1.whl"
      - pypi: "git+{LOGIN}/d.git?rev={TOKEN}&subdirectory={TOKEN}#abc"
      - pypi: "./{TOKEN}"
packages:
- {{conda: "{LOGIN}/linux-64/a-1-h_0.conda", license: "{TOKEN}", depends: ["b {TOKEN}"],
   constrains: ["{LOGIN}"], channel: "{LOGIN}"}}
- {{pypi: "{LOGIN}/c-1.whl", name: c, version: '1', sha256: {HASH}, requires_dist: ["x @ git+{LOGIN}@v1"]}}
- {{pypi: "git+{LOGIN}/d.git?rev={TOKEN}&subdirectory={TOKEN}#abc", name: d, version: '1'}}
- {{pypi: "./{TOKEN}", name: e, version: '1', editable: true}}
"""
_PYLOCK = f"""\
lock-version = "1.0"
created-by = "{TOKEN}"
requires-python = "==3.11.*"
environments = ["sys_platform == 'linux' and platform_machine == 'x86_64'"]
[[packages]]
name = "a"
version = "1"
index = "{LOGIN}/simple"
marker = "platform_version == '{TOKEN}'"
[[packages.wheels]]
name = "a-1-py3-none-any.whl"
url = "{LOGIN}/a-1-py3-none-any.whl"
hashes = {{sha256 = "{HASH}"}}
[[packages]]
name = "b"
[packages.vcs]
type = "git"
url = "{LOGIN}/b.git"
requested-revision = "{TOKEN}"
commit-id = "{"c" * 40}"
subdirectory = "{TOKEN}"
[[packages]]
name = "c"
archive = {{url = "{LOGIN}/c.zip", hashes = {{sha256 = "{HASH}"}}, subdirectory = "{TOKEN}"}}
[[packages]]
name = "d"
directory = {{path = "/x/{TOKEN}", editable = true}}
[tool.envgit]
platform = "{TOKEN}"
python = "{TOKEN}"
"""
_INSPECTED = {
    "version": TOKEN,
    "pip_version": TOKEN,
    "environment": {"sys_platform": TOKEN, "python_full_version": f"3.11+{TOKEN}"},
    "installed": [
        {
            "metadata": {"name": "a", "version": "1", "requires_dist": [f"x @ git+{LOGIN}/x.git@v1", TOKEN]},
            "installer": TOKEN,
            "direct_url": {
                "url": f"{LOGIN}/a.git",
                "vcs_info": {"vcs": TOKEN, "requested_revision": TOKEN, "commit_id": TOKEN},
                "subdirectory": TOKEN,
            },
        },
        {
            "metadata": {"name": "b", "version": "1"},
            "direct_url": {"url": f"{LOGIN}/b.zip", "archive_info": {"hash": f"sha256={TOKEN}"}},
        },
        {"metadata": {"name": TOKEN, "version": "1"}},
        {"metadata": {"name": "c", "version": TOKEN}},
    ],
}
_CONDA_LIST = [
    {"name": "a", "version": "1", "build_string": TOKEN, "platform": "linux-64", "channel": LOGIN},
    {"name": "b", "version": "1", "build_string": "0", "platform": TOKEN, "base_url": LOGIN, "channel": "x"},
    {"name": "c", "version": "1", "build_string": "0", "platform": "linux-64", "channel": "x"},
    {"name": TOKEN, "version": "1", "channel": "pypi"},
]
_PIP_LIST = [{"name": "a", "version": "1", "editable_project_location": f"/x/{TOKEN}"}]

READ = {
    "environment.yml": _ENVIRONMENT,
    "variables.yml": _LISTED_VARIABLES,
    "requirements.txt": _REQUIREMENTS,
    "explicit.txt": _EXPLICIT,
    "spec.txt": _SPECS,
    "conda-lock.yml": _CONDA_LOCK,
    "pixi.lock": _PIXI,
    "pylock.toml": _PYLOCK,
    "inspect.json": json.dumps(_INSPECTED),
    "conda-list.json": json.dumps(_CONDA_LIST),
    "pip-list.json": json.dumps(_PIP_LIST),
}
LEAKED = r"(?i)glpat.Zq9x|hunter2canary"


@pytest.mark.parametrize("where", READ)
def test_a_credential_anywhere_in_a_file_is_in_nothing_that_is_made_of_it(where: str) -> None:
    read = decode_any(READ[where].encode(), where=where, platform="linux-64")
    assert read.environment.conda or read.environment.distributions
    tree = files_of(snapshot_of(read.environment), name=read.name or "imported")
    for told in (*map(bytes.decode, tree.values()), *tree, *(w.message for w in read.warnings)):
        assert not re.search(LEAKED, told), told


REFUSED = [
    f"dependencies: [a, {{{TOKEN}: 1, b: 2}}]",
    f"dependencies:\n  {TOKEN}: 1\n",
    f"dependencies: [a]\nb: *{TOKEN}",
    f"dependencies: [a]\nb: !{TOKEN} 1",
    f"@EXPLICIT\n{FORGE}/noarch/tk-1-h_0.conda#{TOKEN}\n",
    f"@EXPLICIT\n{LOGIN}/tk.conda\n",
    f'[{{"name": "a", "version": "1", "{TOKEN}": 1, "{TOKEN}": 2}}]',
    f"version: 6\nenvironments: {{default: {{packages: {{linux-64: [conda: '{LOGIN}']}}}}}}\npackages: []\n",
    f"version: 6\nenvironments: {{{TOKEN}: {{}}, b: {{}}}}\npackages: []\n",
    "\n".join(f"!{TOKEN}" for _ in range(5)),
]


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_quotes_no_credential(text: str) -> None:
    with pytest.raises(BadFile) as refused:
        decode_any(text.encode(), where="x")
    assert not re.search(LEAKED, f"{refused.value} {refused.value.message} {refused.value.hint}")
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_what_people_ask_for_is_refused_without_credentials_too() -> None:
    with pytest.raises(BadFile) as refused:
        environment_yml.read_requests(f"dependencies: [{{{TOKEN}: 1, b: 2}}]".encode(), where="e.yml")
    assert not re.search(LEAKED, str(refused.value))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('platforms: ["linux-64\\nevil-package==6.6.6"]\ndependencies: [a=1, pip: [b==1]]', "e.yml"),
        ("# platform: ../../../etc\nb==1\n", "r.txt"),
        ("# platform: Linux\n@EXPLICIT\n", "x.txt"),
        ("# This file may be used to create an environment using:\n# platform: a/b\na=1=0\n", "s.txt"),
    ],
)
def test_a_platform_that_is_none_is_left_out_and_told(text: str, where: str) -> None:
    read = decode_any(text.encode(), where=where)
    assert read.environment.platform == ""
    (told,) = read.warnings
    assert told.kind == "platform"
    assert told.message.endswith("is no platform and is left out")
    assert "\n" not in told.message
    for encoded in (requirements.encode(read.environment), explicit.encode(read.environment)):
        assert "evil-package==6.6.6" not in encoded.splitlines()


def test_a_version_of_python_that_is_none_is_left_out_and_told() -> None:
    lock = 'lock-version = "1.0"\ncreated-by = "x"\npackages = []\n[tool.envgit]\n'
    lock += 'python = "3.11\\nevil==6.6.6"\n'
    read = decode_any(lock.encode(), where="pylock.toml", platform="linux-64")
    assert read.environment.python is None
    assert [w.message for w in read.warnings] == [
        r"pylock.toml: `3.11\nevil==6.6.6` is no version of Python and is left out"
    ]


def test_a_name_with_a_line_of_its_own_is_left_out_and_told() -> None:
    listed = [{"name": "a\nb: c", "version": "1", "build_string": "0"}, {"name": "c", "version": "1"}]
    read = decode_any(json.dumps(listed).encode(), where="x.json")
    assert [p.name for p in read.environment.conda] == ["c"]
    assert [w.message for w in read.warnings] == [
        r"x.json: a package called `a\nb: c` is left out: no name holds credentials or control characters"
    ]


def test_no_warning_poses_as_another() -> None:
    read = decode_any(b'dependencies: [a]\n"x`\\nwarning: all is well\\x1b[2J": 1\n', where="e.yml")
    (told,) = read.warnings
    assert told.message == (
        r"e.yml: `x`\nwarning: all is well\x1b[2J` is no key of an environment file and is left out"
    )


ENDLESS = {
    "quotes of TOML": 'lock-version = "1.0"\n' + ('created-by = "' + '\\"' * 30_000 + "." * 20 + "\\\n") * 3,
    "one key of JSON": '[{"version": 1, '
    + ", ".join(f'"a{i}": 1' for i in range(99_999))
    + ', "a99998": 1}]',
    "one name": "".join(f"a=={i}\n" for i in range(19_990)),
    "times of YAML 1.1": "dependencies: [a]\nx:\n" + ("- " + ":".join("1" * 30_000) + "\n") * 20,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_the_time_to_read_a_file_does_not_grow_with_the_square_of_it(text: str) -> None:
    started = time.monotonic()
    with suppress(BadFile):
        decode_any(text.encode(), where="x")
    assert time.monotonic() - started < 8
