"""The catalogue of policies says what the policies say of themselves, and nothing is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.bundle import shipped
from policies.catalogue import annotated, page


def test_the_page_in_the_documents_is_up_to_date() -> None:
    assert Path("docs/policy-catalogue.md").read_text(encoding="utf-8") == page()


def test_there_are_sixteen_policies() -> None:
    assert len(shipped()) == 16


@pytest.mark.parametrize("name", shipped())
def test_every_parameter_has_its_unit_and_meaning_and_every_policy_its_sources(name: str) -> None:
    policy = annotated(name)
    given = json.loads(Path(f"policies/data/{name}.json").read_text(encoding="utf-8"))
    assert {one.name for one in policy.parameters} == given.keys() - {"source", "reads", "reads_for"}
    assert all(one.unit and one.meaning for one in policy.parameters)
    assert policy.title
    assert policy.description
    assert policy.source
    assert policy.needs
    assert all(one["ref"].startswith("https://") and one["description"] for one in policy.related)
    assert policy.related
