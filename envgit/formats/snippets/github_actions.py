"""A workflow of GitHub Actions that restores a baseline, and comments on the drift of pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats.snippets.baseline import FETCH, REQUIREMENT

if TYPE_CHECKING:
    from envgit.formats.snippets.baseline import Baseline

_RUNNERS = {
    "linux-64": "ubuntu-latest",
    "linux-aarch64": "ubuntu-24.04-arm",
    "osx-64": "macos-15-intel",
    "osx-arm64": "macos-latest",
}


def encode(baseline: Baseline) -> str:
    """Return a workflow. What an event tells (branch names, numbers) reaches the shell by variables alone."""
    checkout, verify = baseline.restoring("$RUNNER_TEMP/env")
    return f"""\
# {baseline.purpose}
# Save it as .github/workflows/environment.yml; nothing else is needed beside it.
name: environment
on: [push, pull_request]
permissions:
  contents: read
env:
  ENVGIT: "{REQUIREMENT}"  # or "envgit @ git+https://…"
jobs:
  restore:
    runs-on: {_RUNNERS.get(baseline.platform, "ubuntu-latest")}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "{baseline.interpreter}"
      - uses: actions/cache@v4
        with:
          path: ${{{{ runner.temp }}}}/envgit-cache
          key: {baseline.cache_key}-${{{{ runner.os }}}}-${{{{ runner.arch }}}}
      - name: Install envgit
        run: |
          python -m venv "$RUNNER_TEMP/envgit"
          "$RUNNER_TEMP/envgit/bin/pip" install "$ENVGIT"
          echo "$RUNNER_TEMP/envgit/bin" >> "$GITHUB_PATH"
      - name: Restore the environment and prove it
        run: |
          export ENVGIT_CACHE="$RUNNER_TEMP/envgit-cache"
          {FETCH}
          {checkout}
          {verify}
          echo "$RUNNER_TEMP/env/bin" >> "$GITHUB_PATH"
      - name: What runs in it
        run: python --version

  drift:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install envgit
        run: pip install "$ENVGIT"
      - name: Compare the environments of both ends
        env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
          HEAD: ${{{{ github.event.pull_request.head.sha }}}}
        run: |
          {FETCH}
          envgit diff --format markdown "$BASE...$HEAD" > drift.md
          cat drift.md >> "$GITHUB_STEP_SUMMARY"
      - name: Comment on the pull request
        # A token for a pull request from a fork may not write.
        if: github.event.pull_request.head.repo.full_name == github.repository
        env:
          GH_TOKEN: ${{{{ github.token }}}}
          NUMBER: ${{{{ github.event.pull_request.number }}}}
        run: |
          gh pr comment "$NUMBER" --edit-last --body-file drift.md \\
            || gh pr comment "$NUMBER" --body-file drift.md
"""
