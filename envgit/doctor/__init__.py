"""What may be wrong with hooks, binding, store and settings, and the next command for each."""
