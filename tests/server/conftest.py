"""One server for all that leave it as it was; whoever stops or floods one makes his own."""

from collections.abc import Iterator

import pytest

from tests.server.serving import Served, serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = serve(tmp_path_factory.mktemp("served") / "venue", sign_ins_per_minute="100000")
    yield server
    server.stop()
