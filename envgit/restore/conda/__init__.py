"""Conda packages: where each is had from, the cache of packages, and the process that links them."""
