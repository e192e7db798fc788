"""`/metrics` in the text format of Prometheus: the gateway's figures, and whether it answers at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from edge.metric_families import FAMILIES, Family
from kernel.shell.wire import Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UP = Family("aios_gateway_up", "gauge", "1 while the gateway answers the control room, else 0.")


class _Told(Collector):
    """What one answer of the gateway said."""

    def __init__(self, samples: Iterable[Sample], *, up: bool) -> None:
        self._samples = tuple(samples)
        self._up = up

    def collect(self) -> Iterator[Metric]:
        """Yield every family that has a figure, in the order of the table."""
        yield _metric(UP, [Sample(UP.name, float(self._up))])
        for family in FAMILIES:
            mine = [sample for sample in self._samples if _is_of(family, sample.name)]
            if mine:
                yield _metric(family, mine)


def exposition(samples: Iterable[Sample], *, up: bool = True) -> bytes:
    """Write samples as Prometheus reads them; a sample of no known family is left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(samples, up=up))
    return generate_latest(registry)


def _metric(family: Family, samples: Iterable[Sample]) -> Metric:
    # A counter's family is told without its suffix, which the format adds again.
    metric = Metric(family.name.removesuffix("_total"), family.help, family.kind)
    for sample in samples:
        metric.add_sample(sample.name, sample.labels, sample.value)
    return metric


def _is_of(family: Family, name: str) -> bool:
    parts = ("_sum", "_count") if family.kind == "summary" else ()
    return name == family.name or name in {family.name + part for part in parts}
