"""The Python in our documents runs: every ```python block of docs/python.md, the example files, the notebook.

A notebook is run cell by cell in one namespace, as a kernel would, but without one; its outputs are stripped.
"""

import re
import runpy

import nbformat
import pytest

from tests.architecture.sources import ROOT

pytestmark = pytest.mark.system
DOCUMENT = ROOT / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))


def run(code: str, name: str, names: dict) -> None:
    exec(compile(code, name, "exec"), names)


def test_the_document_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text, names = DOCUMENT.read_text(encoding="utf-8"), {"__name__": "__main__"}
    blocks = [(text[: found.start(1)].count("\n"), found[1]) for found in BLOCK.finditer(text)]
    assert len(blocks) >= 6
    for line, code in blocks:
        run("\n" * line + code, DOCUMENT.name, names)
    told = capsys.readouterr().out
    assert "kW, good, 0 s old" in told
    assert "breaker_close_never_under_permit" in told


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_cell_by_cell(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook, names = nbformat.read(path, as_version=4), {"__name__": "__main__"}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            run(cell.source, f"{path.name}:{number}", names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_carries_no_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) >= 3
    assert [cell for cell in code if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out.startswith("peak 1")


def test_there_are_a_notebook_and_an_example():
    assert NOTEBOOKS
    assert EXAMPLES
