"""A dead man's switch: every canary that comes through is told once to who asked for it, and then nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from aios.notify.message import About
from aios.notify.news import canary, news
from aios.notify.queue import Queue
from aios.notify.section import MailSection, NotifySection, WebhookSection
from aios.notify.watch import Watch
from aios.site import SiteInvalid, site_of
from kernel.shell.wire import CanaryState, Snapshot
from tests.fakes.nord import NOW, S
from tests.fakes.snapshots import FakeSource, snapshot
from tests.system.virtual_nord import nord_text
from tests.unit.aios.notify.test_queue import drained, message, opened

EVERY_S = 60.0


def shot(second: int, raised_s: int | None) -> Snapshot:
    raised_ns = None if raised_s is None else NOW + raised_s * S
    told = CanaryState(every_s=EVERY_S, raised_ns=raised_ns)
    return snapshot(alarms=(), asked=(), orders=(), canary=told, now_ns=NOW + second * S)


def section(*, webhook: bool = True, mail: bool = False) -> NotifySection:
    return NotifySection(
        webhook=WebhookSection(url="https://hooks.example/aios", secret_file="hook.secret", canary=webhook),
        mail=MailSection(host="m", sender="a@b", to=["c@d"], canary=mail),
    )


class Post:
    """A watch over a gateway, whose looks are told, and a queue for both channels."""

    def __init__(self, folder: Path, wanted: NotifySection) -> None:
        self.source, self.now_ns = FakeSource(), NOW
        self.queue = opened(folder, channels=("webhook", "mail"), most=2)
        self.watch = Watch(self.source, self.queue, wanted, site="nord", now_ns=lambda: self.now_ns)

    async def look(self, second: int, raised_s: int | None) -> list[str]:
        """Look once; return the canaries that the webhook was told of, by the second of each."""
        self.source.shot, self.now_ns = shot(second, raised_s), NOW + second * S
        await self.watch.look()
        told = drained(self.queue, now_ns=self.now_ns)
        return [f"{(int(one.rpartition(':')[2]) - NOW) // S}" for one in told]


@pytest.fixture
def post(tmp_path: Path):
    made = Post(tmp_path, section())
    yield made
    made.queue.close()


async def test_each_canary_is_told_once_and_none_where_they_stop(post: Post):
    looks = [(0, None), (2, 0), (4, 0), (60, 0), (62, 60), (200, 60), (400, 60), (402, 401)]
    told = [await post.look(second, raised_s) for second, raised_s in looks]
    assert told == [[], ["0"], [], [], ["60"], [], [], ["401"]]


async def test_a_watch_that_starts_again_tells_of_no_canary_twice_and_of_none_that_is_old(tmp_path: Path):
    for second, expected in ((2, ["0"]), (50, [])):
        again = Post(tmp_path, section())
        assert await again.look(second, 0) == expected
        again.queue.close()
    late = Post(tmp_path / "new", section())
    assert await late.look(181, 0) == []
    late.queue.close()


@pytest.mark.parametrize(("webhook", "mail"), [(False, False), (True, False), (False, True), (True, True)])
async def test_only_channels_that_ask_for_it_are_told(tmp_path: Path, *, webhook: bool, mail: bool):
    post = Post(tmp_path, section(webhook=webhook, mail=mail))
    await post.look(70, None)
    post.source.shot = shot(70, 60)
    await post.watch.look()
    now_ns = NOW + 70 * S
    assert [len(drained(post.queue, name, now_ns=now_ns)) for name in ("webhook", "mail")] == [webhook, mail]
    post.queue.close()


def test_nobody_is_told_of_canaries_unless_asked():
    plain = WebhookSection(url="https://hooks.example/aios", secret_file="s")
    post = MailSection(host="m", sender="a@b", to=["c@d"])
    assert NotifySection(webhook=plain, mail=post).proven == ()


def test_a_channel_that_is_down_gets_the_newest_alone_and_no_room_of_others(tmp_path: Path):
    queue: Queue = opened(tmp_path, most=2)
    for second in range(0, 600, 60):
        told = canary(shot(second, second))
        assert told is not None
        queue.prove("webhook", told, now_ns=second * S)
    queue.take([message("a"), message("b")], now_ns=600 * S)
    assert drained(queue, now_ns=600 * S) == ["a", "b", f"nord:canary:{NOW + 540 * S}"]
    assert queue.dropped("webhook") == 0
    queue.close()


def test_a_canary_is_no_news_and_says_that_nothing_happened():
    seen = shot(5, 0)
    assert list(news(seen, section())) == []
    told = canary(seen)
    assert told is not None
    assert (told.about, told.at_ns, told.priority) == (About.CANARY, NOW, 3)
    assert "Nothing happened. The next of these is due in 60 s" in told.text
    assert canary(msgspec.structs.replace(seen, canary=None)) is None


def test_canaries_are_told_of_only_where_the_site_raises_some():
    hook = '[notify.webhook]\nurl = "https://h.example/x"\nsecret_file = "s"\ncanary = true\n'
    with pytest.raises(SiteInvalid) as wrong:
        site_of(nord_text(more=f"[notify]\n{hook}"))
    (finding,) = wrong.value.findings
    assert (finding.where, "canary_s" in finding.text) == ("notify.webhook.canary", True)
    assert site_of(nord_text(more=f"[alarms]\ncanary_s = 360\n[notify]\n{hook}")).canary_s == 360.0
