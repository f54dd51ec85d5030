"""Which conda package brings which distribution, where nothing but their names is known.

A capture reads it from conda's own records. A file of specs has names alone, and there like stands for
like, but for the few below, whose conda packages name what they install another way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Libraries and programs that are no distribution, whatever the index has under their names: its wget is one
#: of 2015 in Python, its tk something for tensors. Where it has bindings, conda's are called otherwise.
_BRING_NONE = frozenset({
    "blosc", "boost", "brotli", "bwa", "cdo", "eigen", "ffmpeg", "geos", "gmsh", "gnupg", "go",
    "graphviz", "h3", "htop", "icu", "jemalloc", "jq", "julia", "kallisto", "leveldb", "libopencv",
    "libsass", "lmdb", "make", "mpi", "muscle", "nodejs", "pandoc", "pango", "parallel", "patch",
    "perl", "proj", "re2", "rust", "salmon", "sed", "snappy", "sox", "symengine", "tk", "tree",
    "tzdata", "unzip", "wget", "xxhash", "zip", "zstd",
})  # fmt: skip
#: Distributions by conda package: what the dist-info in the packages of conda-forge and defaults is named,
#: by their recipes and by grayskull's table. Of two that bring the same the first holds its files.
_BRINGS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_BRING_NONE, ()),
    "astropy-base": ("astropy",),
    "boruta_py": ("boruta",),
    "brotli-python": ("brotli",),
    "cufflinks-py": ("cufflinks",),
    "dask-core": ("dask",),
    "delegator": ("delegator-py",),
    "docker-py": ("docker",),
    "gnupg-py": ("gnupg",),
    "h2o-py": ("h2o",),
    "h3-py": ("h3",),
    "hjson-py": ("hjson",),
    "keras-base": ("keras",),
    "libsass-python": ("libsass",),
    "matplotlib-base": ("matplotlib",),
    "msg-extractor": ("extract-msg",),
    "msgpack-python": ("msgpack",),
    "neo4j-python-driver": ("neo4j",),
    "numpy-base": ("numpy",),
    "ortools-python": ("ortools",),
    "pandera-base": ("pandera",),
    "pandera-core": ("pandera",),
    "prince-factor-analysis": ("prince",),
    "pvlib-python": ("pvlib",),
    "py-opencv": ("opencv-python", "opencv-python-headless"),
    "opencv": ("opencv-python", "opencv-python-headless"),
    "py-xgboost": ("xgboost",),
    "pyarrow-core": ("pyarrow",),
    "pyqt": ("pyqt5",),
    "pysoundfile": ("soundfile",),
    "pytables": ("tables",),
    "python-annoy": ("annoy",),
    "python-avro": ("avro-python3",),
    "python-blosc": ("blosc",),
    "python-cdo": ("cdo",),
    "python-confluent-kafka": ("confluent-kafka",),
    "python-cufflinks": ("cufflinks",),
    "python-duckdb": ("duckdb",),
    "python-fastjsonschema": ("fastjsonschema",),
    "python-flair": ("flair",),
    "python-flatbuffers": ("flatbuffers",),
    "python-gmsh": ("gmsh",),
    "python-graphviz": ("graphviz",),
    "python-hdfs": ("hdfs",),
    "python-htcondor": ("htcondor",),
    "python-installer": ("installer",),
    "python-kaleido": ("kaleido",),
    "python-kubernetes": ("kubernetes",),
    "python-lmdb": ("lmdb",),
    "python-mss": ("mss",),
    "python-neo": ("neo",),
    "python-node-semver": ("node-semver",),
    "python-sounddevice": ("sounddevice",),
    "python-symengine": ("symengine",),
    "python-termstyle": ("termstyle",),
    "python-tzdata": ("tzdata",),
    "python-wget": ("wget",),
    "python-xxhash": ("xxhash",),
    "pytorch": ("torch",),
    "pytorch-cpu": ("torch",),
    "pytorch-gpu": ("torch",),
    "pytorch_geometric": ("torch-geometric",),
    "pywget": ("wget",),
    "qtconsole-base": ("qtconsole",),
    "ray-core": ("ray",),
    "redis-py": ("redis",),
    "seaborn-base": ("seaborn",),
    "spyder-base": ("spyder",),
    "tensorflow-base": ("tensorflow",),
    "trino-python-client": ("trino",),
    "vsts-python-api": ("vsts",),
}


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def bringers(packages: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Conda packages by the name of the distribution they bring, the one that holds its files first."""
    found: dict[str, tuple[str, ...]] = {}
    names = set(packages)
    for name in (*(name for name in _BRINGS if name in names), *sorted(names - _BRINGS.keys())):
        for distribution in _BRINGS.get(name, (normalised(name),)):
            found[distribution] = (*found.get(distribution, ()), name)
    return found
