"""Where the files of conda packages are had from, and that they are the recorded ones."""
