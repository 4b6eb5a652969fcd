"""What stands around every page: policy, errors, who may."""

import pytest

from solvent.server.app import create
from tests.pages.conftest import DEMO, Client, workbench


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/solvent.css", "/api/v1/traces"])
def test_strict_policy_everywhere(path, clients):
    answer = clients["demo"].get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_error_is_a_page_or_a_problem(clients):
    page = clients["demo"].get("/traces/nope")
    assert page.status_code == 404
    assert "no trace <code>nope</code>" in page.text
    problem = clients["demo"].get("/api/v1/traces/nope")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json() == {
        "type": "urn:solvent:error:not-found",
        "title": "not found",
        "status": 404,
        "detail": "no trace `nope` in project `sample`",
        "hint": "search at /traces",
        "instance": "/api/v1/traces/nope",
    }


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/api/v1/traces?min_usd=much", 422, "min_usd"),
        ("/api/v1/traces?after=soon", 422, "cursor"),
        ("/api/v1/traces?since=yesterday", 422, "since"),
        ("/api/v1/traces?outcome=fine", 422, "outcome"),
        ("/api/v1/sessions?after=x-y", 422, "cursor"),
        ("/api/v1/rules/no-such", 404, "no-such"),
        ("/api/v1/nowhere", 404, "nowhere"),
    ],
)
def test_bad_input_names_what_is_wrong(path, status, word, clients):
    answer = clients["demo"].get(path)
    assert answer.status_code == status
    assert word in answer.json()["detail"]


def test_wrong_method_says_so(clients):
    answer = clients["demo"].ask("/traces", method="DELETE")
    assert answer.status_code == 422
    assert "does not take DELETE" in answer.text


def test_empty_fields_of_a_form_do_not_filter(clients):
    assert clients["demo"].get("/traces?text=&min_usd=&since=").status_code == 200


def test_another_host_name_is_refused(benches):
    client = Client(create(benches["demo"]), "http://evil.example")
    answer = client.get("/")
    assert answer.status_code == 403
    assert "evil.example" in answer.text


def test_a_change_from_another_site_is_refused(clients):
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = clients["demo"].ask("/", method="POST", headers=headers)
        assert answer.status_code == 403


def test_token_is_asked_for_and_traded_for_a_cookie(tmp_path):
    bench = workbench(tmp_path, DEMO, host="0.0.0.0", token="s3cret")
    client = Client(create(bench), "http://solvent.example")
    assert client.get("/").status_code == 403
    assert client.get("/api/v1/traces").json()["detail"] == "this server asks for its token"
    assert client.get("/static/solvent.css").status_code == 200
    assert client.get("/", authorization="Bearer s3cret").status_code == 200
    assert client.get("/", authorization="Bearer wrong").status_code == 403
    assert client.get("/sign-in").status_code == 200
    assert client.ask("/sign-in", method="POST", data={"token": "wrong"}).status_code == 403
    done = client.ask("/sign-in", method="POST", data={"token": "s3cret"})
    assert done.status_code == 303
    cookie = done.headers["set-cookie"]
    assert "s3cret" not in cookie
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert client.get("/", cookie=cookie.partition(";")[0]).status_code == 200
    bench.close()
