"""Requests made from the OpenAPI document, right and wrong ones: no answer is a failure of ours."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.filterwarnings("default")  # of packages that schemathesis brings
def test_every_request_that_the_document_allows_or_not_is_answered(
    start: Callable[..., Any],
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis
        from hypothesis import HealthCheck, Phase, given, settings
        from schemathesis.checks import not_a_server_error
    client = start()
    address = f"http://127.0.0.1:{client.port}"
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    tried = []
    for result in schema.get_all_operations():
        operation = result.ok()
        assert operation is not None
        cases = operation.as_strategy()

        @settings(
            max_examples=12, deadline=None, database=None, derandomize=True,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases)
        def attempt(case: Any) -> None:
            response = case.call(base_url=address)
            case.validate_response(response, checks=[not_a_server_error])
            tried.append((case.method, case.path, response.status_code))

        attempt()
    paths = {path for _, path, _ in tried}
    assert {"/v1/search", "/v1/products/{id}", "/v1/feedback"} <= paths
    assert {status for _, _, status in tried} >= {200, 400, 404}
    assert len(tried) > 60
