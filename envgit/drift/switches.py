"""Choices whose change may change numbers: the BLAS, CUDA, MPI, OpenMP, Python and machine underneath.

Such a choice hides in the build string of one package of hundreds, or in which of two packages is there.
Each switch is a list of clues, and the first that says something tells where the switch stands. A switch
is told when both environments say something, and not the same: what one does not know is no change.

Packages of one environment may contradict each other: one that was left behind is still on record. So what
pip overwrote says nothing, and where a clue tells versions of one thing, the newest counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from envgit.drift.wishes import series_of
from envgit.model import CondaPackage, Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
    The first package that says something counts, or of numbers the ``newest``.
    """

    names: str
    read: Callable[[CondaPackage | Distribution], str]
    pattern: str
    says: str = ""
    newest: bool = False

    def value(self, packages: _Packages) -> str:
        there = (packages[name] for name in self.names.split() if name in packages)
        found = filter(None, (re.search(self.pattern, self.read(package)) for package in there))
        told = max(found, key=_number, default=None) if self.newest else next(found, None)
        return (self.says or "{}").format(*told.groups()) if told else ""


def _number(found: re.Match[str]) -> int:
    return int(found[1])


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
        _Clue(_WHEELS, _version, r"\+cu(?:da)?(\d+)"),
        _Clue(_WHEELS, _version, r"\+cpu", says=_NONE),
        _Clue(_FRAMEWORKS, _build, r"(?:cuda|cu)(\d+\.\d+)"),
        _Clue(_FRAMEWORKS, _build, r"(?:cuda|cu)(\d{3})(?!\d)"),
        _Clue(_FRAMEWORKS, _build, r"(?:^|_)cpu(?:_|$)", says=_NONE),
        # defaults: `tensorflow 2.4.1=gpu_py39h8236f22_0`, `=mkl_py39h4683426_0`, `=eigen_py39h1efb974_0`.
        _Clue("tensorflow-base tensorflow", _build, r"(?:^|_)(?:mkl|eigen)_", says=_NONE),
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
        # defaults' libgcc 7.2.0 stays where it was once installed, whatever libgcc-ng brings since then.
        _Clue("libgcc libgcc-ng libstdcxx-ng libgomp", _version, _MAJOR, says="gcc {}", newest=True),
        _Clue("libcxx", _version, _MAJOR, says="clang {}"),
    ),
}  # fmt: skip

#: What a build of any package is for, as a part of its own: `cuda_0`, `h1_3_cpu`, `torch_2.0.0_cu118`; an old
#: one may end in the Python: `cuda112py310h1_200`.
_BUILT_FOR = r"(?:^|_)(?:cpu|cuda|cu(?:da)?(\d+(?:\.\d+)?)(?:\.\d+)*)(?=_|py|$)"
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
    return tuple(_told(before, after, old, new))


def _told(
    before: Environment, after: Environment, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[Difference]:
    for subject, value in old.items():
        if value and new.get(subject) and not _agree(value, new[subject]):
            yield _difference(subject, value, new[subject])
        elif subject == "CUDA":
            yield from _rebuilt_for_cuda(before, after)


def _difference(subject: str, old: str, new: str, place: str = "") -> Difference:
    return Difference(subject=subject, sentence=f"{subject} {old} → {new}{place}", before=old, after=new)


def _rebuilt_for_cuda(before: Environment, after: Environment) -> Iterator[Difference]:
    """The step of a package that is built for another CUDA, one between known versions if there is any."""
    packages = {package.name: package for package in before.conda}
    steps = [
        (old, new, package.name)
        for package in after.conda
        if package.name in packages
        and (old := _cuda_in(packages[package.name].build))
        and (new := _cuda_in(package.build))
        and not _agree(old, new)
    ]
    for old, new, name in sorted(steps, key=lambda step: _SOME in step)[:1]:
        yield _difference("CUDA", old, new, f" in {name}")


def same_cuda(one: str, other: str) -> bool:
    """Whether two packages are for one CUDA, as far as both say by their builds or local versions."""
    said = _cuda_in(one), _cuda_in(other)
    return not all(said) or _agree(*said)


def _cuda_in(build: str) -> str:
    """The CUDA that a package is built for (``11.8``, ``some``, ``none``), empty where that is not said."""
    if not (found := re.search(_BUILT_FOR, build)):
        return ""
    if found[1]:
        return _dotted(found[1])
    return _NONE if found[0].endswith("cpu") else _SOME


def _positions(environment: Environment) -> dict[str, str]:
    overwritten = {d.conda_package for d in environment.pypi if d.owner == "clobbered"}
    packages: dict[str, CondaPackage | Distribution] = {
        p.name: p for p in environment.conda if p.name not in overwritten
    }
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
