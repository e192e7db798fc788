"""The application: every command of `aios`, one file each."""

from __future__ import annotations

import typer

import aios
from aios.cli import (
    account,
    agent,
    agents,
    alarms,
    approve,
    asks,
    audit,
    backup,
    bus,
    check,
    claim,
    commission,
    control_room,
    demo,
    device,
    doctor,
    driver,
    explain,
    export,
    field,
    handover,
    history,
    incident,
    journal,
    keys,
    maps,
    network,
    notify,
    orders,
    outbox,
    override,
    point,
    policy,
    proxy,
    ps,
    reload,
    replay,
    reply,
    request,
    run,
    send,
    simulate,
    site,
    study,
    supervisor,
    token,
    top,
    warmup,
)
from aios.foreign import foreign_packages

app = typer.Typer(
    name="aios",
    help="An operating system for the substation's edge.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("check")(check.check)
app.add_typer(agent.app, name="agent")
app.add_typer(driver.app, name="driver")
app.command("demo")(demo.demo)
app.add_typer(device.app, name="device")
app.command("commission")(commission.commission)
app.command("run")(run.run)
app.command("simulate")(simulate.simulate)
app.command("field")(field.field)
app.command("proxy")(proxy.proxy)
app.command("control-room")(control_room.control_room)
app.command("request")(request.request)
app.command("send", context_settings=override.NEGATIVE)(send.send)
app.add_typer(keys.app, name="keys")
app.add_typer(alarms.app, name="alarms")
app.add_typer(orders.app, name="orders")
app.command("handover")(handover.handover)
app.add_typer(account.app, name="account")
app.add_typer(token.app, name="token")
app.command("asks")(asks.asks)
app.command("claim")(claim.claim)
app.command("approve")(approve.approve)
app.command("reply")(reply.reply)
app.add_typer(journal.app, name="journal")
app.add_typer(audit.app, name="audit")
app.add_typer(notify.app, name="notify")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(outbox.app, name="outbox")
app.add_typer(incident.app, name="incident")
app.command("explain")(explain.explain)
app.command("replay")(replay.replay)
app.command("ps")(ps.ps)
app.command("top")(top.top)
app.command("bus")(bus.bus)
app.command("suspend")(agents.suspend)
app.command("resume")(agents.resume)
app.command("restart")(agents.restart)
app.command("doctor")(doctor.doctor)
app.command("reload")(reload.reload)
app.command("rollback")(reload.rollback)
app.add_typer(site.app, name="site")
app.add_typer(study.app, name="study")
app.add_typer(maps.app, name="map")
app.add_typer(policy.app, name="policy")
app.add_typer(network.app, name="network")
app.command("supervisor")(supervisor.supervisor)
app.command("warmup")(warmup.warmup)
app.add_typer(point.app, name="point")
app.command("override", context_settings=override.NEGATIVE)(override.override)
app.command("hand-back")(override.hand_back)
app.command("history")(history.history)
app.command("export")(export.export)


@app.callback(invoke_without_command=True)
def version(
    context: typer.Context,
    show: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    """Check that the floors are ours before any command runs."""
    if show:
        typer.echo(aios.__version__)
        raise typer.Exit
    intruders = foreign_packages()
    if intruders:
        typer.echo("\n".join(intruders), err=True)
        raise typer.Exit(4)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line."""
    app()
