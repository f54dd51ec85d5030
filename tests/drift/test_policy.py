from __future__ import annotations

import pytest

from envgit.drift import POLICIES, breaches, drift
from envgit.model import Drift
from tests.drift.environments import conda, dist, environment

BEFORE = environment(
    conda("python", "3.11.9"),
    conda("numpy", "1.26.4"),
    conda("certifi", "2023.7.22"),
    conda("libblas", "3.9.0", "20_linux64_openblas"),
    conda("_openmp_mutex", "4.5", "2_gnu"),
    conda("mpi", "1.0", "openmpi"),
    conda("pytorch", "2.0.1", "py3.11_cuda11.7_cudnn8.5.0_0"),
)
AFTER = environment(
    conda("python", "3.12.0"),
    conda("numpy", "2.1.0"),
    conda("certifi", "2024.2.2"),
    conda("libblas", "3.9.0", "20_linux64_mkl"),
    conda("_openmp_mutex", "4.5", "2_kmp_llvm"),
    conda("mpi", "1.0", "mpich"),
    conda("pytorch", "2.0.1", "py3.12_cuda12.1_cudnn8.9.0_0"),
    dist("rich", "13.7"),
    channels=("conda-forge", "bioconda"),
)


@pytest.mark.parametrize(
    ("policy", "sentences"),
    [
        ("major", ("numpy 1.26.4 → 2.1.0",)),
        ("python", ("Python 3.11 → 3.12",)),
        ("blas", ("BLAS openblas → mkl",)),
        ("cuda", ("CUDA 11.7 → 12.1",)),
        ("cudnn", ("cuDNN 8.5 → 8.9",)),
        ("mpi", ("MPI openmpi → mpich",)),
        ("openmp", ("OpenMP libgomp → llvm-openmp",)),
    ],
)
def test_a_policy_is_breached_by_what_it_names(policy: str, sentences: tuple[str, ...]) -> None:
    assert breaches(drift(BEFORE, AFTER), policy) == sentences


def test_any_drift_at_all_breaches_any() -> None:
    found = breaches(drift(BEFORE, AFTER), "any")
    assert found[-2:] == ("+rich 13.7", "channel bioconda added after conda-forge")
    assert len(found) == 9


def test_files_that_ask_for_another_python_breach_its_policy() -> None:
    before, after = (
        environment(conda("python", "", "", requested=(f"python={series}",)), channels=())
        for series in ("3.11", "3.12")
    )
    assert breaches(drift(before, after), "python") == ("Python 3.11 → 3.12",)


def test_a_move_that_may_be_none_breaches_no_policy_of_big_steps() -> None:
    assert breaches(drift(environment(conda("a", "1.21")), environment(dist("a", "3.2"))), "major") == ()


@pytest.mark.parametrize("policy", POLICIES)
def test_an_empty_drift_keeps_every_policy(policy: str) -> None:
    assert breaches(Drift(), policy) == ()


@pytest.mark.parametrize("policy", [policy for policy in POLICIES if policy != "any"])
def test_a_small_step_breaches_nothing_but_any(policy: str) -> None:
    before = environment(conda("python", "3.11.8"), conda("numpy", "1.26.3"))
    after = environment(conda("python", "3.11.9"), conda("numpy", "1.26.4"))
    assert breaches(drift(before, after), policy) == ()
