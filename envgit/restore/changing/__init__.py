"""An environment is turned into another one, beside what it was."""
