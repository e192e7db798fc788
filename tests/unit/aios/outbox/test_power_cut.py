"""What a gateway tells survives a power cut; a run that is repeated from its seed waits for no disk."""

from aios.gateway.compose import Surroundings
from benchmarks.bench_world_closed_loop import build


async def test_a_virtual_run_never_waits_for_the_disk_of_its_outbox(tmp_path):
    run, _, _ = build(tmp_path)
    outbox, said = run.gateway.outbox._writer._outbox, []
    outbox._rotate().set_trace_callback(said.append)
    for _ in range(3):
        await run.step()
    run.gateway.outbox.flush()
    run.close()
    levels = {text.rpartition("=")[2] for text in said if text.startswith("PRAGMA synchronous")}
    assert levels == {"NORMAL"}


def test_a_gateway_is_durable_unless_it_is_said_not_to_be():
    assert Surroundings.__dataclass_fields__["durable"].default is True
