"""Tending the server: how it is, and a backup begun from the page."""

import time

from tests.server.serving import Served
from yaosu.journal.opening import open_store


def test_an_operator_backs_up_from_the_page_and_the_copy_is_whole(served: Served) -> None:
    with served.as_("operator") as client:
        begun = client.post("/v1/backups", json={})
        assert begun.status_code == 201, begun.text
        path = f"/v1/backups/{begun.json()['errand']}"
        for _ in range(600):
            told = client.get(path).json()
            if told["state"] != "running":
                break
            time.sleep(0.1)
        assert told["state"] == "done", told
        (made,) = (served.folder / "backups").glob("*.db")
        with open_store(made, readonly=True) as copy:
            assert copy.size > 10
        page = client.get("/operate/backups").text
        assert made.name in page
        operate = client.get("/operate").text
        assert "never" not in operate
        assert client.post(path, json={"act": "forget"}).status_code == 200
        assert made.exists()


def test_backups_are_for_the_operator(served: Served) -> None:
    for login in ("anna", "supervisor"):
        with served.as_(login) as client:
            assert client.post("/v1/backups", json={}).status_code == 403


def test_offices_see_how_the_server_is(served: Served) -> None:
    with served.as_("supervisor") as client:
        last = client.get("/v1/venue").json()["entries"] - 1
        head = client.get(f"/v1/entries/{last}").json()["hash"]
        page = client.get("/operate").text
        for words in ("Disk left", "Memory, MB", "Last backup"):
            assert words in page
        assert head in page
