"""The asyncio real-time kernel: nouns, ports, pipe, journal, clocks."""
