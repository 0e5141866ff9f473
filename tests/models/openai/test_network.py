"""Proxies and certificates by the environment."""

import sys
from pathlib import Path

import pytest

from dynscaling_nb.errors import InputError
from dynscaling_nb.models.openai.network import CERTIFICATES, proxy_of, trust_for, unreachable

FAR = "https://api.example.com/v1"
HERE = Path(__file__).parent / "self_signed.pem"
PASSWORD = "very-secret-0123456789"
VARIABLES = [f"{name}_PROXY" for name in ("HTTP", "HTTPS", "ALL", "NO")]


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    for name in (*VARIABLES, *map(str.lower, VARIABLES), *CERTIFICATES):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "url", "place", "name"),
    [
        ({}, FAR, None, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, FAR, "proxy:3128", "HTTPS_PROXY"),
        ({"https_proxy": "proxy:3128"}, FAR, "proxy:3128", "https_proxy"),
        ({"HTTP_PROXY": "http://proxy:3128"}, FAR, None, None),
        ({"HTTP_PROXY": "http://proxy:3128"}, "http://far/v1", "proxy:3128", "HTTP_PROXY"),
        ({"ALL_PROXY": "http://me:pw@proxy:3128"}, FAR, "proxy:3128", "ALL_PROXY"),
        ({"ALL_PROXY": "http://p", "HTTPS_PROXY": "http://q"}, FAR, "q", "HTTPS_PROXY"),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "example.com"}, FAR, None, None),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "example.org"}, FAR, "p", "ALL_PROXY"),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "*"}, FAR, None, None),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, "http://10.1.2.3/v1", None, None),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, "http://11.1.2.3", "p", "ALL_PROXY"),
        ({"ALL_PROXY": "http://p"}, "http://localhost:8080/v1", None, None),
        ({"ALL_PROXY": "socks5://p"}, "http://127.0.0.1:8080/v1", None, None),
        ({"ALL_PROXY": "http://p"}, "http://[::1]:8080/v1", None, None),
    ],
)
def test_the_proxy_of_an_address_is_that_of_the_environment(
    monkeypatch, variables, url, place, name
):
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    proxy = proxy_of(url)
    assert (proxy and proxy.place, proxy and proxy.variable) == (place, name)
    assert "pw" not in repr(proxy)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
def test_a_socks_proxy_without_its_package_is_one_line_with_the_remedy(monkeypatch, scheme):
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:{PASSWORD}@proxy:1080")
    says = "ALL_PROXY names the SOCKS proxy proxy:1080, .* pip install socksio; or set NO_PROXY=api"
    with pytest.raises(InputError, match=says) as caught:
        proxy_of(FAR)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    "proxy", ["ftp://proxy:21", "http://", "socks4://proxy", "http://p:99999", "a b"]
)
def test_a_proxy_that_no_client_knows_is_refused(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(InputError, match="HTTPS_PROXY holds no proxy that can be used"):
        proxy_of(FAR)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates_come_from_the_file_that_is_named(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, str(HERE))
    assert [c["serialNumber"] for c in trust_for(FAR).get_ca_certs()]
    monkeypatch.setenv(name, "/no/such.pem")
    with pytest.raises(InputError, match=f"{name} names /no/such.pem, which does not exist"):
        trust_for(FAR)
    assert trust_for("http://api.example.com/v1") is True  # nothing is checked there
    (tmp_path / "empty.pem").write_text("no certificate")
    monkeypatch.setenv(name, str(tmp_path / "empty.pem"))
    with pytest.raises(InputError, match=f"{name} names .*empty.pem, from which no certificate"):
        trust_for(FAR)


def test_without_a_variable_the_usual_certificates_are_trusted(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", " ")
    assert trust_for(FAR) is True


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("[Errno 111] refused", "is the server running, and is the base URL right?"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "set SSL_CERT_FILE to a file"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", "has expired)"),
        ("[SSL: WRONG_VERSION_NUMBER]", "begin with http://?"),
    ],
)
def test_a_server_that_is_not_reached_is_one_line_with_a_remedy(reason, says):
    message = unreachable(FAR, OSError(reason))
    assert FAR in message
    assert says in message
    assert ("SSL_CERT_FILE" in message) == ("self-signed" in reason)


def test_the_proxy_on_the_way_is_named(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@proxy:3128")
    message = unreachable(FAR, OSError("refused"))
    assert "through the proxy proxy:3128 of HTTPS_PROXY" in message
    assert "Set NO_PROXY=api.example.com" in message
    assert PASSWORD not in message
