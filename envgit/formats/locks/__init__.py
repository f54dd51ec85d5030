"""Lock files of other tools, which hold environments for several platforms: text in, nouns out, and back."""
