"""Settings come from Git's own configuration, and what means nothing is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.store.settings import BadSetting, Settings, read_settings

if TYPE_CHECKING:
    from envgit.store.git import Git
    from tests.builders import Repo

pytestmark = pytest.mark.usefixtures("default_settings")


def test_nothing_configured_is_the_defaults(git: Git) -> None:
    assert read_settings(git) == Settings()


def test_every_setting_is_read(repo: Repo, git: Git) -> None:
    for name, value in [
        ("envgit.autotag", "never"),
        ("envgit.resolve", "never"),
        ("envgit.gate", "drift"),
        ("envgit.push", "yes"),
        ("envgit.linkScripts", "on"),
        ("envgit.deadline", "2.5"),
        ("envgit.cache", "/scratch/cache"),
        ("envgit.default.prefix", ".venv"),
        ("envgit.Train-GPU.prefix", "/opt/envs/train\nwith a newline"),
    ]:
        repo.git("config", name, value)
    for mirror in ("https://conda.anaconda.org https://mirror.example.org/conda/", "https://a/ https://b"):
        repo.git("config", "--add", "envgit.mirror", mirror)
    repo.git("config", "--add", "envgit.variables", "OMP_* MKL_NUM_THREADS")
    repo.git("config", "--add", "envgit.variables", "CUDA_*")
    assert read_settings(git) == Settings(
        prefixes=(("Train-GPU", "/opt/envs/train\nwith a newline"), ("default", ".venv")),
        autotag=False,
        resolve=False,
        gate=True,
        push=True,
        link_scripts=True,
        deadline=2.5,
        mirrors=(
            ("https://conda.anaconda.org/", "https://mirror.example.org/conda/"),
            ("https://a/", "https://b/"),
        ),
        variables=("OMP_*", "MKL_NUM_THREADS", "CUDA_*"),
        cache="/scratch/cache",
    )


def test_own_configuration_wins_over_the_users(repo: Repo, git: Git) -> None:
    repo.git("config", "--global", "envgit.push", "true")
    assert read_settings(git).push
    repo.git("config", "envgit.push", "false")
    assert not read_settings(git).push


def test_setting_without_a_value_is_true(repo: Repo, git: Git) -> None:
    with (repo.git_dir / "config").open("a") as config:
        config.write("[envgit]\n\tpush\n")
    assert read_settings(git).push


def test_tracked_files_configure_nothing(repo: Repo, git: Git) -> None:
    repo.commit(files={".envgit": "push = true\n", ".gitconfig": "[envgit]\npush = true\n"})
    assert read_settings(git) == Settings()


BAD = [
    ("autotag", "always", "envgit.autotag is 'always'", "git config envgit.autotag changed | never"),
    ("gate", "drfit", "envgit.gate is 'drfit'", "git config envgit.gate never | drift"),
    ("push", "perhaps", "envgit.push is 'perhaps'", "git config envgit.push true | false"),
    ("deadline", "soon", "envgit.deadline is 'soon'", "git config envgit.deadline 5"),
    ("deadline", "0", "envgit.deadline is '0'", "git config envgit.deadline 5"),
    ("deadline", "-1", "envgit.deadline is '-1'", "git config envgit.deadline 5"),
    ("deadline", "nan", "envgit.deadline is 'nan'", "git config envgit.deadline 5"),
    ("deadline", "inf", "envgit.deadline is 'inf'", "git config envgit.deadline 5"),
    ("mirror", "https://a", "envgit.mirror is 'https://a'",
     "git config --add envgit.mirror '<canonical URL> <mirror URL>'"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad[0]}={bad[1]}")
def test_value_that_means_nothing_is_named(repo: Repo, git: Git, bad: tuple[str, str, str, str]) -> None:
    name, value, message, hint = bad
    repo.git("config", f"envgit.{name}", value)
    with pytest.raises(BadSetting) as caught:
        read_settings(git)
    assert (caught.value.message, caught.value.hint) == (message, hint)
