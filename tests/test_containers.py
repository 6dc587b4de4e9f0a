"""The container files are not run here; what they name is held against the repository."""

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.reviewer import HOUSE
from yaosu.cli.app import COMMANDS
from yaosu.cli.serve import serve
from yaosu.server.settings import PREFIX, SETTINGS

yaml = pytest.importorskip("yaml", reason="no reader of YAML is installed")

FOLDER = HOUSE / "containers"
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
OURS = {n: s for n, s in COMPOSE["services"].items() if "build" in s}
PORT = SETTINGS["listen"].default
OF_THE_DOOR = {"YAOSU_CACHE_DIR"}


def test_every_file_that_is_copied_is_there_and_let_through() -> None:
    let_in = {
        line[1:].split("/")[0]
        for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = re.findall(r"^COPY (?!--from)(.+)", DOCKERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()[:-1]]
    assert names
    for name in names:
        assert (HOUSE / name).exists(), name
        assert name.split("/")[0] in let_in, f"{name} is kept from the build"


def test_every_extra_is_one_of_ours() -> None:
    import tomllib

    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    (extras,) = re.findall(r'"\.\[(.+)\]"', DOCKERFILE)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_every_command_and_option_is_one_of_ours() -> None:
    (entry,) = re.findall(r"^ENTRYPOINT (.+)", DOCKERFILE, re.MULTILINE)
    assert yaml.safe_load(entry) == ["yaosu"]
    (plain,) = re.findall(r"^CMD (.+)", DOCKERFILE, re.MULTILINE)
    options = {name for one in serve.params for name in one.opts}
    for words in (yaml.safe_load(plain), *(s["command"] for s in OURS.values())):
        assert words[0] in COMMANDS
        assert {word for word in words[1:] if word.startswith("--")} <= options


def test_every_setting_is_one_of_ours() -> None:
    named = set(re.findall(r"\b(YAOSU_[A-Z_]+)=", DOCKERFILE))
    for service in OURS.values():
        named |= {n for n in service.get("environment", {}) if n.startswith(PREFIX)}
    assert "YAOSU_LISTEN" in named
    assert {n.removeprefix(PREFIX).lower() for n in named - OF_THE_DOOR} <= set(SETTINGS)


def test_the_ports_are_those_that_the_server_listens_at() -> None:
    assert isinstance(PORT, str)
    port = PORT.rpartition(":")[2]
    assert re.findall(r"^EXPOSE (\d+)", DOCKERFILE, re.MULTILINE) == [port]
    assert f"YAOSU_LISTEN=0.0.0.0:{port}" in DOCKERFILE
    for service in OURS.values():
        for mapped in service["ports"]:
            host, _, inside = mapped.rpartition(":")
            assert inside == port
            assert host.startswith("127.0.0.1:"), "the world comes in by a web server with TLS"


def test_it_runs_as_nobody_special_over_a_volume() -> None:
    assert re.search(r"^USER yaosu$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER yaosu") < DOCKERFILE.index("ENTRYPOINT")
    assert "VOLUME /venue" in DOCKERFILE
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert [one.partition(":")[2] for one in service["volumes"]] == ["/venue"]
    mounted = {one.partition(":")[0] for s in COMPOSE["services"].values() for one in s["volumes"]}
    assert mounted == set(COMPOSE["volumes"])
    asked = {one for s in COMPOSE["services"].values() for one in s.get("secrets", [])}
    assert asked == set(COMPOSE["secrets"])


def test_no_file_names_a_registry_or_holds_a_password() -> None:
    for path in FOLDER.iterdir():
        if path.is_file():
            text = path.read_text("utf-8")
            assert not re.search(r"(FROM|image:)\s*\S+\.\S+/", text), path
            assert not re.search(r"PASSWORD:|:[^/@\s]+@", text), path


def test_the_health_check_tells_a_server_from_none() -> None:
    """Its file is the one that is copied, and ends with 1 where nobody answers."""
    assert 'CMD ["python", "/health.py"]' in DOCKERFILE
    done = subprocess.run(
        [sys.executable, str(FOLDER / "health.py")], env={"YAOSU_LISTEN": "0.0.0.0:9"}, check=False
    )
    assert done.returncode == 1


def test_the_page_says_that_they_are_not_run() -> None:
    page = (HOUSE / "docs" / "how-to" / "run-in-a-container.md").read_text("utf-8")
    assert "**not run**" in page
    for name in re.findall(r"--profile (\w+)", page):
        assert any(name in s.get("profiles", []) for s in COMPOSE["services"].values()), name
