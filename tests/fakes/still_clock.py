"""A clock for tests of drivers and devices."""


class StillClock:
    """Operational time that moves only when a test moves it."""

    factor = 0.0

    def __init__(self) -> None:
        self.ns = 1_000_000_000

    def now_ns(self) -> int:
        return self.ns

    def pass_s(self, seconds: float) -> int:
        self.ns += round(seconds * 1e9)
        return self.ns

    async def sleep_until(self, at_ns: int) -> None:
        self.ns = max(self.ns, at_ns)
