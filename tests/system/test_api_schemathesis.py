"""The whole HTTP API against its own description, with and without credentials.

What the description says of an answer holds for whatever is asked, and nobody is answered who is not known.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from functools import cache

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.pytest._test_builder import build_operation_test

from aios.api.front import Front
from aios.api.v1.acting import KEY_PATTERN
from aios.api.v1.routes import description
from tests.unit.aios.api.v1.asking import AGENT_ASKS, URL, app_over, as_, known, seen_view, south_view

EXAMPLES = 10
"""Questions to each operation of somebody who is known."""
STRANGERS = 3
"""Questions to each operation of somebody who is not."""
KNOWN = {
    "site": "nord",
    "point": "grid/active_power",
    "command": "nord-40980-1",
    "question": "nord-41200-1",
    "alarm": "voltage_limit:t1",
    "order": "t1/cooling",
    "override": "o1",
    "revision": "2026.12",
    "agent": "peak_shaving",
}
"""Of every part of a path one that is there: most questions are about it, the others about what is not."""
KNOWN_OF_AGENTS = KNOWN | {"question": AGENT_ASKS.id}
"""The same where a question is one of an agent."""
ALLOWED = as_("paula")
numbers = itertools.count()


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@cache
def desk(front: Front) -> FastAPI:
    """A desk with two gateways that have answered once; its streams have ended."""

    async def made() -> FastAPI:
        views = [await seen_view(), await south_view()]
        for view in views:
            view.feed.close()
        return app_over(*views, front=front)

    return asyncio.run(made())


knowing = known()
schema = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json", app=desk(knowing), headers={"host": "127.0.0.1", **ALLOWED}
)


# The description forbids no query parameter that it does not name: those are passed over, and no failure.
schema.config.generation.update(allow_extra_parameters=False)


def there(path: str) -> dict[str, str]:
    """Return what is there of the parts of a path."""
    return KNOWN_OF_AGENTS if "/agent-questions" in path else KNOWN


@schema.hook("map_path_parameters")
def mostly_there(context: schemathesis.HookContext, told: dict[str, str] | None) -> dict[str, str] | None:
    known_here = there(context.operation.path)
    return told and {name: known_here[name] if len(str(value)) % 4 else value for name, value in told.items()}


@schema.hook("map_headers")
def each_its_own_act(_: object, told: dict[str, str] | None) -> dict[str, str] | None:
    """Give every act a key of its own where it has a fit one, and no condition that nobody can know."""
    headers = {name: value for name, value in (told or {}).items() if name.casefold() != "if-match"}
    for name, value in headers.items():
        if name.casefold() == "idempotency-key" and re.fullmatch(KEY_PATTERN, str(value)):
            headers[name] = f"key-{next(numbers)}"
    return headers


OPERATIONS = {found.ok().label: found.ok() for found in schema.get_all_operations()}


def asked(label: str, judge: Callable[[schemathesis.Case], None], examples: int) -> None:
    """Ask an operation at its limits and at random.

    As `schema.parametrize` does, but when the test runs: that makes every question when tests are collected,
    in each of the processes that run them.
    """
    build_operation_test(
        config=schema.config,
        operation=OPERATIONS[label],
        test_func=bounded(examples)(judge),
        given_kwargs={},
        feedback=NO_FEEDBACK,
    )()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_to_somebody_known_is_as_the_description_says(label: str) -> None:
    answers = []

    def judge(case: schemathesis.Case) -> None:
        answers.append(case.call_and_validate(base_url=URL, headers=ALLOWED).status_code)
        assert answers[-1] < 500

    asked(label, judge, EXAMPLES)
    assert len(answers) >= EXAMPLES


@pytest.mark.parametrize("label", OPERATIONS)
def test_nobody_is_answered_who_is_not_known(label: str) -> None:
    answers = []

    def judge(case: schemathesis.Case) -> None:
        answers.append(case.call(base_url=URL).status_code)
        assert answers[-1] == 401

    asked(label, judge, STRANGERS)
    assert len(answers) >= STRANGERS


async def test_what_is_asked_about_most_is_there() -> None:
    paths = [path for path, operations in description()["paths"].items() if "get" in operations]
    transport = httpx.ASGITransport(desk(knowing))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=ALLOWED) as client:
        told = {path: (await client.get(path.format(**there(path)))).status_code for path in paths}
    assert told == dict.fromkeys(paths, 200)
