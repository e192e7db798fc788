"""A reference model of an OTP supervisor in plain, sequential code: who is started and stopped, and when."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Model:
    """`specs` are (name, restart type, significant); `fails` says how many of a child's next starts fail."""

    strategy: str
    intensity: int
    period_s: int
    auto_shutdown: str
    specs: list[tuple[str, str, bool]]
    fails: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    alive: set[str] = field(default_factory=set)
    restarts: list[int] = field(default_factory=list)
    over: str = ""

    def launch(self, names: list[str]) -> str:
        for name in names:
            if self.fails.get(name, 0):
                self.fails[name] -= 1
                self.log.append(f"fail {name}")
                return name
            self.alive.add(name)
            self.log.append(f"start {name}")
        return ""

    def halt(self, names: list[str]) -> None:
        for name in reversed(names):
            if name in self.alive:
                self.alive.discard(name)
                self.log.append(f"stop {name}")

    def end(self, name: str, how: str, now_s: int) -> None:
        self.alive.discard(name)
        restart, significant = next((r, s) for n, r, s in self.specs if n == name)
        if restart == "permanent" or (restart == "transient" and how == "crash"):
            return self.again(name, now_s)
        if restart == "temporary":
            self.specs = [spec for spec in self.specs if spec[0] != name]
        left = [n for n, _, s in self.specs if s and n in self.alive]
        if significant and (self.auto_shutdown == "any" or (self.auto_shutdown == "all" and not left)):
            self.halt([n for n, _, _ in self.specs])
            self.over = "stopped"
        return None

    def again(self, name: str, now_s: int) -> None:
        self.restarts = [at for at in [*self.restarts, now_s] if at >= now_s - self.period_s]
        names = [n for n, _, _ in self.specs]
        if len(self.restarts) > self.intensity:
            self.halt(names)
            self.over = "gave up"
            return
        place = {"one_for_one": names.index(name), "rest_for_one": names.index(name), "one_for_all": 0}
        group = [name] if self.strategy == "one_for_one" else names[place[self.strategy] :]
        if self.strategy != "one_for_one":
            self.halt(group)
            gone = [n for n, r, _ in self.specs if n in group and r == "temporary"]
            self.specs = [spec for spec in self.specs if spec[0] not in gone]
            group = [n for n in group if n not in gone]
        failed = self.launch(group)
        if failed:
            self.again(failed, now_s)
