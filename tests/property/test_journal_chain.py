"""Whatever is written and whatever is changed of it: the chain holds, or names an entry."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.journal.chain import FIRST_HASH, Entry, link, verify

texts = st.text(alphabet="a|1ä\n{", max_size=6)
fields = st.tuples(st.integers(0, 99), st.integers(-1, 99), texts, texts, texts)
chains = st.lists(fields, min_size=1, max_size=8)


def chained(rows: list[tuple[int, int, str, str, str]]) -> list[Entry]:
    """Link rows to a chain as the journal does."""
    entries, chain = [], FIRST_HASH
    for seq, (at_ns, tick, kind, subject, body) in enumerate(rows, 1):
        fields = dict(seq=seq, at_ns=at_ns, tick=tick, kind=kind, subject=subject, body=body)
        chain = link(chain, **fields)
        entries.append(Entry(**fields, hash=chain))
    return entries


@settings(max_examples=60, deadline=None)
@given(chains)
def test_an_untouched_chain_holds(rows: list[tuple[int, int, str, str, str]]) -> None:
    assert verify(chained(rows)) == ()


@settings(max_examples=150, deadline=None)
@given(chains, fields, st.data())
def test_an_entry_that_was_changed_is_named(
    rows: list[tuple[int, int, str, str, str]], other: tuple[int, int, str, str, str], data: st.DataObject
) -> None:
    entries = chained(rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    names = ("at_ns", "tick", "kind", "subject", "body")
    entries[place] = msgspec.structs.replace(entries[place], **dict(zip(names, other, strict=True)))
    assert bool(verify(entries)) == (other != rows[place])


@settings(max_examples=100, deadline=None)
@given(chains, st.data())
def test_what_was_taken_out_or_put_elsewhere_is_seen(
    rows: list[tuple[int, int, str, str, str]], data: st.DataObject
) -> None:
    entries = chained(rows)
    order = data.draw(st.permutations(range(len(rows))))
    keep = order[: data.draw(st.integers(0, len(rows)))]
    is_prefix = keep == list(range(len(keep)))
    assert bool(verify([entries[place] for place in keep])) != is_prefix


@settings(max_examples=150, deadline=None)
@given(fields, fields)
def test_two_entries_that_differ_never_share_a_hash(
    one: tuple[int, int, str, str, str], other: tuple[int, int, str, str, str]
) -> None:
    assert (chained([one])[0].hash == chained([other])[0].hash) == (one == other)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="ab|", min_size=2, max_size=9), st.data())
def test_nothing_moves_from_one_text_to_the_next_unseen(text: str, data: st.DataObject) -> None:
    cuts = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    splits = [data.draw(cuts) for _ in range(2)]
    parts = [(text[:a], text[a:b], text[b:]) for a, b in splits]
    joined = [f"{kind}|{subject}|{body}" for kind, subject, body in parts]
    hashes = [chained([(0, 0, *each)])[0].hash for each in parts]
    assert (hashes[0] == hashes[1]) == (parts[0] == parts[1]), joined


def test_a_boundary_that_moves_over_its_separator_is_seen() -> None:
    one, other = (chained([(0, 0, "k", *each)])[0].hash for each in (("a|b", "c"), ("a", "b|c")))
    assert one != other
