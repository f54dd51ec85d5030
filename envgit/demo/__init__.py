"""The whole story told with real packages, in a folder that is gone afterwards."""
