"""Pages are light: with all that they load, packed as they travel."""

import pytest

from tests.server.serving import PASSWORD, Served
from tests.server.weighing import weigh

OPEN_PAGES = ("/", "/markets/call", "/markets/live", "/enter", "/join", "/styleguide")
OWN_PAGES = ("/desk", "/markets/call/order", "/register", "/register/gpu-anna", "/journal",
             "/journal/1", "/cases", "/cases/case-1", "/desk/statement?from=2026-11-01",
             "/tokens")  # fmt: skip
OFFICE_PAGES = ("/operate",)
BYTES_MAX = 150_000  # charts are drawn by the server, so pages with one keep to the same


@pytest.mark.parametrize(
    ("login", "pages"), [("", OPEN_PAGES), ("anna", OWN_PAGES), ("operator", OFFICE_PAGES)]
)
def test_a_page_weighs_little(served: Served, login: str, pages: tuple[str, ...]) -> None:
    with served.as_() as client:
        if login:
            signed = client.post("/v1/session", json={"login": login, "password": PASSWORD})
            assert signed.status_code == 200, signed.text
        for path in pages:
            weights = weigh(client, path)
            assert sum(weights.values()) <= BYTES_MAX, (path, weights)
            kinds = {name.rpartition(".")[2] for name in weights}
            assert {"css", "js"} <= kinds, f"{path}: what it loads was not found: {weights}"
