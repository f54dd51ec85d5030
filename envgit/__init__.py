"""envgit: the environment is versioned like the code."""
