from __future__ import annotations

from typing import Any

import pytest

from envgit.drift import drift
from envgit.drift.switches import switches
from envgit.model import Difference, Environment
from tests.drift.environments import conda, dist, environment, host


def told(before: Environment, after: Environment) -> list[str]:
    there = switches(before, after)
    back = switches(after, before)
    assert [(d.subject, d.before, d.after) for d in back] == [(d.subject, d.after, d.before) for d in there]
    return [difference.sentence for difference in there]


def asked(*specs: str) -> Any:
    return conda("python", "", "", requested=specs)


def blas(build: str) -> Any:
    return conda("libblas", "3.9.0", build)


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        # --- BLAS ---
        (blas("20_linux64_openblas"), blas("20_linux64_mkl"), ["BLAS openblas → mkl"]),
        (blas("29_h59b9bed_openblas"), blas("7_h0adab6e_openblas"), []),
        (blas("8_h6c93730_netlib"), blas("20_osxarm64_accelerate"), ["BLAS netlib → accelerate"]),
        (blas("1_newaccelerate"), blas("20_osxarm64_accelerate"), []),
        (conda("blas", "1.0", "mkl"), conda("blas", "1.0", "openblas"), ["BLAS mkl → openblas"]),
        (conda("blas", "2.116", "mkl"), blas("5_mkl"), []),
        (conda("blas", "*", "mkl"), conda("nomkl", "3.0", "0"), ["BLAS mkl → openblas"]),
        (conda("numpy", "1.13.3", "py36_blas_openblas_200"), conda("mkl"), ["BLAS openblas → mkl"]),
        (conda("libopenblas", "0.2.20"), conda("mkl", "2018.0.2"), ["BLAS openblas → mkl"]),
        (blas("5_mkl"), dist("numpy", "2.1.0"), ["BLAS mkl → numpy's own wheel"]),
        (
            dist("numpy", "1.26.4", tags=("cp312-cp312-macosx_11_0_arm64",)),
            dist("numpy", "2.1.0", tags=("cp312-cp312-macosx_14_0_arm64",)),
            ["BLAS numpy's own wheel → accelerate"],
        ),
        (
            conda("libopenblas", "0.3.30", "pthreads_h94d23a6_2"),
            conda("libopenblas", "0.3.30", "openmp_ha158390_2"),
            ["OpenBLAS threads pthreads → openmp"],
        ),
        (blas("5_mkl"), conda("libblas", "3.9.0", ""), []),
        (blas("5_mkl"), conda("zlib"), []),
        # --- CUDA ---
        (
            conda("pytorch", "2.0.1", "py3.10_cuda11.7_cudnn8.5.0_0"),
            conda("pytorch", "2.0.1", "py3.10_cuda11.8_cudnn8.7.0_0"),
            ["CUDA 11.7 → 11.8", "cuDNN 8.5 → 8.7"],
        ),
        (
            conda("pytorch", "2.0.0", "cpu_py310hd11e9c7_0"),
            conda("pytorch", "2.0.0", "cuda112py310he33e0d6_200"),
            ["CUDA none → 11.2"],
        ),
        (
            conda("pytorch", "2.6.0", "cuda126_mkl_py312_h1_301"),
            conda("pytorch", "2.6.0", "cpu_mkl_py312_h2_101"),
            ["CUDA 12.6 → none"],
        ),
        (
            conda("torchvision", build="py38_cu111"),
            conda("torchvision", build="py38_cpu"),
            ["CUDA 11.1 → none"],
        ),
        (
            conda("pytorch-mutex", "1.0", "cpu"),
            conda("pytorch-cuda", "11.8", "h7e8668a_5"),
            ["CUDA none → 11.8"],
        ),
        (conda("cudatoolkit", "11.1.74"), conda("cuda-version", "11.8"), ["CUDA 11.1 → 11.8"]),
        (conda("cudatoolkit", "11.8.0"), conda("cuda-version", "11.8"), []),
        (dist("torch", "2.1.0+cpu"), dist("torch", "2.1.0+cu118"), ["CUDA none → 11.8"]),
        (dist("torch", "1.7.1+cu92"), dist("torch", "1.7.1+cu101"), ["CUDA 9.2 → 10.1"]),
        (dist("jaxlib", "0.4.23+cuda12.cudnn89"), dist("nvidia-cuda-runtime-cu12", "12.1.105"), []),
        (
            dist("nvidia-cuda-runtime-cu11", "11.8.89"),
            dist("nvidia-cuda-runtime-cu12", "12.1.105"),
            ["CUDA 11.8 → 12.1"],
        ),
        (dist("torch", "2.1.0"), dist("torch", "2.2.0"), []),
        (
            conda("tensorflow", "2.4.1", "gpu_py39h8236f22_0"),
            conda("tensorflow", "2.4.1", "mkl_py39h4683426_0"),
            ["CUDA some → none"],
        ),
        (
            conda("tensorflow-base", "2.4.1", "eigen_py39h7ec2d4e_0"),
            conda("tensorflow-base", "2.4.1", "gpu_py39h29c2da4_0"),
            ["CUDA none → some"],
        ),
        (conda("tensorflow", "2.4.1", "gpu_py39h8236f22_0"), conda("cudatoolkit", "10.1.243"), []),
        # --- MPI ---
        (conda("mpi", "1.0", "openmpi"), conda("mpi", "1.0.1", "mpich"), ["MPI openmpi → mpich"]),
        (
            conda("hdf5", "1.14.6", "nompi_h6e4c0c1_103"),
            conda("hdf5", "1.14.6", "mpi_mpich_h02efad0_4"),
            ["MPI none → mpich"],
        ),
        (conda("hdf5", "1.14.6", "nompi_h6e4c0c1_103"), conda("hdf5", "1.10.1", "2"), []),
        # --- runtimes ---
        (
            conda("_openmp_mutex", "4.5", "2_gnu"),
            conda("_openmp_mutex", "4.5", "2_kmp_llvm"),
            ["OpenMP libgomp → llvm-openmp"],
        ),
        (conda("_openmp_mutex", "4.5", "2_gnu"), conda("_openmp_mutex", "5.1", "1_gnu"), []),
        (
            conda("libgcc-ng", "13.2.0"),
            conda("libgcc", "14.1.0"),
            ["compiler runtime gcc 13 → gcc 14"],
        ),
        (conda("libgcc-ng", "13.1.0"), conda("libgcc-ng", "13.2.0"), []),
        (conda("libgcc", "7.2.0"), conda("libgcc-ng", "9.1.0"), ["compiler runtime gcc 7 → gcc 9"]),
        # --- Python ---
        (conda("python", "3.11.9"), conda("python", "3.12.0"), ["Python 3.11 → 3.12"]),
        (conda("python", "3.11.8"), conda("python", "3.11.9"), []),
        (conda("python", "3.11.8"), conda("python", ""), []),
        (asked("python=3.11"), asked("python=3.12"), ["Python 3.11 → 3.12"]),
        (asked("python=3.11"), asked("conda-forge::python >= 3.12, < 3.13.0a0"), ["Python 3.11 → 3.12"]),
        (asked("python 3.11.*"), conda("python", "3.12.1"), ["Python 3.11 → 3.12"]),
        (asked("python[version='3.11.*']"), asked("python~=3.12.1"), ["Python 3.11 → 3.12"]),
        (asked("python 3.11.*"), asked("python=3.12.*=*_cpython"), ["Python 3.11 → 3.12"]),
        (asked("python=3.11"), conda("python", "3.11.7"), []),
        (asked("python>=3.11"), asked("python>=3.12"), []),
        (asked("python=3.11"), asked("python~=3.12"), []),
        (asked("python=3.11"), asked("python>=3.12,<3.14"), []),
        (asked("python=3.11"), asked("python"), []),
    ],
)  # fmt: skip
def test_a_switch_is_told_where_it_stands_otherwise(old: Any, new: Any, sentences: list[str]) -> None:
    assert told(environment(old), environment(new)) == sentences


def test_an_old_libgcc_that_was_left_behind_says_nothing_of_the_compiler_runtime() -> None:
    stale = conda("libgcc", "7.2.0")
    nine, twelve = conda("libgcc-ng", "9.3.0"), conda("libgcc-ng", "12.1.0")
    assert told(environment(stale, nine), environment(stale, twelve)) == ["compiler runtime gcc 9 → gcc 12"]
    assert told(environment(stale, twelve), environment(twelve)) == []
    assert told(environment(nine), environment(nine, conda("libgcc", "15.1.0"))) == [
        "compiler runtime gcc 9 → gcc 15"
    ]
    newer = conda("libgomp", "12.1.0")
    assert told(environment(nine, newer), environment(twelve, newer)) == []


def test_what_pip_overwrote_says_nothing_of_cuda() -> None:
    without = conda("pytorch", "2.1.0", "cpu_py310h1_0")
    wheel = dist("torch", "2.1.0+cu118", "clobbered", conda_package="pytorch")
    plain = dist("torch", "2.1.0", "clobbered", conda_package="pytorch")
    runtime = dist("nvidia-cuda-runtime-cu12", "12.1.105")
    assert told(environment(without), environment(without, wheel)) == ["CUDA none → 11.8"]
    assert told(environment(without), environment(without, plain, runtime)) == ["CUDA none → 12.1"]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("cpu_0", "cuda_0", ["CUDA none → some in a"]),
        ("h1_3_cpu", "cuda126_py312_h2_3", ["CUDA none → 12.6 in a"]),
        ("cuda112py310h1_200", "py310_torch_2.0.0_cu118", ["CUDA 11.2 → 11.8 in a"]),
        ("py310_cuda11.8.0_0", "cuda118_0", []),
        ("cuda_0", "cuda118_0", []),
        ("nocuda_h1_0", "cuda118_0", []),
        ("hcpu1_0", "cuda_0", []),
        ("h1_0", "cuda_0", []),
    ],
)
def test_any_package_built_for_another_cuda_is_told(old: str, new: str, sentences: list[str]) -> None:
    assert told(environment(conda("a", build=old)), environment(conda("a", build=new))) == sentences


def test_of_packages_built_for_another_cuda_the_one_that_says_which_is_told() -> None:
    before = environment(conda("a", build="cpu_0"), conda("b", build="cpu_0"), conda("cuda-version", "11.8"))
    after = environment(conda("a", build="cuda_0"), conda("b", build="cuda118_0"), *before.conda[2:])
    assert told(before, after) == ["CUDA none → 11.8 in b"]


def test_the_interpreter_of_a_venv_is_a_switch() -> None:
    before, after = (environment(kind="venv", python=python) for python in ("3.11.7", "3.12.1"))
    assert told(before, after) == ["Python 3.11 → 3.12"]


def test_another_platform_is_a_switch_where_both_are_known() -> None:
    linux, mac, file = (environment(platform=platform) for platform in ("linux-64", "osx-arm64", ""))
    assert told(linux, mac) == ["platform linux-64 → osx-arm64"]
    assert told(linux, file) == []


def test_the_machine_is_compared_when_both_are_given() -> None:
    old = host("__glibc=2.31=0", "__archspec=1=haswell", nvidia_driver="535.1")
    new = host("__glibc=2.36=0", "__archspec=1=zen4", nvidia_driver="550.2")
    assert [d.sentence for d in switches(environment(), environment(), (old, new))] == [
        "CPU haswell → zen4",
        "glibc 2.31 → 2.36",
        "NVIDIA driver 535.1 → 550.2",
    ]
    assert switches(environment(), environment(), (old, host())) == ()


def test_numpy_that_conda_still_owns_brings_no_blas() -> None:
    owned = environment(blas("5_mkl"), dist("numpy", owner="conda", conda_package="numpy"))
    overwritten = environment(blas("5_mkl"), dist("numpy", owner="clobbered", conda_package="numpy"))
    assert told(owned, overwritten) == ["BLAS mkl → numpy's own wheel"]


def test_a_drift_holds_its_switches_with_both_sides() -> None:
    found = drift(environment(blas("5_openblas")), environment(blas("5_mkl")))
    assert found.switches == (
        Difference(subject="BLAS", sentence="BLAS openblas → mkl", before="openblas", after="mkl"),
    )
