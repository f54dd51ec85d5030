"""Turn nouns into what a person or a script reads: text, JSON, Markdown, HTML. Knows no Git.

What comes from a snapshot may come from a stranger: every view shows it as data, never obeys it.
"""
