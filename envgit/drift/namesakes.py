"""Which conda package brings which distribution, where nothing but their names is known.

A capture reads it from conda's own records. A file of specs has names alone, and there like stands for
like, but for the few below, whose conda packages name what they install another way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Distributions by conda package: what the dist-info in the packages of conda-forge and defaults is named.
#: None at all for a namesake, which is a library in C. Of two that bring the same the first holds its files.
_BRINGS: Mapping[str, tuple[str, ...]] = {
    "brotli": (),
    "brotli-python": ("brotli",),
    "dask-core": ("dask",),
    "docker-py": ("docker",),
    "graphviz": (),
    "libopencv": (),
    "matplotlib-base": ("matplotlib",),
    "msgpack-python": ("msgpack",),
    "numpy-base": ("numpy",),
    "py-opencv": ("opencv-python", "opencv-python-headless"),
    "opencv": ("opencv-python", "opencv-python-headless"),
    "py-xgboost": ("xgboost",),
    "pyarrow-core": ("pyarrow",),
    "pyqt": ("pyqt5",),
    "pytables": ("tables",),
    "python-blosc": ("blosc",),
    "python-flatbuffers": ("flatbuffers",),
    "python-graphviz": ("graphviz",),
    "python-tzdata": ("tzdata",),
    "pytorch": ("torch",),
    "pytorch-cpu": ("torch",),
    "pytorch-gpu": ("torch",),
    "pytorch_geometric": ("torch-geometric",),
    "ray-core": ("ray",),
    "redis-py": ("redis",),
    "seaborn-base": ("seaborn",),
    "snappy": (),
    "tensorflow-base": ("tensorflow",),
    "tzdata": (),
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
