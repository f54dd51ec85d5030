"""What envgit's cache is divided into: the names of its folders, wherever they are read or written."""

from __future__ import annotations

#: Environments, each named by its snapshot.
ENVIRONMENTS = "environments"
#: Files of distributions that no index serves, each in a folder named by its SHA-256.
WHEELS = "wheels"
#: One file for each place that is being restored to.
LOCKS = "locks"
#: What is on its way out.
REMOVED = "removed"
#: One file for each repository that uses the cache.
REPOSITORIES = "repositories"
#: conda packages: unpacked, in parts that :func:`~envgit.restore.conda.cache.part_of` names.
CONDA = "conda"

#: Below ``CONDA``: what the files of packages looked like, in the same parts.
SEALS = "seals"
#: Below ``CONDA``: downloads that were broken off.
PARTIAL = "partial"
#: Below ``CONDA``: package files, while a restore needs them.
DOWNLOADS = "downloads"

#: How names begin of files that are being written, among wheels and seals.
DRAFT = ".draft-"
