import pytest
from django.db import OperationalError
from redis.exceptions import RedisError

from solver.api.errors import ApiError, problem_handler
from solver.api.tests.conftest import Site


@pytest.mark.parametrize("boundary", ["", "; boundary="])
def test_a_form_that_cannot_be_read_is_the_callers_fault(boundary: str, site: Site) -> None:
    headers = {"X-API-Key": site.key, "Content-Type": f"multipart/form-data{boundary}"}
    response = site.http.post("/v1/files", content=b"--", headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_form"


@pytest.mark.parametrize("error", [OperationalError("too many clients"), RedisError(), OSError()])
def test_what_is_away_comes_back_in_every_dialect(error: Exception) -> None:
    assert ApiError.of(error).status == 503
    response = problem_handler(error, {})
    assert response is not None
    assert (response.status_code, response.data["code"]) == (503, "unavailable")
