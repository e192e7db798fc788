"""Every line of `docs/security.md` that says what is protected names a test, and the test is there."""

import re

import pytest

from tests.architecture.sources import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
PROTECTED = re.compile(r"^\| (?:CR|EDR) ")


def claims() -> list[str]:
    """Return the rows of the mapping: all but the head of the table."""
    return [line for line in PAGE.splitlines() if PROTECTED.match(line)]


def test_there_are_claims():
    assert len(claims()) >= 15


@pytest.mark.parametrize("line", claims(), ids=lambda line: line.split("|")[1].strip())
def test_a_line_names_its_test_or_says_that_it_is_not_protected(line):
    assert NAMED.search(line) or "not protected" in line


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(PAGE))))
def test_a_test_that_is_named_is_there(file, name):
    path = ROOT / file
    assert path.is_file()
    assert not name or re.search(rf"^(?:async )?def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_nothing_is_claimed_to_be_certified():
    assert not re.search(r"(?<!not )(?<!nothing )\bis certified\b", PAGE)
    assert "Designed towards IEC 62443-4-2 SL 2; certified for nothing." in PAGE
