"""Read the conda layer of a prefix: packages, what was asked for, channels, variables, pins."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from envgit.capture.conda_settings import channel_order, merge, read_condarc
from envgit.capture.condarc import condarc_files, condarc_variables
from envgit.capture.history import read_history
from envgit.capture.reading import read_file
from envgit.capture.records import read_record
from envgit.capture.texts import recordable, writable
from envgit.model import CondaPackage, Variable
from envgit.redact import holds_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envgit.capture.conda_settings import CondaSettings
    from envgit.capture.prefix import Prefix

_HISTORY = "conda-meta/history"

#: What conda writes in place of the value of a variable that was unset.
_UNSET = "***unset***"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A record as reduced by ``read_record``: the fields of a package, and what is needed beside them."""

    package: dict[str, Any]
    requested: list[str]
    metadata: dict[str, str | None]
    startup: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


def read_records(prefix: Prefix, canonical: Callable[[str], str]) -> dict[str, Record]:
    """Return the records of ``conda-meta`` by package name, sorted; what cannot be used is warned of."""

    def parse(path: str) -> dict[str, Any]:
        return read_record(path, canonical=canonical)

    records: dict[str, Record] = {}
    for path in prefix.records():
        reduced = prefix.parsed(path, parse, kind="corrupt-record")
        if reduced is None:
            continue
        record = Record(**reduced)
        if record.unusable:
            fields = ", ".join(record.unusable)
            prefix.warn("unusable-field", f"{prefix.path(path)}: values that cannot be used: {fields}")
        name = record.package["name"]
        if name in records:
            prefix.warn("duplicate-record", f"{prefix.path(path)}: one of several records of {name}")
        records[name] = max(records.get(name, record), record, key=_age)
    return dict(sorted(records.items()))


def read_requests(prefix: Prefix, records: Mapping[str, Record]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the specs that were asked for, by name of an installed package, and the channels of commands.

    The history counts; of what it does not speak, the records do: some installers write requests only there.
    """

    def parse(path: str) -> tuple[dict[str, list[str]], list[str]]:
        history = read_history(read_file(path).decode("utf-8", "replace"))
        specs = {name: [recordable(spec)] if spec else [] for name, spec in history.specs.items()}
        return specs, [recordable(channel) for channel in history.channels]

    known = _HISTORY in prefix.facts and prefix.parsed(_HISTORY, parse, kind="unreadable")
    specs, channels = known or (dict[str, list[str]](), list[str]())
    requested = {name: specs.get(name, record.requested) for name, record in records.items()}
    return {name: asked for name, asked in requested.items() if asked}, channels


def python_of(records: Mapping[str, Record]) -> str | None:
    """Return the version of the environment's interpreter."""
    return records["python"].package["version"] if "python" in records else None


def packages_of(
    records: Mapping[str, Record], requested: Mapping[str, Sequence[str]]
) -> tuple[CondaPackage, ...]:
    """Return the packages, each with the specs the user asked for it by."""
    packages = []
    for name, record in records.items():
        lists = {field: tuple(v) for field, v in record.package.items() if isinstance(v, list)}
        packages.append(CondaPackage(**{**record.package, **lists}, requested=tuple(requested.get(name, ()))))
    return tuple(packages)


def platform_of(prefix: Prefix, records: Iterable[Record]) -> str | None:
    """Return the subdir that most packages with one are made for, None when all are noarch.

    What cannot be the name of a platform is warned of.
    """
    subdirs = Counter(record.package["subdir"] for record in records)
    del subdirs["noarch"], subdirs[""]
    for subdir in [subdir for subdir in subdirs if not re.fullmatch(r"[a-z0-9_]+-[a-z0-9_]+", subdir)]:
        prefix.warn("unusable-field", f"{prefix.root}: {subdirs.pop(subdir)} packages are for {subdir!r}")
    return max(sorted(subdirs), key=subdirs.__getitem__, default=None)


def read_conda_settings(
    prefix: Prefix, canonical: Callable[[str], str], *, home: str, environ: Mapping[str, str]
) -> CondaSettings:
    """Return conda's configuration as it is for this prefix; files that cannot be used are warned of."""

    def parse(path: str) -> dict[str, Any]:
        return read_condarc(path, canonical=canonical)

    paths = condarc_files(prefix.root, home=home, environ=environ)
    files = [prefix.parsed(path, parse, kind="bad-condarc") or {} for path in paths]
    variables = {
        name: ",".join(canonical(part) for part in value.split(","))
        for name, value in condarc_variables(environ)
    }
    return merge(files, variables)


def channels_of(records: Iterable[Record], settings: CondaSettings, flags: Iterable[str]) -> tuple[str, ...]:
    """Return the channels the packages came from, in the order conda asks them."""
    return channel_order(settings, flags, [record.package["channel"] for record in records])


def read_variables(prefix: Prefix, patterns: Iterable[str]) -> tuple[Variable, ...]:
    """Return the variables that activation sets (``conda-meta/state``), sorted by name.

    A value is recorded only when its name matches one of ``patterns`` and it is no secret.
    """
    text = prefix.text("conda-meta/state")
    if text is None:
        return ()
    try:
        content = json.loads(text)
        variables = content.get("env_vars", {})
        values = {
            recordable(str(name)): writable(str(value))
            for name, value in variables.items()
            if value != _UNSET
        }
    except (ValueError, AttributeError, RecursionError) as error:
        prefix.warn("bad-state", f"{prefix.path('conda-meta/state')}: no variables can be read ({error})")
        return ()

    def recorded(name: str, value: str) -> str | None:
        allowed = any(fnmatchcase(name, pattern) for pattern in patterns)
        return value if allowed and not holds_secret(name, value) else None

    return tuple(Variable(name=n, value=recorded(n, v)) for n, v in sorted(values.items()))


def read_pins(prefix: Prefix) -> tuple[str, ...]:
    """Return the specs of ``conda-meta/pinned``, sorted."""
    lines = (prefix.text("conda-meta/pinned") or "").splitlines()
    specs = (line.partition("#")[0].strip() for line in lines)
    return tuple(sorted({recordable(spec) for spec in specs if spec}))


def _age(record: Record) -> tuple[int, str]:
    """Sorts the records of one package: the newest build last, the same way on every machine."""
    return record.package["timestamp"] or 0, record.package["fn"] or ""
