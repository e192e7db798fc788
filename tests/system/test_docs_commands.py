"""The commands in our documents run: a block after `<!-- run -->` is run, every other one at least parsed.

Convention: `<!-- run -->` on the line before a ```sh block means that the block, run in an empty folder, ends
with exit code 0; blocks of one document run one after the other in the same folder. `<!-- run: exit N -->`
means that the last command ends with N. Blocks without the mark (the demo, servers, package managers) are not
run, but each `aios` command in them must parse and each `make` target exist.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

from aios.cli.app import app
from aios.cli.exits import Exit
from tests.architecture.sources import ROOT

pytestmark = pytest.mark.system
BLOCK = re.compile(
    r"(?:^<!-- run(?:: exit (?P<code>\d+))? -->\n)?^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
FOLDERS = ("", "docs", "docs/how-to", "docs/decisions", "deploy")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))


class Block(NamedTuple):
    """A block of commands in a document."""

    line: int
    text: str
    run: bool
    code: int


def blocks(text: str) -> list[Block]:
    """Return the blocks of shell commands of a document.

    >>> blocks("<!-- run: exit 3 -->\\n```sh\\naios x\\n```\\n")
    [Block(line=3, text='aios x\\n', run=True, code=3)]
    """
    return [
        Block(
            line=text[: found.start("text")].count("\n") + 1,
            text=found["text"],
            run=found.group().startswith("<!--"),
            code=int(found["code"] or 0),
        )
        for found in BLOCK.finditer(text)
    ]


def commands(text: str) -> list[list[str]]:
    """Return the commands of a block, word by word; a here-document is no command."""
    text = re.sub(r"<<-?\s*'?(\w+)'?.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    found: list[list[str]] = [[]]
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        for word in words:
            if word in {"|", "&&", "||", ";", "&"}:
                found.append([])
            else:
                found[-1].append(word)
        found.append([])
    return [words for words in found if words]


@cache
def aios_command():
    """Return the command `aios`, made once: it takes a while."""
    return typer.main.get_command(app)


WITH_RUNS = [
    path for path in DOCUMENTS if any(block.run for block in blocks(path.read_text(encoding="utf-8")))
]


def test_there_are_documents_with_commands_that_run():
    assert {path.name for path in WITH_RUNS} >= {"README.md", "cli.md", "point-it-at-your-own-site.md"}


@pytest.mark.parametrize("path", WITH_RUNS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_marked_commands_do_what_the_document_says(path: Path, tmp_path: Path):
    bin_folder = Path(sys.executable).parent
    for block in blocks(path.read_text(encoding="utf-8")):
        if not block.run:
            continue
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == block.code, f"{path.name}:{block.line}\n{done.stdout}{done.stderr}"


CALLS = [
    pytest.param(words, id=f"{path.relative_to(ROOT).as_posix()}:{block.line} {' '.join(words)}")
    for path in DOCUMENTS
    for block in blocks(path.read_text(encoding="utf-8"))
    if not block.run
    for words in commands(block.text)
    if Path(words[0]).name in {"aios", "make"}
]


@pytest.mark.parametrize("words", CALLS)
def test_every_other_command_is_one_that_exists(words: list[str]):
    program, *arguments = words
    if program == "make":
        target = next((word for word in arguments if "=" not in word), "help")
        rules = re.findall(r"^([a-z%-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert any(re.fullmatch(rule.replace("%", ".+"), target) for rule in rules)
        return
    known = aios_command().commands
    name, *rest = arguments
    assert name in known
    with known[name].make_context(name, rest):
        pass


def test_a_command_that_does_not_exist_is_found():
    known = aios_command().commands
    with pytest.raises(Exception, match="No such option"):
        known["journal"].make_context("journal", ["--no-such-option"])


def test_the_exit_codes_in_the_document_are_the_programs():
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    told = {(int(code), name) for code, name in re.findall(r"^\| (\d) \| ([A-Z_]+) \|", text, re.MULTILINE)}
    assert told == {(int(code), code.name) for code in Exit}


def test_the_document_lists_every_command_and_its_options():
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = {
        found[1].strip(): found[0] for found in re.finditer(r"^\| `aios ([a-z -]+).*$", text, re.MULTILINE)
    }
    known = _commands(aios_command())
    assert set(rows) == set(known)
    for name, command in known.items():
        options = {
            option for parameter in command.params for option in parameter.opts if option.startswith("--")
        }
        assert set(re.findall(r"`(--[a-z-]+)`", rows[name])) == options - {"--help"}, name


def test_every_command_tells_what_it_does_and_how():
    for name, command in _commands(aios_command()).items():
        with contextlib.redirect_stdout(io.StringIO()) as told:
            aios_command().main([*name.split(), "--help"], prog_name="aios", standalone_mode=False)
        assert f"Usage: aios {name}" in told.getvalue()
        assert command.help, name


def _commands(group, before=""):
    """Every command by the words that call it, those of groups too."""
    found = {}
    for name, command in group.commands.items():
        found[before + name] = command
        if hasattr(command, "commands"):
            found |= _commands(command, f"{before}{name} ")
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_inside_the_repository_leads_somewhere(path: Path):
    text = path.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if not re.match(r"[a-z]+:", target)]
    assert [target for target in targets if not (path.parent / target).exists()] == []
