"""Tests of envgit, on real repositories, prefixes and channels."""
