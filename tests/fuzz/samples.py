"""One small file for each reader that holds something of everything the reader looks at."""

from __future__ import annotations

from tests.formats.environments import COMMIT, MD5, SHA256

_FORGE = "https://conda.anaconda.org/conda-forge"
_TIME = "2024-01-01T00:00:00Z"
_SIX = "https://files.example/six-1.16.0-py3-none-any.whl"

ENVIRONMENT_YML = f"""\
name: x
channels: [conda-forge, "https://u:p@host/t/tk-1/ch", nodefaults]
platforms: [linux-64]
dependencies:
- python=3.11.4=h0_0
- conda-forge/label/dev::numpy[version='>=1.20,<2', build='*mkl*']  # [linux]
- https://host/ch/linux-64/zlib-1.3-h0_2.conda
- sel(win): pywin32
- "scipy >=1,<2|==3"
- pip:
  - six==1.16.0 --hash=sha256:{SHA256}
  - "torch[cuda]>=2 ; python_version < '3.12'"
  - -e git+https://u:p@host/o/r.git@v1#egg=r&subdirectory=lib
  - tool @ https://host/tool-1.0.tar.gz#sha256={SHA256}
  - -r more.txt
  - --index-url https://u:p@host/simple
  - ./lib
variables: {{MODE: fast, API_TOKEN: abc, NUMBER: 1}}
prefix: /home/ada/envs/x
"""

EXPLICIT = f"""\
# platform: linux-64
@EXPLICIT
{_FORGE}/linux-64/python-3.11.4-h0_0.conda#{MD5}
https://u:p@host/t/tk-1/ch/noarch/tzdata-2024a-h1_0.tar.bz2#sha256:{SHA256}
/srv/pkgs/linux-64/zlib-1.3-h0_2.conda
# no URL for: odd-1.0-h0_0
"""

TEXT_SPEC = """\
# This file may be used to create an environment using:
# $ conda create --name <env> --file <this file>
# platform: linux-64
_libgcc_mutex=0.1=conda_forge
conda-forge::numpy=1.26.4=py311h64a7726_0
python=3.11.4
six=1.16.0=pypi_0
"""

REQUIREMENTS = f"""\
# platform: linux-64
# python: 3.11.4
--index-url https://u:p@host/simple
-r more.txt
six==1.16.0 \\
    --hash=sha256:{SHA256} \\
    --hash=sha256:{SHA256[::-1]}
torch[cuda] >= 2, < 3 ; python_version < "3.12" and extra == 'x'  # a comment
# Editable install with no version control (mine==1.0)
-e ./lib
-e git+ssh://git@host/o/r.git@{COMMIT}#egg=r&subdirectory=lib
tool @ https://host/tool-1.0.tar.gz#sha256={SHA256}
/srv/wheels/here-1.0-py3-none-any.whl
old===4.0-legacy
"""

CONDA_LOCK = f"""\
version: 1
metadata:
  content_hash: {{linux-64: {SHA256}}}
  channels: [{{url: conda-forge, used_env_vars: []}}]
  platforms: [linux-64]
  sources: [environment.yml]
package:
- {{name: zlib, version: '1.3', manager: conda, platform: linux-64, dependencies: {{libgcc: '>=12'}},
   url: {_FORGE}/linux-64/zlib-1.3-h0_2.conda, hash: {{md5: {MD5}, sha256: {SHA256}}}, category: main,
   optional: false}}
- {{name: Six, version: 1.16.0, manager: pip, platform: linux-64, dependencies: {{a: '*'}}, url: {_SIX},
   hash: {{sha256: {SHA256}}}, category: dev, optional: true}}
- {{name: r, version: '1', manager: pip, platform: linux-64, dependencies: [a>=1], url: 'https://h/r',
   source: {{type: url, url: 'git+https://h/r@{COMMIT}'}}, hash: {{}}, optional: false}}
"""

PIXI_LOCK = f"""\
version: 6
environments:
  default:
    channels: [{{url: {_FORGE}/}}]
    indexes: ["https://u:p@index.example/simple"]
    options: {{channel-priority: disabled}}
    packages:
      linux-64:
      - conda: {_FORGE}/linux-64/zlib-1.3-h0_2.conda
      - pypi: {_SIX}
        extras: [b]
      - pypi: git+https://u:p@host/o/r.git?subdirectory=lib&rev=main#{COMMIT}
      - pypi: ./
packages:
- conda: {_FORGE}/linux-64/zlib-1.3-h0_2.conda
  sha256: {SHA256}
  md5: {MD5}
  depends: ["libgcc >=12"]
  constrains: [a]
  channel: {_FORGE}/
  license: Zlib
  size: 7
  timestamp: 1700000000000
  noarch: python
  build_number: 2
- pypi: {_SIX}
  name: six
  version: 1.16.0
  sha256: {SHA256}
  requires_dist: ["enum34>=1 ; extra == 'a'"]
  requires_python: '>=3'
- pypi: git+https://u:p@host/o/r.git?subdirectory=lib&rev=main#{COMMIT}
  name: r
  version: '1.0'
- pypi: ./
  name: mine
  version: '1.0'
  editable: true
"""

PIXI_LOCK_OF_SOURCES = f"""\
version: 7
platforms: [{{name: gpu, subdir: linux-64}}, {{name: osx-64}}]
environments:
  default:
    packages:
      gpu:
      - conda_source: "tool[9a3f] @ ./recipe"
      - kind: conda
        url: {_FORGE}/noarch/tzdata-2024a-h1_0.conda
      osx-64: []
packages:
- conda_source: "tool[9a3f] @ ./recipe"
  version: '1.0'
  build: h0_0
  subdir: linux-64
- kind: conda
  url: {_FORGE}/noarch/tzdata-2024a-h1_0.conda
  noarch: generic
"""

PYLOCK = f"""\
lock-version = "1.0"
created-by = "x"
environments = ["sys_platform == 'linux' and platform_machine == 'x86_64'"]
requires-python = ">=3.11"
extras = ["cuda"]
dependency-groups = ["dev"]
default-groups = ["dev"]

[[packages]]
name = "six"
version = "1.16.0"
marker = "python_version < '3.12' and 'cuda' not in extras"
index = "https://u:p@index.example/simple"
dependencies = [{{ name = "a" }}]
wheels = [
  {{ name = "six-1.16.0-py3-none-any.whl", url = "{_SIX}", size = 7, hashes = {{ sha256 = "{SHA256}" }} }},
  {{ url = "https://h/six-1.16.0-cp311-cp311-linux_x86_64.whl", hashes = {{ sha256 = "{SHA256}" }} }},
]
sdist = {{ url = "https://h/six-1.16.0.tar.gz", upload-time = {_TIME}, hashes = {{ md5 = "{MD5}" }} }}

[[packages]]
name = "r"
vcs = {{ type = "git", url = "https://u:p@host/o/r", commit-id = "{COMMIT}", subdirectory = "lib" }}

[[packages]]
name = "tool"
archive = {{ path = "../tool-1.0.zip", hashes = {{ sha256 = "{SHA256}" }} }}

[[packages]]
name = "mine"
directory = {{ path = "./lib", editable = true, subdirectory = "a" }}

[tool.envgit]
platform = "linux-64"
python = "3.11.4"
"""

CONDA_LIST = f"""\
[{{"base_url": "{_FORGE}", "build_number": 2, "build_string": "h0_2", "channel": "conda-forge",
  "dist_name": "zlib-1.3-h0_2", "name": "zlib", "platform": "linux-64", "version": "1.3"}},
 {{"base_url": "https://conda.anaconda.org/pypi", "build_number": 0, "build_string": "pypi_0",
  "channel": "pypi", "dist_name": "six-1-pypi_0", "name": "six", "platform": "pypi", "version": "1.16.0"}}]
"""

CONDA_EXPORT = """\
{"name": "x", "channels": ["https://u:p@host/t/tk-1/ch"], "prefix": "/home/ada/envs/x",
 "dependencies": ["python=3.11.4=h0_0", {"pip": ["six==1.16.0", "-r r.txt", "-e ./lib"]}],
 "variables": {"MODE": "fast"}}
"""

PIP_INSPECT = f"""\
{{"version": "1", "pip_version": "25", "installed": [
 {{"metadata": {{"name": "six", "version": "1.16.0", "requires_dist": ["a>=1"]}}, "installer": "pip",
  "requested": true}},
 {{"metadata": {{"name": "r", "version": "1"}}, "direct_url": {{"url": "https://u:p@host/o/r.git",
  "vcs_info": {{"vcs": "git", "commit_id": "{COMMIT}", "requested_revision": "v1"}}, "subdirectory": "s"}}}},
 {{"metadata": {{"name": "mine", "version": "1"}}, "direct_url": {{"url": "file:///home/ada/code",
  "dir_info": {{"editable": true}}}}}},
 {{"metadata": {{"name": "tool", "version": "1"}}, "direct_url": {{"url": "https://h/a.zip",
  "archive_info": {{"hash": "sha256={SHA256}", "hashes": {{"sha256": "{SHA256}"}}}}}}}},
 {{"metadata": {{"name": "c", "version": "1"}}, "installer": "conda"}}],
 "environment": {{"sys_platform": "darwin", "platform_machine": "arm64", "python_full_version": "3.11.4"}}}}
"""

PIP_LIST = """\
[{"name": "six", "version": "1.16.0"},
 {"name": "mine", "version": "1", "editable_project_location": "/home/ada/code"}]
"""
