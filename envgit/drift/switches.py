"""Choices whose change may change numbers: the BLAS, CUDA, MPI, OpenMP, Python and machine underneath.

Such a choice hides in the build string of one package of hundreds, or in which of two packages is there.
Each switch is a list of clues, and the first that says something tells where the switch stands. A switch
is told when both environments say something, and not the same: what one does not know is no change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from envgit.drift.wishes import series_of
from envgit.model import CondaPackage, Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envgit.model import Distribution, Environment, Host

_Packages: TypeAlias = "Mapping[str, CondaPackage | Distribution]"
_Hosts: TypeAlias = "tuple[Host, Host]"

#: What a clue says of a library that was built without.
_NONE = "none"
#: What a clue says of a library that was built with, but not with which version.
_SOME = "some"
_NUMPY_WHEEL = "numpy's own wheel"


@dataclass(frozen=True, slots=True)
class _Clue:
    """Packages that say where a switch stands: by a group of ``pattern`` in what is read of them.

    A name with ``pip:`` before it is one of the Python layer. ``says`` is what it says, ``{}`` for the group.
    """

    names: str
    read: Callable[[CondaPackage | Distribution], str]
    pattern: str
    says: str = ""

    def value(self, packages: _Packages) -> str:
        for name in self.names.split():
            if (package := packages.get(name)) and (found := re.search(self.pattern, self.read(package))):
                return (self.says or "{}").format(*found.groups())
        return ""


def _version(package: CondaPackage | Distribution) -> str:
    return package.version


def _build(package: CondaPackage | Distribution) -> str:
    return package.build if isinstance(package, CondaPackage) else ""


def _series(package: CondaPackage | Distribution) -> str:
    return series_of(package) if isinstance(package, CondaPackage) else ""


def _tags(package: CondaPackage | Distribution) -> str:
    return "" if isinstance(package, CondaPackage) else " ".join(package.tags)


_MAJOR = r"^(\d+)"
_MINOR = r"^(\d+\.\d+)"
_THERE = r""
#: What frameworks of machine learning are built with: `py3.10_cuda11.8_cudnn8.7.0_0`, `cuda118_py310_0`.
_FRAMEWORKS = "pytorch libtorch tensorflow-base tensorflow jaxlib torchvision pytorch-mutex"
_WHEELS = "pip:torch pip:jaxlib pip:tensorflow"
#: What conda-forge builds against one MPI or none: `mpi_openmpi_h…`, `nompi_h…`.
_MPI_BUILT = "mpi4py petsc hdf5 libnetcdf h5py fftw netcdf4 parmetis"

SWITCHES: Mapping[str, tuple[_Clue, ...]] = {
    "Python": (
        _Clue("python", _series, _MINOR),
    ),
    "BLAS": (
        # From an index numpy brings its own: OpenBLAS, or Accelerate in wheels for macOS 14 and later.
        _Clue("pip:numpy", _tags, r"macosx_(?:1[4-9]|[2-9]\d)_", says="accelerate"),
        _Clue("pip:numpy", _version, _THERE, says=_NUMPY_WHEEL),
        # conda-forge: `libblas 3.9.0=20_linux64_mkl`, `blas 2.116=mkl`; defaults: `blas 1.0=openblas`.
        _Clue("libblas libcblas blas", _build, r"(?:^|_)(?:new)?(openblas|mkl|blis|accelerate|netlib)$"),
        _Clue("numpy scipy", _build, r"blas_(openblas|mkl)"),
        _Clue("nomkl", _version, _THERE, says="openblas"),
        _Clue("mkl", _version, _THERE, says="mkl"),
        _Clue("libopenblas openblas", _version, _THERE, says="openblas"),
    ),
    "OpenBLAS threads": (
        _Clue("libopenblas openblas", _build, r"^(pthreads|openmp)_"),
    ),
    "CUDA": (
        _Clue(_FRAMEWORKS, _build, r"(?:cuda|cu)(\d+\.\d+)"),
        _Clue(_FRAMEWORKS, _build, r"(?:cuda|cu)(\d{3})(?!\d)"),
        _Clue(_FRAMEWORKS, _build, r"(?:^|_)cpu(?:_|$)", says=_NONE),
        # defaults: `tensorflow 2.4.1=gpu_py39h8236f22_0`, `=mkl_py39h4683426_0`, `=eigen_py39h1efb974_0`.
        _Clue("tensorflow-base tensorflow", _build, r"(?:^|_)(?:mkl|eigen)_", says=_NONE),
        _Clue(_WHEELS, _version, r"\+cu(?:da)?(\d+)"),
        _Clue(_WHEELS, _version, r"\+cpu", says=_NONE),
        _Clue("pytorch-cuda cuda-version cudatoolkit cuda-cudart cuda-runtime", _version, _MINOR),
        _Clue(
            "pip:nvidia-cuda-runtime pip:nvidia-cuda-runtime-cu13 pip:nvidia-cuda-runtime-cu12 "
            "pip:nvidia-cuda-runtime-cu11",
            _version,
            _MINOR,
        ),
        _Clue("tensorflow-base tensorflow", _build, r"(?:^|_)gpu_", says=_SOME),
    ),
    "cuDNN": (
        _Clue(_FRAMEWORKS, _build, r"cudnn(\d+\.\d+)"),
        _Clue("cudnn libcudnn", _version, _MINOR),
        _Clue("pip:nvidia-cudnn-cu13 pip:nvidia-cudnn-cu12 pip:nvidia-cudnn-cu11", _version, _MINOR),
    ),
    "MPI": (
        _Clue("mpi", _build, r"^([a-z]+)$"),
        _Clue("openmpi", _version, _THERE, says="openmpi"),
        _Clue("mpich", _version, _THERE, says="mpich"),
        _Clue("impi_rt intelmpi", _version, _THERE, says="impi"),
        _Clue("msmpi", _version, _THERE, says="msmpi"),
        _Clue(_MPI_BUILT, _build, r"(?:^|_)mpi_([a-z]+)_"),
        _Clue(_MPI_BUILT, _build, r"(?:^|_)nompi_", says=_NONE),
    ),
    "OpenMP": (
        _Clue("_openmp_mutex", _build, r"_(gnu|kmp_llvm|kmp_intel)$"),
    ),
    "compiler runtime": (
        _Clue("libgcc libgcc-ng", _version, _MAJOR, says="gcc {}"),
        _Clue("libcxx", _version, _MAJOR, says="clang {}"),
    ),
}  # fmt: skip

#: What values are called, where the ecosystem's own word is for machines.
_CALLED = {"gnu": "libgomp", "kmp_llvm": "llvm-openmp", "kmp_intel": "intel-openmp"}


def switches(before: Environment, after: Environment, hosts: _Hosts | None = None) -> tuple[Difference, ...]:
    """Every switch that stands otherwise in ``after``, as ``BLAS openblas → mkl``, in a fixed order.

    The facts of the machines (glibc, CPU, NVIDIA driver) are compared when ``hosts`` are given.
    """
    old, new = _positions(before), _positions(after)
    if hosts:
        old |= _host_positions(hosts[0])
        new |= _host_positions(hosts[1])
    return tuple(
        Difference(
            subject=subject, sentence=f"{subject} {value} → {new[subject]}", before=value, after=new[subject]
        )
        for subject, value in old.items()
        if value and new.get(subject) and not _agree(value, new[subject])
    )


def _positions(environment: Environment) -> dict[str, str]:
    packages: dict[str, CondaPackage | Distribution] = {p.name: p for p in environment.conda}
    packages |= {f"pip:{d.name}": d for d in environment.additions}
    found = {
        subject: next(filter(None, (clue.value(packages) for clue in clues)), "")
        for subject, clues in SWITCHES.items()
    }
    found["Python"] = found["Python"] or _minor(environment.python or "")
    found["CUDA"] = _dotted(found["CUDA"])
    found["OpenMP"] = _CALLED.get(found["OpenMP"], "")
    return found | {"platform": environment.platform}


def _minor(version: str) -> str:
    return match[1] if (match := re.match(_MINOR, version)) else ""


def _dotted(cuda: str) -> str:
    """The version of CUDA that builds and local versions write without its dot: ``118`` is 11.8."""
    digits = 2 if cuda.startswith("1") else 1
    return f"{cuda[:digits]}.{cuda[digits:]}" if cuda.isdecimal() and len(cuda) > digits else cuda


def _host_positions(host: Host) -> dict[str, str]:
    virtual = {name: (version, build) for name, version, build in map(_virtual, host.virtual_packages)}
    return {
        "CPU": virtual.get("__archspec", ("", ""))[1],
        "glibc": virtual.get("__glibc", ("", ""))[0],
        "NVIDIA driver": host.nvidia_driver or "",
    }


def _virtual(text: str) -> tuple[str, str, str]:
    name, version, build = (*text.split("=", 2), "", "")[:3]
    return name, version, build


def _agree(old: str, new: str) -> bool:
    """Whether they are the same as far as both say: CUDA 12 may be 12.4, and some CUDA any but none."""
    if _SOME in {old, new}:
        return _NONE not in {old, new}
    return f"{old}.".startswith(f"{new}.") or f"{new}.".startswith(f"{old}.")
