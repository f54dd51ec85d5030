"""Faults that are real: processes killed, disks that are full, folders that cannot be written to."""
