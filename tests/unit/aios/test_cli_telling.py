"""What people say on the command line: durations, keys, and where no gateway answers."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.telling import me, new_key

run = CliRunner().invoke


@pytest.mark.parametrize("text", ["", "2 h", "h", "-5s", "1w", "2h30m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        seconds(text)


def test_an_instruction_has_a_key_and_a_person() -> None:
    assert (new_key("k"), me("m.jansen")) == ("k", "m.jansen")
    assert new_key("") != new_key("")
    assert me("")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["point", "mode", "a/b", "local", "--reason", "r"], Exit.NOT_THERE),
        (["point", "mode", "a/b", "sideways", "--reason", "r"], Exit.USAGE),
        (["point", "mode", "a/b", "local"], Exit.USAGE),
        (["point", "modes"], Exit.NOT_THERE),
        (["override", "f*", "-5", "--for", "1h", "--reason", "r"], Exit.NOT_THERE),
        (["override", "f*", "five", "--for", "1h", "--reason", "r"], Exit.USAGE),
        (["override", "f*", "5", "--reason", "r"], Exit.USAGE),
        (["override", "f*", "5", "--for", "soon", "--reason", "r"], Exit.USAGE),
        (["override", "list"], Exit.NOT_THERE),
        (["hand-back", "o1"], Exit.NOT_THERE),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value.name,
)
def test_a_wrong_line_is_told_from_a_gateway_that_is_away(
    words: list[str], code: Exit, tmp_path: Path
) -> None:
    assert run(app, [*words, "--folder", str(tmp_path)]).exit_code == code
