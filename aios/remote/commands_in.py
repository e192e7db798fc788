"""Commands in: what a historian needs to carry remote commands, wired."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aios.folder import Folder
from drivers.mqtt.address import broker_of
from drivers.mqtt.commands import WAITING, CommandsIn
from drivers.mqtt.link import MqttLink
from drivers.mqtt.presence import NoPresence
from drivers.mqtt.told import Told
from drivers.mqtt.topics import commands_topic
from kernel.ports import Clock
from kernel.shell.socket import Client, GatewayAway, connect
from kernel.shell.wire import Answer, HearCommand
from kernel.site import Site


class AskGateway:
    """Asks the gateway of a folder; a connection that broke is made anew with the next question."""

    def __init__(self, socket: Path) -> None:
        """Ask at a local socket."""
        self._socket = socket
        self._client: Client | None = None

    async def __call__(self, heard: HearCommand) -> Answer:
        """Return the gateway's answer.

        Raises:
            GatewayAway: there is no gateway, or it went away.
        """
        if self._client is None:
            self._client = await connect(self._socket)
        try:
            return await self._client.ask(heard)
        except GatewayAway:
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


async def carry_commands(site: Site, folder: Folder, clock: Clock) -> None:
    """Carry remote commands over a connection of their own, until cancelled."""
    address = broker_of(site)
    link = MqttLink(address, site.name, clock=clock, presence=NoPresence())
    tokens = link.subscribe(commands_topic(site.name), most=WAITING)
    ask, told = AskGateway(folder.socket), Told(site.name, folder.commands, folder.commands_told)
    carrying = CommandsIn(site.name, tokens, link, ask, told=told, clock=clock)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(link.run(), name="commands-link")
            group.create_task(carrying.run(), name="commands-in")
    finally:
        await ask.close()
