"""Environment files: text in, nouns out, and back; pure."""
