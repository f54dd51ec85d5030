"""Jobs of GitLab CI: one that restores a baseline, and one that shows drift on merge requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats.snippets.baseline import FETCH, REQUIREMENT

if TYPE_CHECKING:
    from envgit.formats.snippets.baseline import Baseline


def encode(baseline: Baseline) -> str:
    """Return jobs to be put into ``.gitlab-ci.yml``."""
    checkout, verify = baseline.restoring("$CI_PROJECT_DIR/.envgit/env")
    return f"""\
# {baseline.purpose}
# Part of .gitlab-ci.yml, or a file of its own that it includes; nothing else is needed beside it.
.envgit:
  image: python:{baseline.interpreter}-slim
  variables:
    GIT_DEPTH: "0"
    ENVGIT: "{REQUIREMENT}"  # or "envgit @ git+https://…"
    ENVGIT_CACHE: "$CI_PROJECT_DIR/.envgit/cache"
  before_script:
    - apt-get update && apt-get install --no-install-recommends --yes git
    - pip install "$ENVGIT"
    - {FETCH}

environment:
  extends: .envgit
  cache:
    key: "{baseline.cache_key}"
    paths:
      - .envgit/cache
  script:
    - {checkout}
    - {verify}
    - export PATH="$CI_PROJECT_DIR/.envgit/env/bin:$PATH"
    - python --version

drift:
  extends: .envgit
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - envgit diff --format markdown "$CI_MERGE_REQUEST_DIFF_BASE_SHA...$CI_COMMIT_SHA" > drift.md
    - cat drift.md
  artifacts:
    expose_as: environment drift
    paths:
      - drift.md
"""
