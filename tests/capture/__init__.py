"""Capture is tested on prefixes as real installers leave them."""
