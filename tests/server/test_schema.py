"""The document of the interface, tried by a machine: no error of ours, nothing it does not say."""

import json
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.serving import Served
from yaosu.server.openapi import document
from yaosu.server.problems import as_json

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
EXAMPLES = 30 if os.environ.get("YAOSU_TEST_PROFILE") == "long" else 2
STREAMS = "(/v1/streams|/live)"  # have no end
told = json.loads(as_json(document()))
schema = schemathesis.openapi.from_dict(told).exclude(path_regex=f"^{STREAMS}")
schema.config.phases.coverage.enabled = False  # minutes for what test_bodies.py does by hand


@pytest.fixture(scope="module")
def secret(served: Served) -> str:
    """A login that nobody minds."""
    return served.tokens["carl"]


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_an_error_of_ours(case: Any, served: Served, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}"}
    if case.method == "DELETE" and "session" in case.path:
        headers = {}
    response = case.call(base_url=served.url, headers=headers)
    assert case.validate_response(response, checks=CHECKS) is None
