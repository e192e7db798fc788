"""A command that looks at a gateway: once, as JSON, or until Ctrl-C, and where none is there."""

from __future__ import annotations

import json

import pytest
import typer

from aios.cli.exits import Exit
from aios.cli.looking import needs_gateway, show
from kernel.shell.socket import GatewayAway


def looks(*seen):
    """Return each in its turn; what is raised is raised."""
    left = iter(seen)

    def look():
        one = next(left)
        if isinstance(one, BaseException):
            raise one
        return one

    return look


def shown(look, *, once=False, as_json=False):
    """Show what a look sees; return the looks that were drawn, each with the one before."""
    drawn = []

    def draw(seen, before):
        drawn.append((seen, before))
        return f"drawn {seen}"

    show(look, draw, width=80, every_s=0.0, once=once, json=as_json)
    return drawn


def test_one_look_is_drawn_beside_itself_and_nothing_is_asked_twice(capsys):
    assert shown(looks(1), once=True) == [(1, 1)]
    assert "drawn 1" in capsys.readouterr().out


def test_as_json_nothing_is_drawn(capsys):
    assert shown(looks({"a": 1}), as_json=True) == []
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_a_look_after_the_other_is_drawn_beside_the_one_before_until_somebody_ends_it():
    assert shown(looks(1, 2, 3, KeyboardInterrupt())) == [(1, 1), (2, 1), (3, 2)]


@pytest.mark.parametrize("seen", [(), (1,)], ids=["never there", "gone in between"])
def test_a_gateway_that_is_away_ends_the_command_with_its_code_and_says_so(capsys, seen):
    with pytest.raises(typer.Exit) as ended:
        shown(looks(*seen, GatewayAway("no gateway lives in var")))
    assert ended.value.exit_code == int(Exit.NOT_THERE)
    assert "no gateway lives in var" in capsys.readouterr().err


def test_another_error_is_not_taken_for_a_gateway_that_is_away():
    with pytest.raises(LookupError), needs_gateway():
        raise LookupError
