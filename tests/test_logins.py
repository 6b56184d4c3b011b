"""Logins with OAuth 2 at an authority on loopback, kept in a keyring, renewed, and revoked."""

import http.client
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import keyring.backends.fail
import pytest
from cryptography.hazmat.primitives import serialization
from support.kept_passwords import MemoryKeyring, keyring_in_use
from support.mail_servers import Introspection, MailServer, dovecot
from support.token_servers import (
    Answer,
    Service,
    authority,
    granted,
    introspected,
    json_answer,
    refused,
    service,
)
from support.wrappings import REPORT, mailed

from tlsrpt_analysis.cli import main
from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth import browser, kept_logins, microsoft
from tlsrpt_analysis.intake.sources.oauth.grants import grant_of
from tlsrpt_analysis.intake.sources.walk import find_sources
from tlsrpt_analysis.loading.load import load_reports

ACCESS, REFRESH, LONG = "access-token-secret", "refresh-token-secret", "r" * 2_500
GRAPH = "graph://reports@example.com"


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    """Yield a server that issues tokens."""
    with service() as server:
        yield server


@pytest.fixture
def issuer(running: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a server that speaks OpenID Connect and is trusted; it issues nothing yet."""
    running.answers.clear()
    running.asked.clear()
    authority(running)
    monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
    monkeypatch.setenv("TLSRPT_GRAPH", running.url)
    running.answers["/v1.0/users/reports%40example.com/mailFolders/inbox"] = json_answer(
        {"id": "inbox-id"}
    )
    return running


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """Yield an empty keyring, and let no pause take time."""
    monkeypatch.setattr(microsoft.time, "sleep", lambda _: None)
    monkeypatch.setenv("DISPLAY", ":0")
    backend = MemoryKeyring()
    with keyring_in_use(backend):
        yield backend


def _log_in(issuer: Service, *words: str, address: str = GRAPH) -> int:
    where = ("--authority", issuer.url, "--tenant", "tenant", "--client-id", "client")
    return main(["login", address, *where, *words])


def _shown(capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    shown = printed.out + printed.err
    assert ACCESS not in shown
    assert REFRESH not in shown
    assert LONG[:50] not in shown
    return shown


def test_a_user_logs_in_with_a_code(
    issuer: Service, kept: MemoryKeyring, capsys: pytest.CaptureFixture[str]
) -> None:
    """The question is repeated until the code was entered, and slower if that is wished."""
    pending = refused("authorization_pending")
    issuer.answers["/tenant/token"] = [pending, refused("slow_down"), granted(ACCESS, LONG)]

    assert _log_in(issuer) == 0
    shown = _shown(capsys)
    assert "Open https://example.com/device in a browser and enter the code ABCD-EFGH" in shown
    assert f"Logged in: {GRAPH} is read without a password" in shown
    (begun,) = issuer.forms("/tenant/devicecode")
    assert begun["client_id"] == "client"
    assert set(begun["scope"].split()) >= {f"{issuer.url}/Mail.Read", "offline_access"}
    login = kept_logins.kept_login(GRAPH)
    assert login is not None
    assert login.refresh_token == LONG
    assert LONG not in repr(login)
    assert {service for service, _ in kept.kept} == {"tlsrpt-analysis"}
    assert len(kept.kept) > 2  # no entry is too long for Windows


@pytest.mark.parametrize(
    ("words", "address", "scope"),
    [
        (("--may-move",), GRAPH, "{url}/Mail.ReadWrite"),
        (("--scope", "one two offline_access"), GRAPH, "one two"),
        (
            (),
            "imaps://me@outlook.office365.com",
            "https://outlook.office.com/IMAP.AccessAsUser.All",
        ),
        ((), "imaps://me@partner.outlook.cn", "https://partner.outlook.cn/IMAP.AccessAsUser.All"),
        ((), "imaps://me@mail.example.com", "https://outlook.office.com/IMAP.AccessAsUser.All"),
    ],
)
def test_a_login_asks_for_what_it_needs(
    issuer: Service, words: tuple[str, ...], address: str, scope: str
) -> None:
    """And for what the user wishes."""
    issuer.answers["/tenant/token"] = granted(ACCESS, REFRESH)

    assert _log_in(issuer, *words, address=address) == 0
    (begun,) = issuer.forms("/tenant/devicecode")
    asked = set(begun["scope"].split()) - {"offline_access", "openid", "profile"}
    assert asked == set(scope.format(url=issuer.url).split())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (refused("expired_token"), "nobody entered the code in time"),
        (refused("access_denied"), "the consent was refused"),
        (refused("unauthorized_client"), "unauthorized_client, AADSTS70000): check the client id"),
        (refused("\x1b[31m", "x"), "no known reason): check the application's registration"),
        (granted(ACCESS), "the login brought no refresh token"),
        (json_answer({"access_token": 7}), "issues no token"),
        (json_answer({"access_token": ACCESS, "refresh_token": [1]}), "issues no token"),
        (json_answer({"access_token": "x" * 20_000}), "a token of more than 16,384 bytes"),
        (json_answer([]), "no token from"),
        ((200, {}, b"[" * 100_000), "no token from"),
        ((200, {}, b"\xff" * 300_000), "no token from"),
        ((302, {"Location": "https://evil.example/"}, b""), "no token from"),
    ],
)
def test_a_login_that_fails_is_one_line(
    issuer: Service, capsys: pytest.CaptureFixture[str], answer: Answer, why: str
) -> None:
    """No sentence of the server is repeated."""
    issuer.answers["/tenant/token"] = answer

    assert _log_in(issuer) == 1
    shown = _shown(capsys)
    assert why in shown
    assert "nobody sees this sentence" not in shown
    assert kept_logins.kept_login(GRAPH) is None


@pytest.mark.parametrize(
    "flow",
    [
        {"user_code": 7},
        {"user_code": "A", "verification_uri": "file:///etc/passwd", "device_code": "d"},
        {"user_code": "A", "verification_uri": ["x"], "device_code": "d", "interval": "many"},
        {"user_code": "A", "device_code": "d", "expires_in": "9" * 5_000},
        {"error": "invalid_client"},
        [],
    ],
)
def test_a_hostile_flow_is_one_line(
    issuer: Service, capsys: pytest.CaptureFixture[str], flow: object
) -> None:
    """Whatever stands in place of numbers and texts."""
    issuer.answers["/tenant/devicecode"] = json_answer(flow)

    assert _log_in(issuer) == 1
    assert "Traceback" not in _shown(capsys)


def test_pauses_and_the_whole_login_are_bounded(
    issuer: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server may wish for years."""
    pauses: list[float] = []
    monkeypatch.setattr(microsoft.time, "sleep", pauses.append)
    monkeypatch.setattr(microsoft, "LONGEST_DEVICE_LOGIN", 0.05)
    flow = {"user_code": "A", "device_code": "d", "verification_uri": "https://example.com"}
    flow |= {"interval": 10**9, "expires_in": 10**9}
    issuer.answers["/tenant/devicecode"] = json_answer(flow)
    issuer.answers["/tenant/token"] = refused("authorization_pending")

    assert _log_in(issuer) == 1
    assert "nobody entered the code in time" in _shown(capsys)
    assert max(pauses) == microsoft.LONGEST_PAUSE


def test_the_secrets_of_a_login_go_to_its_authority_only(
    issuer: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even if its own document names another host."""
    with service() as other:
        places = {
            f"{name}_endpoint": f"{other.url}/{name}"
            for name in ("token", "authorization", "device_authorization")
        }
        issuer.answers["/tenant/v2.0/.well-known/openid-configuration"] = json_answer(places)

        assert _log_in(issuer) == 1
        assert "it wants the login at another host" in _shown(capsys)
        assert not other.asked


def _keep(issuer: Service, **changes: str) -> None:
    login = kept_logins.Login("client", ["scope"], REFRESH, issuer.url, "tenant", **changes)
    kept_logins.keep_login(GRAPH, login)


def test_a_token_is_renewed_and_the_next_refresh_token_kept(issuer: Service) -> None:
    """For a mailbox at Graph."""
    _keep(issuer)
    issuer.answers["/tenant/token"] = granted(ACCESS, "the-next-refresh-token")
    find_sources(f"{GRAPH}/Inbox")

    assert issuer.asked[-1].fields["Authorization"] == f"Bearer {ACCESS}"
    assert issuer.forms("/tenant/token")[0]["refresh_token"] == REFRESH
    login = kept_logins.kept_login(GRAPH)
    assert login is not None
    assert login.refresh_token == "the-next-refresh-token"


def test_a_revoked_consent_is_said_with_the_way_out(
    issuer: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of the tokens is in the error or in a log."""
    _keep(issuer)
    issuer.answers["/tenant/token"] = refused("invalid_grant", "AADSTS65001: revoked " + REFRESH)
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as raised:
        find_sources(f"{GRAPH}/Inbox")

    assert "invalid_grant, AADSTS65001): the consent was revoked" in str(raised.value)
    assert "run `tlsrpt-analysis login` again" in str(raised.value)
    assert REFRESH not in str(raised.value) + caplog.text


def test_a_login_is_forgotten(
    issuer: Service, kept: MemoryKeyring, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of its entries."""
    _keep(issuer)

    assert main(["login", GRAPH, "--forget"]) == 0
    assert main(["login", GRAPH, "--forget"]) == 0
    assert f"Removed the login for {GRAPH}\nThere is no login for {GRAPH}" in _shown(capsys)
    assert kept.kept == {}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("https://example.com", "--client-id", "x"), "no mailbox: write imaps://"),
        ((GRAPH, "--client-id", "x", "--tenant", "a/b"), "the tenant is neither a domain nor"),
        ((GRAPH, "--client-id", "x", "--authority", "nowhere"), "an address that is none"),
        (("imaps://me@example.com", "--client-id", "x"), "who issues tokens for example.com is"),
    ],
)
def test_a_wrong_login_is_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], why: str
) -> None:
    """With what to write."""
    assert main(["login", *words]) == 1
    assert why in _shown(capsys)


def test_a_login_without_an_application_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The page that shows how to register one is named."""
    assert main(["login", GRAPH]) == 2
    assert "give --client-id" in _shown(capsys)


def test_without_a_keyring_nobody_logs_in(
    issuer: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the login could not be kept."""
    with keyring_in_use(keyring.backends.fail.Keyring()):
        assert _log_in(issuer) == 1
    assert "the keyring keeps no login" in _shown(capsys)
    assert not issuer.asked


class Browser(threading.Thread):
    """Follows the address of a login, and brings what it is asked to back to the port."""

    def __init__(self, address: str, **changes: str) -> None:
        super().__init__(daemon=True)
        self.query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        self.back = {"state": self.query["state"], "code": "the-code"} | changes
        self.start()

    def run(self) -> None:
        """Let a stranger try first."""
        port = urlsplit(self.query["redirect_uri"]).port
        pairs = "&".join(f"{key}={value}" for key, value in self.back.items() if value)
        for path in ("/?code=evil&state=guessed", f"/?{pairs}"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Browser]:
    """Return the browsers that were opened."""
    browsers: list[Browser] = []
    monkeypatch.setattr(
        browser.webbrowser, "open", lambda address: browsers.append(Browser(address))
    )
    return browsers


ELSEWHERE = "imaps://reports%40example.com@mail.example.com"


def _log_in_elsewhere(issuer: Service, *words: str, address: str = ELSEWHERE) -> int:
    where = ("--authority", issuer.url, "--scope", "mail", "--client-id", "client")
    return main(["login", address, *where, *words])


def test_a_user_logs_in_with_a_browser(
    issuer: Service,
    opened: list[Browser],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The code is exchanged by whoever asked for it, and a stranger's changes nothing."""
    monkeypatch.setenv("TLSRPT_CLIENT_SECRET", "secret-of-the-application")
    issuer.answers["/tenant/token"] = granted(ACCESS, REFRESH)

    assert _log_in_elsewhere(issuer) == 0
    assert "secret-of-the-application" not in _shown(capsys)
    (form,) = issuer.forms("/tenant/token")
    query = opened[0].query
    assert form["code"] == "the-code"
    assert form["client_secret"] == "secret-of-the-application"
    assert form["redirect_uri"] == query["redirect_uri"]
    assert query["redirect_uri"].startswith("http://127.0.0.1:")
    assert query["code_challenge_method"] == "S256"
    assert query["login_hint"] == "reports@example.com"
    login = kept_logins.kept_login("imaps://reports@example.com@mail.example.com")
    assert login is not None
    assert login.renewed().access_token == ACCESS
    assert issuer.forms("/tenant/token")[1]["refresh_token"] == REFRESH


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"code": "", "error": "access_denied"}, "the consent was refused"),
        ({"iss": "https://evil.example"}, "another provider answered"),
    ],
)
def test_a_browser_that_brings_no_code_is_said(
    issuer: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    why: str,
) -> None:
    """Nothing is exchanged then."""
    monkeypatch.setattr(browser.webbrowser, "open", lambda address: Browser(address, **changes))

    assert _log_in_elsewhere(issuer) == 1
    assert why in _shown(capsys)
    assert not issuer.forms("/tenant/token")


def test_a_browser_that_never_comes_is_not_waited_for(
    issuer: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For ever."""
    monkeypatch.setattr(browser, "LOGIN_SECONDS", 0.1)
    monkeypatch.setattr(browser.webbrowser, "open", lambda _: False)

    assert _log_in_elsewhere(issuer) == 1
    assert "nobody logged in in time" in _shown(capsys)


def test_without_a_desktop_no_browser_takes_the_terminal(
    issuer: Service,
    opened: list[Browser],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The page is printed, with the port that SSH may forward."""
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(browser, "LOGIN_SECONDS", 0.1)

    assert _log_in_elsewhere(issuer) == 1
    assert "`ssh -L " in _shown(capsys)
    assert not opened


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"issuer": "https://evil.example"}, "speaks for another issuer"),
        ({"token_endpoint": "http://localhost/token"}, "names no HTTPS address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "names no HTTPS address"),
        ({"token_endpoint": 7}, "names no HTTPS address"),
    ],
)
def test_a_hostile_document_of_a_provider_is_refused(
    issuer: Service,
    opened: list[Browser],
    capsys: pytest.CaptureFixture[str],
    document: dict[str, object],
    why: str,
) -> None:
    """Before a browser opens."""
    place = "/.well-known/openid-configuration"
    names = {"issuer": issuer.url} | {
        f"{name}_endpoint": f"{issuer.url}/x" for name in ("token", "authorization")
    }
    issuer.answers[place] = json_answer(names | document)

    assert _log_in_elsewhere(issuer) == 1
    assert why in _shown(capsys)
    assert not opened


def test_an_application_reads_a_mailbox_by_itself(
    issuer: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its secret is in a variable, in a file, or printed by a command."""
    monkeypatch.setenv("TLSRPT_CLIENT_ID", "client")
    monkeypatch.setenv("TLSRPT_TENANT", "tenant")
    monkeypatch.setenv("TLSRPT_AUTHORITY", issuer.url)
    (tmp_path / "secret").write_text("from-a-file\n")
    secrets = {
        "TLSRPT_CLIENT_SECRET": "from-a-variable",
        "TLSRPT_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "TLSRPT_CLIENT_SECRET_COMMAND": "echo from-a-command",
    }
    issuer.answers["/tenant/token"] = granted(ACCESS)
    for variable, value in secrets.items():
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            find_sources(f"{GRAPH}/Inbox")
    forms = issuer.forms("/tenant/token")

    assert [form["client_secret"] for form in forms] == [
        "from-a-variable",
        "from-a-file",
        "from-a-command",
    ]
    assert {form["scope"] for form in forms} == {f"{issuer.url}/.default"}
    with pytest.raises(SourceError, match="TLSRPT_CLIENT_ID is set, but no secret"):
        find_sources(f"{GRAPH}/Inbox")


def test_an_application_proves_itself_with_a_certificate(
    issuer: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its key stays here."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "application.pem").write_bytes(key + issuer.certificate.read_bytes())
    for name, value in {
        "CLIENT_ID": "client",
        "TENANT": "tenant",
        "AUTHORITY": issuer.url,
        "CLIENT_CERTIFICATE": str(tmp_path / "application.pem"),
    }.items():
        monkeypatch.setenv(f"TLSRPT_{name}", value)
    issuer.answers["/tenant/token"] = granted(ACCESS)
    find_sources(f"{GRAPH}/Inbox")
    (form,) = issuer.forms("/tenant/token")

    assert form["client_assertion"].count(".") == 2
    assert "client_secret" not in form
    issuer.answers["/tenant/token"] = refused("invalid_client")
    with pytest.raises(SourceError, match="the secret or certificate of the application"):
        find_sources(f"{GRAPH}/Inbox")
    monkeypatch.setenv("TLSRPT_CLIENT_CERTIFICATE", str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match="nowhere cannot be read"):
        find_sources(f"{GRAPH}/Inbox")
    monkeypatch.delenv("TLSRPT_TENANT")
    with pytest.raises(SourceError, match="name the tenant"):
        find_sources(f"{GRAPH}/Inbox")


@pytest.fixture(scope="module")
def mailbox() -> Iterator[MailServer]:
    """Yield a Dovecot that knows one good token."""
    with service(is_tls=False) as plain:
        introspected(plain, ACCESS)
        url = f"{plain.url.replace('localhost', '127.0.0.1')}/introspect"
        with dovecot({"": [mailed(REPORT)]}, Introspection(url)) as server:
            yield server


def test_a_login_reads_a_mailbox_over_imap(
    issuer: Service,
    mailbox: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """From the code to the report, with a token that had expired in between."""
    both = tmp_path / "trusted.pem"
    both.write_bytes(issuer.certificate.read_bytes() + mailbox.certificate.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(both))
    answers = [granted("first", REFRESH), granted("expired-token"), granted(ACCESS)]
    issuer.answers["/tenant/token"] = answers
    address = mailbox.address()

    assert _log_in(issuer, address=address) == 0
    assert load_reports(address).balance.reports == 1
    assert answers == []


def test_the_token_of_an_application_goes_to_microsoft_only(
    issuer: Service, mailbox: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless a scope is named for another server."""
    monkeypatch.setenv("TLSRPT_CLIENT_ID", "client")
    with pytest.raises(SourceError, match="no password for"):
        find_sources(mailbox.address())
    assert not issuer.asked

    monkeypatch.setenv("TLSRPT_SCOPE", "imap/.default")
    with pytest.raises(SourceError, match="TLSRPT_CLIENT_ID is set but not TLSRPT_TENANT"):
        find_sources(mailbox.address())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (granted("two words"), "what the login brought is not an OAuth 2 token"),
        (json_answer({}, 500), r"no token from https://localhost:\d+ \(HTTP Error: 500\)"),
        (json_answer({"error": ["invalid_grant"]}, 400), "no known reason"),
    ],
)
def test_a_renewal_that_brings_no_token_is_said(issuer: Service, answer: Answer, why: str) -> None:
    """With what to do."""
    _keep(issuer)
    issuer.answers["/tenant/token"] = answer
    with pytest.raises(SourceError, match=why):
        find_sources(f"{GRAPH}/Inbox")


def test_a_renewed_token_that_graph_refuses_is_said(issuer: Service) -> None:
    """It is the token of another user."""
    _keep(issuer)
    issuer.answers["/tenant/token"] = granted(ACCESS)
    issuer.answers["/v1.0/users/reports%40example.com/mailFolders/inbox"] = json_answer({}, 401)
    with pytest.raises(SourceError, match=r"run `tlsrpt-analysis login graph://\S+` again, as the"):
        find_sources(f"{GRAPH}/Inbox")
    assert len(issuer.forms("/tenant/token")) == 2


def test_a_token_that_graph_refuses_to_an_application_is_said(
    issuer: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its permission is missing."""
    for name, value in {"CLIENT_ID": "client", "TENANT": "tenant", "CLIENT_SECRET": "x"}.items():
        monkeypatch.setenv(f"TLSRPT_{name}", value)
    monkeypatch.setenv("TLSRPT_AUTHORITY", issuer.url)
    issuer.answers["/tenant/token"] = granted(ACCESS)
    issuer.answers["/v1.0/users/reports%40example.com/mailFolders/inbox"] = json_answer({}, 401)
    with pytest.raises(SourceError, match="was granted access to this mailbox"):
        find_sources(f"{GRAPH}/Inbox")
    issuer.answers["/tenant/token"] = granted("two words")
    with pytest.raises(SourceError, match="what the application got is not an OAuth 2 token"):
        find_sources(f"{GRAPH}/Inbox")


@pytest.mark.parametrize("answer", [json_answer({}, 404), json_answer({}, 500), (200, {}, b"no")])
def test_an_authority_that_is_none_is_said(
    issuer: Service, capsys: pytest.CaptureFixture[str], answer: Answer
) -> None:
    """For a login with a code, and for one in a browser."""
    for place in ("/tenant/v2.0", ""):
        issuer.answers[f"{place}/.well-known/openid-configuration"] = answer

    assert _log_in(issuer) == 1
    assert "no token from https://localhost" in _shown(capsys)
    assert _log_in_elsewhere(issuer) == 1
    assert "localhost" in _shown(capsys)


def test_an_authority_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Or without TLS."""
    for authority_of_login in ("https://localhost:1", "http://localhost:1"):
        words = ["--authority", authority_of_login, "--scope", "mail", "--client-id", "client"]
        assert main(["login", ELSEWHERE, *words]) == 1
        assert f"no answer from {authority_of_login}" in _shown(capsys)


def test_a_damaged_or_locked_keyring_has_no_login(issuer: Service, kept: MemoryKeyring) -> None:
    """A login that is gone meanwhile is missed when a token is needed."""
    _keep(issuer)
    tokens = kept_logins.LoginTokens(GRAPH)
    kept.kept["tlsrpt-analysis", GRAPH] = "{"
    assert kept_logins.kept_login(GRAPH) is None
    with pytest.raises(SourceError, match="no login for graph://"):
        tokens.token()
    with keyring_in_use(keyring.backends.fail.Keyring()):
        assert kept_logins.kept_login(GRAPH) is None
        assert not kept_logins.forget_login(GRAPH)


def test_an_answer_that_is_no_object_is_said() -> None:
    """Whoever hands it on."""
    with pytest.raises(SourceError, match="no answer of OAuth 2"):
        grant_of([], "login.example.com")
