"""Unmodified clients of the OpenAI API, pointed at a site of ours."""

from collections.abc import AsyncIterator, Iterator

import openai
import pytest

from solver.api.tests.conftest import Site, alices_key, site

__all__ = ["alices_key", "client", "patient", "site"]


@pytest.fixture
def client(site: Site) -> Iterator[openai.OpenAI]:
    """Does not try again, so that each error is seen."""
    with openai.OpenAI(base_url=f"{site.url}/v1", api_key=site.key, max_retries=0) as client:
        yield client


@pytest.fixture
async def patient(site: Site) -> AsyncIterator[openai.AsyncOpenAI]:
    """Tries again twice, as clients do by default."""
    async with openai.AsyncOpenAI(base_url=f"{site.url}/v1", api_key=site.key) as client:
        yield client
