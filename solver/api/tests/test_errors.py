import pytest

from solver.api.tests.conftest import Site


@pytest.mark.parametrize("boundary", ["", "; boundary="])
def test_a_form_that_cannot_be_read_is_the_callers_fault(boundary: str, site: Site) -> None:
    headers = {"X-API-Key": site.key, "Content-Type": f"multipart/form-data{boundary}"}
    response = site.http.post("/v1/files", content=b"--", headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_form"
