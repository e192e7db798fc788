"""The pictures in the documents are there, small, and taken by one command that still knows how."""

from __future__ import annotations

import re
import struct
import zlib

import numpy as np
import pytest

from docs.picture import with_palette
from docs.screenshots import HEIGHT, IMAGES, LARGEST, SHOTS, WIDTH, site_text
from tests.architecture.sources import ROOT

NAMES = sorted([*(one.name for one in SHOTS), "sign-in"])
SHOWN = re.compile(r"!?\[(?P<words>[^\]]+)\]\((?:docs/)?images/(?P<name>[\w-]+)\.png\)")


def shown() -> list[tuple[str, str]]:
    """Every picture that a document shows, with its words."""
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    return [(m["name"], m["words"]) for path in documents for m in SHOWN.finditer(path.read_text())]


def test_every_picture_that_is_taken_is_there_and_no_other():
    assert sorted(path.stem for path in IMAGES.glob("*.png")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_of_the_whole_page_and_small(name: str):
    png = (IMAGES / f"{name}.png").read_bytes()
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)
    assert len(png) <= LARGEST


def test_every_picture_in_a_document_is_one_that_is_taken_and_is_said_in_words():
    assert {name for name, _ in shown()} <= set(NAMES)
    assert all(len(words.split()) >= 3 for _, words in shown())
    assert "overview" in {name for name, _ in shown()}


def test_what_differs_from_the_demos_day_is_still_found_in_its_site_file():
    assert "closing_needs_people" in site_text()


def test_a_picture_of_few_colours_keeps_every_one_of_them():
    picture = np.zeros((2, 3, 3), dtype=np.uint8)
    picture[0, 1], picture[1, 2] = (250, 10, 3), (1, 2, 255)
    png = with_palette(picture)
    palette = np.frombuffer(png[png.index(b"PLTE") + 4 :][: 3 * 3], dtype=np.uint8).reshape(3, 3)
    at = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[at - 4 : at])
    rows = np.frombuffer(zlib.decompress(png[at + 4 : at + 4 + length]), dtype=np.uint8).reshape(2, 4)
    assert np.array_equal(palette[rows[:, 1:]], picture)
