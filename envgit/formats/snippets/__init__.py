"""Texts that restore a baseline elsewhere: in a container, in a CI job."""
