"""Credentials as they are issued, and the places they are written to: strategies for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st


def _token(shape: str) -> st.SearchStrategy[str]:
    return st.from_regex(rf"\A(?:{shape})\Z")


#: Tokens of known shapes, which are recognised wherever they stand.
ISSUED = st.one_of(
    _token(r"gh[pousr]_[A-Za-z0-9]{36}"),
    _token(r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _token(r"gl(?:pat|dt|rt|cbt|ptt|oas)-[A-Za-z0-9_-]{19}[A-Za-z0-9]"),
    _token(r"glpat-[A-Za-z0-9_-]{27}\.01\.[0-9a-z]{9}"),
    _token(r"pypi-AgEI[A-Za-z0-9_-]{60}"),
    _token(r"npm_[A-Za-z0-9]{36}"),
    _token(r"hf_[A-Za-z0-9]{34}"),
    _token(r"xox[bp]-[0-9]{12}-[A-Za-z0-9]{24}"),
    _token(r"A[KS]IA[A-Z0-9]{16}"),
    _token(r"AIza[A-Za-z0-9_-]{34}[A-Za-z0-9]"),
    _token(r"ya29\.[A-Za-z0-9_-]{40}"),
    _token(r"eyJ[A-Za-z0-9]{20}\.eyJ[A-Za-z0-9]{30}\.[A-Za-z0-9_-]{43}"),
    _token(r"eyJ[A-Za-z0-9]{20}\.\.[A-Za-z0-9]{16}\.[A-Za-z0-9]{30}\.[A-Za-z0-9_-]{22}"),
    _token(r"AKCp[A-Za-z0-9]{69}"),
    _token(r"cmVmdGtuOj[A-Za-z0-9]{54}"),
    _token(r"[a-z]{2}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
)
#: These have no shape at all, and are known by where they stand.
OPAQUE = _token(r"[A-Za-z0-9]{12,40}")
#: Drawn from letters of both cases and digits, and long enough to look like it.
DRAWN = _token(r"[a-z][A-Z][0-9][A-Za-z0-9]{17}")
TOKENS = ISSUED | OPAQUE

#: A password between marks that stand nowhere else, percent-encoded or with characters that want to be.
_START, _END = "Zq", "Xw"
_LETTERS = "abc019-._~!$&*+;=:"


def _password(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=12).map(lambda text: f"{_START}{text}{_END}")


PASSWORDS = st.one_of(
    st.lists(st.sampled_from(["a", "9", "%40", "%2F", "%3a", "%23", "%25"]), max_size=8).map(
        lambda parts: f"{_START}{''.join(parts)}{_END}"
    ),
    _password(_LETTERS + "/?#\\"),
    _password(_LETTERS + "@"),
    _password(_LETTERS + "'\"`"),
)


def remains(password: str, text: str) -> bool:
    """Whether the beginning or the end of one of `PASSWORDS` is still in a text."""
    assert password.startswith(_START)
    return _START in text or _END in text


#: URLs with a place for a token of any kind.
URLS = (
    "https://{}@host/ch/linux-64/x-1-0.conda",
    "https://user:{}@host/ch",
    "https://user:{}@host:8080/artifactory/api/conda/conda-local/noarch/x-1-0.tar.bz2",
    "https://{}:x-oauth-basic@github.com/o/r",
    "https://__token__:{}@gitlab.example.org/api/v4/projects/1/packages/pypi/simple",
    "https://aws:{}@domain-1234.d.codeartifact.eu-west-1.amazonaws.com/pypi/r/simple/",
    "git+https://oauth2:{}@host/o/r.git@v1.0#egg=x&subdirectory=y",
    "ssh://git:{}@host/x",
    "s3://key:{}@bucket/ch",
    "//user:{}@host/ch",
    "https://proxy/https://user:{}@host/ch",
    "https://host/t/{}/ch/noarch",
    "https://host/conda/t/{}/ch/label/dev",
    "https://conda.anaconda.org/t/{}",
    "https://dl.cloudsmith.io/{}/org/repo/conda/noarch/x-1-0.conda",
    "https://packagecloud.io/priv/{}/user/repo/pypi/simple",
    "https://hooks.slack.com/services/{}",
    "https://host/x?token={}",
    "https://host/x?a=1&api_key={}&b=2",
    "https://host/x?%74oken={}",
    "https://host/x#access_token={}",
    "https://host/c;auth={};v=1/x",
    "https://acct.blob.core.windows.net/c/x?sv=2022-11-02&sr=c&sp=r&se=2030-01-01&spr=https&sig={}",
    "https://b.s3.amazonaws.com/k?X-Amz-Credential=A%2F1&X-Amz-Date=1&X-Amz-Expires=9&X-Amz-Signature={}",
    "https://b.s3.amazonaws.com/k?AWSAccessKeyId=x&Signature={}&Expires=1",
    "https://storage.googleapis.com/b/k?GoogleAccessId=a@b&Expires=1&Signature={}",
    "https://host/x?to=https%3A%2F%2Fuser%3A{}%40host",
    "https://host/x?to=https%3A%2F%2Fhost%2Fy%3Ftoken%3D{}&v=1",
    "https://host/x?proxy=user:{}@host",
    "https://proxy/https%3A%2F%2Fuser%3A{}%40host%2Fch/x",
)

#: Other texts with such a place.
TEXTS = (
    "conda install --token {} numpy=1.2 -y",
    "anaconda login --password={} --user me",
    "pip install --proxy user:{}@proxy:80 x",
    "GITHUB_TOKEN={} pip install x",
    "AWS_SECRET_ACCESS_KEY={} conda list",
    "PIP_INDEX_URL=https://user:{}@host/simple",
    "PIP_EXTRA_INDEX_URL='https://a/simple https://{}@host/simple'",
    "curl -H 'Authorization: Bearer {}'",
    "curl -H 'PRIVATE-TOKEN: {}'",
    'curl -H "X-JFrog-Art-Api: {}"',
    "machine host.example login me password {}",
    "numpy[channel=c,build=x][token={}]",
    "CONN=Server=x;Password={};Port=1",
    "t/{}/chan::numpy >=1",
    "conda.anaconda.org/t/{}/chan/linux-64::numpy",
)
