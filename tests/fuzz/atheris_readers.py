"""Fuzz one reader with atheris, which looks for bytes that take new paths through the code.

    pip install atheris
    python -m tests.fuzz.atheris_readers pixi-lock -max_total_time=180 -timeout=10

The options are libFuzzer's; without a reader, the readers are listed. Whatever ends a run but its time is a
defect. Not one of the project's requirements for tests: atheris has wheels for some versions of Python on
Linux alone.
"""

from __future__ import annotations

import sys
from typing import Any


def main(arguments: list[str]) -> None:
    atheris: Any = __import__("atheris")
    with atheris.instrument_imports(include=["envgit", "yaml", "tomllib", "packaging"]):
        from tests.fuzz.readers import READERS, read_or_refused
    if len(arguments) < 2 or arguments[1] not in READERS:
        sys.exit(f"Name a reader: {', '.join(READERS)}")
    reader = READERS[arguments.pop(1)]

    def one_input(content: bytes) -> None:
        read_or_refused(reader.decode, content)

    atheris.Setup([*arguments, *_seeds(reader.files)], one_input)
    atheris.Fuzz()


def _seeds(files: tuple[str, ...]) -> list[str]:
    """A folder with the valid files of a format, for the fuzzer to begin with."""
    from pathlib import Path
    from tempfile import mkdtemp

    folder = Path(mkdtemp(prefix="seeds-"))
    for number, file in enumerate(files):
        (folder / str(number)).write_text(file)
    return [str(folder)]


if __name__ == "__main__":
    main(sys.argv)
