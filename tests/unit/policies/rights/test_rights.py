"""Rights: every cell of role x action x kind x site as the golden table has it, and no by default."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from policies.bundle import BundleRefused, Module
from policies.embedded import Evaluator
from policies.rego_tests import rules_of
from policies.rights.rights import (
    Granted,
    Refused,
    RightAsked,
    Rights,
    shipped_module,
    shipped_table,
    shipped_tests,
)

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "rights.txt"
ROLES = ("VIEWER", "OPERATOR", "ENGINEER", "INSTALLER", "SECADM", "RBACMNT", "AUDITOR")
RIGHTS = Rights()


def asked(roles: tuple[str, ...], action: str, kind: str, site: str = "nord") -> RightAsked:
    return RightAsked(person="erika", roles=roles, sites=("nord",), action=action, kind=kind, site=site)


def may(roles: tuple[str, ...], action: str, kind: str, site: str = "nord") -> bool:
    return isinstance(RIGHTS.may(asked(roles, action, kind, site)), Granted)


def rows() -> list[tuple[str, str, str, tuple[str, ...]]]:
    head, *lines = [line.split() for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
    assert tuple(head[3:]) == ROLES
    return [(site, kind, action, tuple(cells)) for site, kind, action, *cells in lines]


def test_every_cell_of_the_matrix_is_as_the_golden_table_has_it() -> None:
    wrong = []
    for site, kind, action, cells in rows():
        found = tuple("1" if may((role,), action, kind, site) else "0" for role in ROLES)
        if found != cells:
            wrong.append((site, kind, action, found, cells))
    assert wrong == []


def test_the_golden_table_leaves_out_no_cell_of_the_policy() -> None:
    spelled = {(kind, action) for _, kind, action, _ in rows()}
    granted = {(kind, action) for kind, actions in shipped_table()["grants"].items() for action in actions}
    assert granted <= spelled
    kinds, actions = {kind for kind, _ in spelled}, {action for _, action in spelled}
    assert len(rows()) == 2 * len(kinds) * len(actions)
    assert {site for site, *_ in rows()} == {"nord", "sued"}


def test_a_right_that_was_granted_says_by_which_role() -> None:
    assert RIGHTS.may(asked(("VIEWER", "OPERATOR"), "acknowledge", "alarm")) == Granted(roles=("OPERATOR",))


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (asked(("VIEWER",), "approve", "question"), "it takes the role ENGINEER or OPERATOR"),
        (asked(("OPERATOR",), "acknowledge", "alarm", "sued"), "erika is not assigned to site sued"),
        (asked(("OPERATOR",), "melt", "alarm"), "there is no right melt (alarm)"),
        (asked((), "read", "alarm"), "it takes the role"),
        (asked(("KING",), "read", "alarm"), "it takes the role"),
        (asked(("OPERATOR", "AUDITOR"), "command", "point"), "which does nothing but export and read"),
        (asked(("OPERATOR", "SECADM"), "command", "point"), "which excludes the right command (point)"),
    ],
)
def test_a_refusal_says_why(question: RightAsked, why: str) -> None:
    found = RIGHTS.may(question)
    assert isinstance(found, Refused)
    assert why in found.why


def test_no_set_of_roles_with_an_auditor_acts_and_none_with_secadm_commands() -> None:
    table = shipped_table()["grants"]
    acts = [(kind, a) for kind, actions in table.items() for a in actions if a not in ("read", "export")]
    for size in range(1, len(ROLES) + 1):
        for roles in combinations(ROLES, size):
            if "AUDITOR" in roles:
                assert not [act for act in acts if may(roles, act[1], act[0])]
            if "SECADM" in roles:
                assert not any(may(roles, action, "point") for action in ("command", "override", "mode"))


def test_every_site_is_a_star_and_no_site_is_none() -> None:
    everywhere = RightAsked(
        person="a", roles=("VIEWER",), sites=("*",), action="read", kind="alarm", site="x"
    )
    assert isinstance(RIGHTS.may(everywhere), Granted)
    nowhere = RightAsked(person="a", roles=("VIEWER",), sites=(), action="read", kind="alarm", site="x")
    assert isinstance(RIGHTS.may(nowhere), Refused)


def test_a_site_withholds_and_never_grants() -> None:
    withheld = [{"site": "nord", "role": "OPERATOR", "action": "override", "kind": "point"}]
    rights = Rights(shipped_table() | {"withheld": withheld})
    found = rights.may(asked(("OPERATOR",), "override", "point"))
    assert isinstance(found, Refused)
    assert "site nord withholds from the role OPERATOR" in found.why
    assert isinstance(rights.may(asked(("OPERATOR",), "command", "point")), Granted)


@pytest.mark.parametrize(
    "text",
    [
        "document := {}",
        "document := true",
        'document := {"granted": true, "roles": [], "reasons": []}',
        'document := {"granted": true, "roles": ["OPERATOR"], "reasons": ["but"]}',
        'document := {"granted": "yes", "roles": ["OPERATOR"], "reasons": []}',
        'document := x if { some x in [{"granted": true}, 2] }',
        "another := 1",
    ],
)
def test_whatever_is_no_well_formed_permit_grants_nothing(text: str) -> None:
    rights = Rights(modules=[Module("rights.rego", f"package aios.rights\nimport rego.v1\n{text}\n")])
    assert isinstance(rights.may(asked(("OPERATOR",), "read", "alarm")), Refused)


def test_a_module_that_reads_the_clock_is_refused() -> None:
    with pytest.raises(BundleRefused, match="clock"):
        Rights(modules=[Module("rights.rego", "package aios.rights\nx := time.now_ns()\n")])


@pytest.mark.parametrize("rule", rules_of(shipped_tests()), ids=lambda rule: rule.rpartition(".")[2])
def test_rule_beside_the_policy_passes(rule: str) -> None:
    assert Evaluator((shipped_module(), shipped_tests()), "{}").evaluate(rule, b"{}") is True
