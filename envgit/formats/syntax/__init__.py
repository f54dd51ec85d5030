"""Bytes to text, and text to plain values and back, as strangers write it: safely and within bounds."""
