"""What envgit does: one module per verb, each a function that takes and returns plain values."""
