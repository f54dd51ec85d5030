"""Credentials are cut out of URLs and command lines, and nothing else is touched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envgit.redact import holds_secret, holds_token, redact_text, redact_url
from tests.credentials import DRAWN, ISSUED, PASSWORDS, TEXTS, TOKENS, URLS, remains

if TYPE_CHECKING:
    from pathlib import Path

ANACONDA = "jo-12345678-90ab-cdef-1234-567890abcdef"
GITHUB = "ghp_" + "aB3" * 12

REDACTED = [
    ("https://user:password@host/x", "https://host/x"),
    ("https://token@host/x", "https://host/x"),
    ("https://user:@host/x", "https://host/x"),
    ("https://:password@host/x", "https://host/x"),
    ("HTTPS://User:Pass@HOST/X", "HTTPS://HOST/X"),
    ("https://user:pass@[::1]:8080/x", "https://[::1]:8080/x"),
    ("https://user:p@ss@host/x", "https://host/x"),
    ("https://user:pa/ss@host/x", "https://host/x"),
    ("https://user:pa?ss@host/x", "https://host/x"),
    ("https://user:pa#ss@host/x", "https://host/x"),
    ("https://user:pass%40word@host/x", "https://host/x"),
    ("https://user:*****@host/x", "https://host/x"),
    ("https://${USER}:literal@host/x", "https://host/x"),
    (f"git+https://{GITHUB}@github.com/o/r.git@v1#egg=a", "git+https://github.com/o/r.git@v1#egg=a"),
    (f"https://x-access-token:{GITHUB}@github.com/o/r", "https://github.com/o/r"),
    ("ssh://alice:password@host:22/x", "ssh://alice@host:22/x"),
    ("git+ssh://git:password@host/x", "git+ssh://git@host/x"),
    ("s3://KEY:SECRET@bucket/x", "s3://bucket/x"),
    ("https://conda.anaconda.org/t/tk-123/ch/linux-64", "https://conda.anaconda.org/ch/linux-64"),
    (f"https://host/api/t/{ANACONDA}", "https://host/api"),
    ("https://host/t/<TOKEN>/ch", "https://host/ch"),
    ("https://host/t/*****/ch", "https://host/ch"),
    (f"conda.anaconda.org/t/{ANACONDA}/ch", "conda.anaconda.org/ch"),
    ("https://host/x?a=1&token=abc&b=2#sha256=abc", "https://host/x?a=1&b=2#sha256=abc"),
    ("https://host/x?access_token=abc", "https://host/x"),
    ("https://host/x?X-Amz-Date=1&X-Amz-Signature=2&v=3", "https://host/x?v=3"),
    ("https://host/x?sv=1&se=2&sig=x&comp=y", "https://host/x?comp=y"),
    ("https://host/x?Expires=1&Signature=2&Key-Pair-Id=3", "https://host/x"),
    (f"https://host/x?v={GITHUB}", "https://host/x"),
    ("https://host/x#access_token=abc", "https://host/x"),
    ("https://host/x?to=https%3A%2F%2Fuser%3Apw%40host", "https://host/x"),
    (f"https://host/{GITHUB}/simple", "https://host/<TOKEN>/simple"),
    ("https://proxy/https://user:pw@host/x", "https://proxy/https://host/x"),
    ("https://h/x?to=https://u:p@host/y&token=z&v=1", "https://h/x?to=https://host/y&v=1"),
    ("https://h/x?to=https://host/t/tk-1/ch", "https://h/x?to=https://host/ch"),
    ("user:password@proxy:8080", "proxy:8080"),
    ("//user:password@host/ch", "//host/ch"),
    ("//host/ch?token=abc", "//host/ch"),
    ("https://host/x;jsessionid=0A1B?a=1", "https://host/x?a=1"),
    ("https://host/x?access=abc&b=2", "https://host/x?b=2"),
    ("https://host/artifactory/c;auth=abc/x", "https://host/artifactory/c/x"),
    ("https://host/c;v=1;token=abc;w=2/x?y", "https://host/c;v=1;w=2/x?y"),
    (f"file:///srv/t/{ANACONDA}/ch", "file:///srv/ch"),
    ("file:///srv/t/aB3aB3aB3aB3aB3aB3/ch", "file:///srv/ch"),
    ("/srv/t/aB3aB3aB3aB3aB3aB3/ch", "/srv/ch"),
]

UNTOUCHED = [
    "",
    "conda-forge",
    "conda-forge/label/dev",
    "defaults",
    "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py312heda63a1_0.conda",
    "https://host:8080/x@y?a=1&b#0123456789abcdef0123456789abcdef",
    "https://host/x#sha256=" + "a" * 64,
    "https://host/x?",
    "https://host/x#",
    "https://HOST/%7Euser/a b",
    "https://[::1]:80/x@y",
    "https://host/tt/x/t",
    "git+https://git@github.com/o/r.git@29",
    "git+ssh://git@github.com/o/r@v1",
    "git+ssh://git@github.com:o/r@tag",
    "ssh://alice@host/x",
    "git@github.com:o/r.git@main",
    "https://${TOKEN}@host/x",
    "https://${USER}:${PASSWORD}@host/x",
    "file:///home/a@b/t/x/y?token=1",
    "file://C:/Users/a@b/x",
    "C:\\Users\\a@b\\t\\x",
    "C:/Users/a:b@c",
    "/home/user:name@host/t/x",
    "file:pkg@1.0",
    "image:1.0@sha256:abc",
    "//host/share/a:b@c",
    "file:///srv/t/feedstock-2024-01-01/ch",
    "https://host/c;v=1/x",
]


@pytest.mark.parametrize(("url", "expected"), REDACTED)
def test_a_credential_is_cut_out_of_a_url(url: str, expected: str) -> None:
    assert redact_url(url) == expected
    assert redact_url(expected) == expected


@pytest.mark.parametrize("url", UNTOUCHED)
def test_a_url_without_a_credential_comes_back_byte_for_byte(url: str) -> None:
    assert redact_url(url) == url


REDACTED_TEXT = [
    (
        "# cmd: /opt/bin/conda install -c https://conda.anaconda.org/t/tk-1/me --token abc numpy=1.2 -y",
        "# cmd: /opt/bin/conda install -c https://conda.anaconda.org/me --token ***** numpy=1.2 -y",
    ),
    ("conda create --password='a b' -n x", "conda create --password=***** -n x"),
    ("anaconda login --password secret --user me", "anaconda login --password ***** --user me"),
    ("pip install --proxy user:pw@proxy:80 x", "pip install --proxy proxy:80 x"),
    ("-c https://a/x,https://u:p@h/x", "-c https://a/x,https://h/x"),
    ("GITHUB_TOKEN=abc pip install x", "GITHUB_TOKEN=***** pip install x"),
    ("AWS_SECRET_ACCESS_KEY='a b' conda", "AWS_SECRET_ACCESS_KEY=***** conda"),
    ("curl -H 'Authorization: Bearer abc.def'", "curl -H 'Authorization: Bearer *****'"),
    ("--extra-index-url https://u:p@h/simple numpy==1", "--extra-index-url https://h/simple numpy==1"),
    ("a @ git+https://tok@h/x@v ; python_version<'3'", "a @ git+https://h/x@v ; python_version<'3'"),
    ("fetch //user:password@host/ch", "fetch //host/ch"),
    ("numpy[channel=c,build=x][token=abc]", "numpy[channel=c,build=x][token=*****]"),
    ("CONN=Server=x;Password=abc;Port=1", "CONN=Server=x;Password=*****;Port=1"),
    ("GITHUB_PAT=abc PGPASS=abc", "GITHUB_PAT=***** PGPASS=*****"),
    ("PGPASSWORD=abc MYSQL_PWD=abc", "PGPASSWORD=***** MYSQL_PWD=*****"),
    (f"conda config --set x {ANACONDA}", "conda config --set x *****"),
    ("now with password: Sekret51, for a while", "now with password: *****, for a while"),
    ("API-Key : Sekret51.", "API-Key : *****."),
    ("password:Sekret51", "password:*****"),
    ("the token Sekret52abcDEFG12345 works", "the token ***** works"),
    ('{"password": "Sekret51"}', '{"password": "*****"}'),
]

UNTOUCHED_TEXT = [
    "# cmd: conda install tokenizers=0.15 secretstorage==3.3 keyring=24 python-password=1",
    "conda config --token --yes",
    "TOKENIZERS_PARALLELISM=false",
    "BYPASS=1 COMPASS=1 PATH=/bin PWD=/home PATTERN=x PGPASSFILE=/x",
    "a // b //",
    "numpy==1.26.4 --hash=sha256:" + "a" * 64,
    "bioconda::samtools=1.2",
    "-e git+ssh://git@github.com/o/r@v1#egg=a",
    "# update specs: ['python=3.11', 'numpy']",
    "token: see README2, password: none, secret: later",
    "token missing, secret santa2024, password Reset",
    "without a token Wav2Vec2 fails",
    "credentials: boto3, token: AutoTokenizer.from_pretrained2, secret: Docs/Secret2.md",
    "tokens: Sekret51x, tokenizer Qwen2TokenizerFast1234",
]


@pytest.mark.parametrize(("text", "expected"), REDACTED_TEXT)
def test_a_credential_is_cut_out_of_a_command_line(text: str, expected: str) -> None:
    assert redact_text(text) == expected
    assert redact_text(expected) == expected


@pytest.mark.parametrize("text", UNTOUCHED_TEXT)
def test_a_command_line_without_a_credential_comes_back_byte_for_byte(text: str) -> None:
    assert redact_text(text) == text


@given(st.sampled_from(URLS), TOKENS, TOKENS)
def test_what_remains_of_a_url_does_not_depend_on_the_token(shape: str, one: str, other: str) -> None:
    redacted = redact_url(shape.format(one))
    assert one not in redacted
    assert redacted == redact_url(shape.format(other)) == redact_url(redacted)
    assert f"-c {redacted} -y" == redact_text(f"-c {shape.format(one)} -y")


@given(st.sampled_from(TEXTS), TOKENS, TOKENS)
def test_what_remains_of_a_text_does_not_depend_on_the_token(shape: str, one: str, other: str) -> None:
    redacted = redact_text(shape.format(one))
    assert one not in redacted
    assert redacted == redact_text(shape.format(other)) == redact_text(redacted)


@given(
    st.sampled_from(["{}", "a {} b", "x={}", "'{}'", "fix: {}, again", "/srv/{}/ch", "name-{}.whl"]), ISSUED
)
def test_a_token_of_a_known_shape_stands_nowhere(shape: str, token: str) -> None:
    assert token not in redact_text(shape.format(token))
    assert token not in redact_url(shape.format(token))
    assert holds_token(shape.format(token))


@given(st.sampled_from(["the token {} works", "password: {}", 'now "secret":"{}", later']), DRAWN)
def test_what_was_drawn_by_lot_goes_where_a_word_announces_it(shape: str, secret: str) -> None:
    assert redact_text(shape.format(secret)) == shape.format("*****")


@given(PASSWORDS)
def test_a_password_goes_whatever_characters_it_is_made_of(password: str) -> None:
    for place in (f"https://user:{password}@host.example/ch", f"git+https://u:{password}@host.example/r@v1"):
        assert not remains(password, redact_url(place))
        assert not remains(password, redact_text(f"install -c {place} numpy"))
        assert redact_url(place).endswith(("//host.example/ch", "//host.example/r@v1"))


@given(st.text(alphabet="aAtk1-_:/@.?&=#${}[]%+* \\'\"", max_size=40))
def test_redaction_is_idempotent(text: str) -> None:
    for place in (text, "https://" + text, "git+ssh://" + text):
        assert redact_url(redact_url(place)) == redact_url(place)
        assert redact_text(redact_text(place)) == redact_text(place)


NAMES = st.from_regex(r"\A[a-z][a-z0-9]*(?:[._-][a-z0-9]+){0,3}\Z")
VERSIONS = st.from_regex(
    r"\A(?:[0-9]!)?[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}(?:(?:a|b|rc)[0-9]|\.post1|\+cu121)?\Z"
)
BUILDS = st.from_regex(r"\A(?:py3[0-9]{1,2})?h[0-9a-f]{7}_[0-9]{1,3}(?:_cpython)?\Z")
HASHES = st.from_regex(r"\A(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\Z")
CHANNELS = st.sampled_from(["conda-forge", "pkgs/main", "pytorch/label/nightly", "token", "me/label/token"])


@given(NAMES, VERSIONS, BUILDS, HASHES, CHANNELS)
def test_what_packages_are_made_of_holds_no_credential(
    name: str, version: str, build: str, digest: str, channel: str
) -> None:
    url = f"https://conda.anaconda.org/{channel}/linux-64/{name}-{version}-{build}.conda"
    wheel = f"https://files.example.org/packages/{digest[:2]}/{digest}/{name}-{version}-py3-none-any.whl"
    for place in (channel, url, f"{url}#{digest}", f"{wheel}#sha256={digest}", f"file:///srv/t/{name}.whl"):
        assert redact_url(place) == place
    for text in (
        f"{name}=={version} --hash=sha256:{digest}",
        f"{channel}/linux-64::{name}=={version}={build}",
        f"{name} >={version},<2.0a0",
        f"{name}[version='>={version}',build={build},md5={digest}]",
        f"{name}>={version} ; extra == 'token' and python_version < '3.12'",
        f"-e git+ssh://git@github.com/o/{name}.git@{digest}#egg={name}",
        f"# cmd: conda install -c {channel} {name}={version}",
    ):
        assert redact_text(text) == text


def test_of_real_files_only_credentials_are_taken(corpus: Path) -> None:
    files = [
        file
        for kind in ("environment-yml", "explicit", "requirements")
        for file in (corpus / kind).rglob("*")
    ]
    lines = {line for f in files if f.is_file() for line in f.read_text(errors="replace").splitlines()}
    assert len(lines) > 10_000
    # Nobody published one: whatever is taken is taken by mistake.
    assert {line: redacted for line in lines if (redacted := redact_text(line)) != line} == {}


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "https://",
            "a@",
            "a:b",
            "/t/x",
            "&token=a",
            "eyJ",
            "-eyJaaaaaaaa",
            "eyJaaaaaaaa.",
            "--token ",
            "a-",
            "a.",
        ),
        *(
            "SECRET_",
            "authorization:",
            "x-a-api-key",
            ";",
            ";token=",
            "[pwd",
            "; ",
            "//",
            "/t/aB3",
            "key",
            " ",
            '"',
        ),
        *(
            "'",
            'A="',
            "glpat-",
            "pypi-Ag",
            "%25",
            "%",
            "/%",
            "a%3A",
            "machine ",
            "machine a login ",
            "::",
            "t/a/",
            "/",
        ),
        *(
            "=",
            "a=",
            "?a=",
            "#",
            "://",
            "a://b:",
            "a://b:c'",
            "@",
            ":@",
            "$",
            "${",
            "cmVmdGtuOj",
            "x:y@",
            "token: ",
            "token:",
            "token aB3",
            "token: aB3",
            "password: aaaaaaaa",
            "-----",
        ),
    ],
)
def test_work_grows_with_a_line_and_not_faster(unit: str) -> None:
    def work(length: int) -> float:
        line = unit * (length // len(unit))
        redact_url.cache_clear()
        started = time.process_time()
        redact_text("x " + line)
        redact_url("https://host" + line)
        return time.process_time() - started

    # Four times the line would take sixteen times as long, were any pattern quadratic.
    small = min(work(40_000) for _ in range(2))
    assert work(160_000) < 9 * small + 0.05


def test_a_megabyte_on_one_line_is_gone_through() -> None:
    line = " ".join(f"https://user:pass{i}@host/t/tok{i}/ch --token abc A_KEY={i}" for i in range(17_000))
    assert len(line) > 1_000_000
    assert "pass" not in redact_text(line)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WANDB_API_KEY", "abc"),
        ("db_password", "abc"),
        ("PGPASS", "https://u:p@h"),
        ("INDEX", "https://u:p@h"),
        ("X", GITHUB),
        ("PASS", "word"),
        ("FOO_PAT", "abc"),
        ("GITHUB_PAT", "abc"),
        ("PGPASS", "abc"),
        ("PGPASSWORD", "abc"),
        ("CONN", "Server=x;Password=abc"),
        ("CONN", "host=x password=abc"),
        ("CONN", "pwd=abc"),
        ("HF", "aB3aB3aB3aB3aB3aB3"),
        ("CONN", "AccountName=x;AccountKey=abc"),
        ("SETTINGS", '{"token": "abc"}'),
        ("DEPLOY", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"),
        ("DEPLOY", "-----BEGIN PRIVATE KEY-----"),
        ("DUMP", "mysql -uroot -pSekret37"),
        ("VISIT", "session=Sekret33abc"),
        ("VISIT", "lang=en; session_id=abc"),
        ("SEED", "0123456789abcdef" * 2),
        ("SEED", "x:" + "0123456789ABCDEF" * 4),
        ("LOGIN", "password: Sekret51"),
    ],
)
def test_a_variable_that_looks_like_a_secret_is_recognised(name: str, value: str) -> None:
    assert holds_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKENIZERS_PARALLELISM", "false"),
        ("PATH", "/usr/bin:/bin"),
        ("PYTHONPATH", "C:\\a;D:\\b"),
        ("BYPASS", "1"),
        ("API_KEY", ""),
        ("PROXY", "http://proxy:80"),
        ("PATTERN", "*.py"),
        ("PWD", "/home/jo"),
        ("CFLAGS", "-O2 -pipe -pthread -pedantic"),
        ("SHORT", "0123456789abcdef"),
        ("DESKTOP", "a session of gnome"),
    ],
)
def test_an_ordinary_variable_is_no_secret(name: str, value: str) -> None:
    assert not holds_secret(name, value)
