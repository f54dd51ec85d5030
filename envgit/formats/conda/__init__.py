"""What conda reads and writes: environment.yml, @EXPLICIT, lists of specs, JSON."""
