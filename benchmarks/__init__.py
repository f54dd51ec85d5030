"""What envgit costs, as ratios that anyone can measure again: see README.md."""
