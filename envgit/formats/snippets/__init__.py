"""Texts that restore a baseline elsewhere and prove it: in a container image, in a CI job."""
