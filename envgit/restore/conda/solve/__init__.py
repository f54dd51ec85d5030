"""Packages that stand in for recorded ones, found by a solve."""
