"""`aios send`: a signed command to a site over MQTT, and what becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from drivers.mqtt.command_answers import CommandAnswer
    from kernel.remote import CommandClaims
    from kernel.site import Site

Number = Annotated[int | None, typer.Option("--seq", help="Sequence, where order matters.")]


def send(
    site: Annotated[Path, typer.Argument(metavar="SITE", help="Site file: broker, points and units.")],
    point: Annotated[str, typer.Argument(help="Writable point or sum.")],
    value: Annotated[float, typer.Argument(help="Value, in the unit of the point; 1 for a pulse.")],
    *,
    key: Annotated[Path, typer.Option(help="File with the private half of the key.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the gateway's journal.")],
    name: Annotated[str, typer.Option(help="Name of the key; that of its file unless given.")] = "",
    person: Annotated[str, typer.Option(help="Who asks; as the site file has it unless given.")] = "",
    unit: Annotated[str, typer.Option(help="Unit of the value; that of the point unless given.")] = "",
    id_: Annotated[
        str, typer.Option("--id", help="Id of the command: again with it, no second effect.")
    ] = "",
    sequence: Number = None,
    for_s: Annotated[float | None, typer.Option(help="How long a set-point is asked for, seconds.")] = None,
    valid_s: Annotated[float, typer.Option(help="How long it may be taken, seconds.")] = 60.0,
    wait_s: Annotated[float, typer.Option(help="How long to wait for its end, seconds.")] = 30.0,
    token_only: Annotated[bool, typer.Option(help="Print the signed token and send nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write id, token and answers as JSON.")] = False,
) -> None:
    """Sign a command, send it over MQTT until it is answered, and say what becomes of it."""
    described = read_site(site_path(site))
    wanted = {"person": person, "unit": unit, "id": id_, "seq": sequence, "for_s": for_s, "valid_s": valid_s}
    claims = _claims(described, name or key.stem, point, value, reason, wanted)
    token = _signed(claims, key, name or key.stem)
    if token_only:
        typer.echo(token)
        return
    answers = _answers(described, claims, token, wait_s, quiet=json)
    if json:
        as_json({"id": claims.jti, "token": token, "answers": answers})
    _end(claims.jti, answers)


def _claims(
    site: Site, key: str, point: str, value: float, reason: str, wanted: dict[str, Any]
) -> CommandClaims:
    import time

    import msgspec

    from edge.intake.terms import unit_of
    from kernel.remote import CommandClaims

    senders = {sender.key: sender.person for sender in (site.commands.senders if site.commands else ())}
    now_s = int(time.time())
    claims = {
        "v": 1,
        "jti": wanted["id"] or secrets.token_hex(8),
        "aud": site.name,
        "sub": wanted["person"] or senders.get(key, ""),
        "iat": now_s,
        "exp": now_s + wanted["valid_s"],
        "point": point,
        "value": value,
        "unit": wanted["unit"] or unit_of(site, point) or "",
        "reason": reason,
        "seq": wanted["seq"],
        "for_s": wanted["for_s"],
    }
    try:
        return msgspec.convert(claims, CommandClaims)
    except msgspec.ValidationError as error:
        end(Exit.USAGE, f"not a command: {error}")


def _signed(claims: CommandClaims, key: Path, name: str) -> str:
    from aios.remote.command_keys import read_private_key
    from edge.intake.token import sign

    try:
        return sign(claims, read_private_key(key), key=name)
    except FileNotFoundError:
        end(Exit.NOT_THERE, f"no file {key}; `aios keys new` makes one")
    except (OSError, ValueError) as error:
        end(Exit.FAILED, str(error))


def _answers(
    site: Site, claims: CommandClaims, token: str, wait_s: float, *, quiet: bool
) -> list[CommandAnswer]:
    from aios.logs import log_to_stderr
    from drivers.mqtt.address import broker_of

    log_to_stderr()
    if not site.uplinks.mqtt:
        end(Exit.FINDINGS, "the site file names no broker: uplinks.mqtt is missing")
    found: list[CommandAnswer] = []
    broker = broker_of(site)

    async def hear() -> None:
        from aios.remote.send import answers_to
        from drivers.mqtt.command_answers import OVER

        async with contextlib.aclosing(answers_to(token, claims.jti, site.name, broker)) as answers:
            async for answer in answers:
                found.append(answer)
                if not quiet:
                    console.print(_words(answer), highlight=False, soft_wrap=True)
                if answer.stage in OVER and not answer.may_repeat:
                    return

    async def hear_in_time() -> None:
        async with asyncio.timeout(wait_s):
            await hear()

    with contextlib.suppress(TimeoutError):  # what has come by then is all there is
        asyncio.run(hear_in_time())
    return found


def _words(answer: CommandAnswer) -> str:
    parts = (answer.stage.value, answer.refusal, answer.outcome and answer.outcome.value, answer.command)
    said = " ".join(str(part) for part in parts if part)
    return f"{said}: {answer.why}" if answer.why else said


def _end(id_: str, answers: list[CommandAnswer]) -> NoReturn:
    """End with what the last answer means."""
    from drivers.mqtt.command_answers import AnswerStage
    from kernel.command import Outcome

    if not answers:
        end(Exit.FAILED, f"no answer to {id_} in time; sent again with --id {id_} it has its effect once")
    last = answers[-1]
    is_done = last.outcome is Outcome.DONE if last.stage is AnswerStage.ENDED else None
    if is_done or last.stage in {AnswerStage.PERMITTED, AnswerStage.SENT}:
        raise typer.Exit(int(Exit.OK))
    if last.stage in {AnswerStage.ACCEPTED, AnswerStage.ASKED}:
        end(Exit.FAILED, f"{id_} is {last.stage.value}; nothing more was heard in time")
    raise typer.Exit(int(Exit.FINDINGS))
