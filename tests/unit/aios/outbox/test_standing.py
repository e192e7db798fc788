from aios.outbox.standing import standing_samples, teller
from drivers.historian.delivery import Standing
from edge.metric_families import FAMILIES


def test_what_the_historian_tells_stands_in_the_metrics(tmp_path):
    assert standing_samples(tmp_path) == ()
    tell = teller(tmp_path)
    for behind in (9, 12):
        tell([standing(behind)])
    told = {sample.name: (sample.value, sample.labels) for sample in standing_samples(tmp_path)}
    assert told["aios_history_behind_rows"] == (12.0, {"sink": "history"})
    assert told["aios_history_up"][0] == 0.0
    assert told.keys() <= {family.name for family in FAMILIES}


def test_a_file_of_another_version_is_no_figure(tmp_path):
    (tmp_path / "standing.json").write_text('[{"other": 1}]')
    assert standing_samples(tmp_path) == ()


def standing(behind: int) -> Standing:
    return Standing(
        sink="history",
        up=False,
        why_down="away",
        behind_rows=behind,
        behind_s=3.0,
        rows=4,
        documents=0,
        lost_rows=0,
        refused_batches=0,
    )
