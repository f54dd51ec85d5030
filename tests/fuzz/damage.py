"""What goes wrong with files: bytes get lost, and people and programs write what nobody expects."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

#: Values that stand where others are expected: of every type, out of range, half of a URL or of a path.
WRONG: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**63, 10**400, 1.5, float("nan"), float("inf"), -0.0),
    *([], {}, [[]], [None], {"": {}}, {"a": [{}]}, [1, "a", {}], ["a", "a"]),
    *("", " ", "\n", "\0", "\x1b[31m", "\ud800", "\udc80\ud83d", "é\u0301\u202e", "\ufeff", "\u2028"),
    *("x" * 300, "nan", "1e999"),
    *("2024-13-45", "0x10", "1_0", "null", "~", "*", "&a", "!!python/object:os.system", "<<"),
    *("/", "..", "../../x", "C:\\x", "\\\\host\\x", "%", "%zz", "%00", "~/x", "file://", "file:///%zz", "://"),
    *("https://[", "https://[::1", "https://h:99999999/x.whl", "https://u:p@h", "http://\u2100/", "//", "?#"),
    *("git+", "git+https://[@x", "git+https://h/r@v@w#egg=&subdirectory=", "hg+file://", "direct+", "-e"),
    *("a-1-0.conda", "https://h/a-1-0.conda", "https://h/linux-64/--.conda", ".conda"),
    *("a==1", "a=1=0", "a>=1,<", "a[", "a[x", "a[b=']", "ch::", "::a", "a @ ", "a;", "a===x"),
    *("python_version < '3'", "extra == 'x' and", "os_name < 3", "(" * 90, "[" * 90, "1!2+l.o-c"),
    *("99999999999.9", "*.1", "a ; python_version <", "a-1.0-py3-none-any.whl", "3.11.4", "strict", "self"),
    *("linux-64", "noarch", "linux-", "conda-forge", "defaults", "pypi", "pypi_0", "<unknown>", "conda"),
    *("sha256:" + "a" * 64, "a" * 64, "A" * 32, "g" * 64, "default", "main", "python", "pip"),
)  # fmt: skip


def damaged_document(document: Any, random: Random, *, times: int) -> Any:
    """A copy of a parsed document with values, keys or items taken away, doubled, moved or replaced."""
    whole = {"top": copy.deepcopy(document)}
    for _ in range(times):
        places = list(_places(whole))
        if not places:
            break
        container, key = random.choice(places)
        random.choice(_DOCUMENT_DAMAGES)(container, key, random, places)
    return whole.get("top")


def _places(container: Any) -> Iterator[tuple[Any, Any]]:
    """Every value of a document, as what holds it, and under which key or number."""
    for key, value in list(container.items() if isinstance(container, dict) else enumerate(container)):
        yield container, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _replace(container: Any, key: Any, random: Random, _places: Any) -> None:
    container[key] = copy.deepcopy(random.choice(WRONG))


def _delete(container: Any, key: Any, _random: Random, _places: Any) -> None:
    del container[key]


def _rename(container: Any, key: Any, random: Random, _places: Any) -> None:
    if isinstance(container, dict):
        container[str(random.choice(WRONG))[:300]] = container.pop(key)
    else:
        container.insert(random.randrange(len(container)), container.pop(key))


def _double(container: Any, key: Any, random: Random, _places: Any) -> None:
    if isinstance(container, list):
        container.insert(random.randrange(len(container) + 1), copy.deepcopy(container[key]))


def _transplant(container: Any, key: Any, random: Random, places: Any) -> None:
    other, at = random.choice(places)
    container[key] = copy.deepcopy(other[at])


def _wrap(container: Any, key: Any, random: Random, _places: Any) -> None:
    for _ in range(random.choice((1, 2, 120))):
        container[key] = random.choice(([container[key]], {"a": container[key]}))


def _corrupt(container: Any, key: Any, random: Random, _places: Any) -> None:
    """Put a wrong text into a right one."""
    value, wrong = container[key], random.choice(WRONG)
    if isinstance(value, str) and isinstance(wrong, str):
        at = random.randrange(len(value) + 1)
        container[key] = value[:at] + wrong + value[at + random.choice((0, 0, 1)) :]
    else:
        container[key] = copy.deepcopy(wrong)


_DOCUMENT_DAMAGES: tuple[Callable[[Any, Any, Random, Any], None], ...] = (
    *(_replace, _replace, _corrupt, _corrupt),
    *(_delete, _rename, _double, _transplant, _wrap),
)


def damaged_bytes(content: bytes, random: Random, *, other: bytes = b"") -> bytes:
    """A file that lost or got bytes or lines, was cut, recoded, or run together with an `other`."""
    return random.choice(_FILE_DAMAGES)(content, random, other)


def _flip(content: bytes, random: Random, _other: bytes) -> bytes:
    flipped = bytearray(content or b"\0")
    for _ in range(random.choice((1, 1, 8))):
        flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    return bytes(flipped)


def _truncate(content: bytes, random: Random, _other: bytes) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _cut(content: bytes, random: Random, _other: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + content[at + random.randrange(1, 40) :]


def _lose_line(content: bytes, random: Random, _other: bytes) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    del lines[random.randrange(len(lines))]
    return b"".join(lines)


def _swap_lines(content: bytes, random: Random, _other: bytes) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    one, two = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def _indent_line(content: bytes, random: Random, _other: bytes) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    at = random.randrange(len(lines))
    lines[at] = random.choice((b"  ", b"\t", b"- ", b"#", b"<<<<<<< ", b"'", b"}", b"\\")) + lines[at]
    return b"".join(lines)


def _insert(content: bytes, random: Random, _other: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    wrong = random.choice([value for value in WRONG if isinstance(value, str)])
    return content[:at] + wrong.encode(errors="surrogatepass") + content[at:]


def _concatenate(content: bytes, random: Random, other: bytes) -> bytes:
    return random.choice((content + other, other + content, content + content))


def _recode(content: bytes, random: Random, _other: bytes) -> bytes:
    encoding = random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "utf-7"))
    return content.decode(errors="replace").encode(encoding, errors="replace")


_FILE_DAMAGES: tuple[Callable[[bytes, Random, bytes], bytes], ...] = (
    *(_flip, _truncate, _cut, _lose_line, _swap_lines, _indent_line, _insert, _concatenate, _recode),
)
