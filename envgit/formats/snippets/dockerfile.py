"""A Dockerfile whose image holds a baseline's environment, proven while it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats.snippets.baseline import REQUIREMENT

if TYPE_CHECKING:
    from envgit.formats.snippets.baseline import Baseline

_PREFIX = "/opt/env"
_PLATFORMS = {"linux-64": "linux/amd64", "linux-aarch64": "linux/arm64", "linux-ppc64le": "linux/ppc64le"}


def encode(baseline: Baseline) -> str:
    """Return a Dockerfile to be built at the top of a clone: its ``.git`` brings the snapshots.

    It has two stages: neither envgit nor the repository's history gets into the image.
    """
    checkout, verify = baseline.restoring(_PREFIX)
    platform = _PLATFORMS.get(baseline.platform)
    base = f"--platform={platform} " if platform else ""
    image = f"python:{baseline.interpreter}-slim"
    program = "python" if baseline.python else "sh"
    return f"""\
# syntax=docker/dockerfile:1
# {baseline.purpose}
# Build it at the top of a clone that has the snapshots (envgit pull), whose .dockerignore leaves .git in:
#   docker build -f Dockerfile .
FROM {base}{image} AS restored
# Or: --build-arg ENVGIT='envgit @ git+https://…'
ARG ENVGIT="{REQUIREMENT}"
# hadolint ignore=DL3008
RUN apt-get update \\
 && apt-get install --no-install-recommends --yes git \\
 && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/envgit && /opt/envgit/bin/pip install --no-cache-dir "$ENVGIT"
ENV PATH="/opt/envgit/bin:$PATH"
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cache/envgit \\
    git config --global --add safe.directory /src \\
 && {checkout} \\
 && {verify}

FROM {base}{image}
COPY --from=restored {_PREFIX} {_PREFIX}
ENV PATH="{_PREFIX}/bin:$PATH"
CMD ["{program}"]
"""
