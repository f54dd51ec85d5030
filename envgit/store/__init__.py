"""The Git refs that hold snapshots; the only place that reads or writes them."""
