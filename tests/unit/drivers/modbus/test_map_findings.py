"""Every kind of mistake in a register map is found with its place, all at once."""

import tomllib
from pathlib import Path

import pytest

from drivers.modbus.map import SHIPPED, as_map
from drivers.modbus.map_file import MapInvalid, read_map_text
from drivers.modbus.map_form import FileForm, schema

DOCUMENT = Path(__file__).parents[4] / "docs" / "register-maps.md"
HEAD = 'title = "t"\nsource = "s"\n'


def point(name: str, address: int, kind: str = "u16", table: str = "holding", more: str = "") -> str:
    return (
        f'[[points]]\nquantity = "{name}"\nunit = "1"\ntable = "{table}"\naddress = {address}\n'
        f'type = "{kind}"\n{more}\n'
    )


def writing(more: str = "", high: float = 100.0) -> str:
    return (
        'access = "read_write"\n'
        f'writing = {{ low = 0, high = {high}, safe_value = 0, on_loss = "hold"{more} }}'
    )


def faults(text: str, head: str = HEAD) -> set[tuple[str, str]]:
    try:
        read_map_text(head + text, "own.toml")
    except MapInvalid as found:
        return {(fault.where, fault.text) for fault in found.faults}
    return set()


STATES = 'kind = "code"\nstates = { 0 = "off", 1 = "on" }'
SCALE = '[[scales]]\nname = "SF"\ntable = "holding"\naddress = 90\n'


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (point("a", 0, more='scale_from = "SF"'), "a", "names SF, which is not among the scales"),
        (SCALE + point("a", 0), "SF", "scales nothing"),
        (SCALE * 2 + point("a", 0, more='scale_from = "SF"'), "SF", "is declared 2 times"),
        (SCALE.replace("90", "1") + point("a", 0, "i32", more='scale_from = "SF"'), "scale SF", "taken by a"),
        (SCALE + 'type = "f32"\n' + point("a", 0, more='scale_from = "SF"'), "SF", "is a whole number"),
        (SCALE + "low = -12\n" + point("a", 0, more='scale_from = "SF"'), "SF", "within -10..10"),
        (SCALE + point("a", 0, more='bit = 1\nscale_from = "SF"\n' + STATES), "a", "bits have no scale"),
        (point("a", 0, more="bit = 16\n" + STATES), "a", "bit 16 is not in u16"),
        (point("a", 0, "i16", more="bit = 1\n" + STATES), "a", "cut out of u16 or u32"),
        (point("a", 0, more="bits = [0, 3]\n") + point("b", 0, more="bits = [3, 4]\n"), "b", "is taken by a"),
        (point("a", 0, more="bit = 1\n" + STATES) + point("b", 0), "b", "is taken by a"),
        (point("a", 0, "u32", more="bit = 1\n") + point("b", 0, more="bit = 2\n"), "b", "is taken by a"),
        (point("a", 0, "f32", more=STATES), "a", "whole number of at most 32 bits"),
        (point("a", 0, "u64", more=STATES), "a", "whole number of at most 32 bits"),
        (point("a", 0, more="scale = 0.1\n" + STATES), "a", "neither scale nor offset"),
        (point("a", 0, more="bit = 0\n" + STATES.replace("1 =", "2 =")), "a", "code 2 (on) never shows"),
        (point("a", 0, more="not_implemented = 1\n" + STATES), "a", "means not implemented too"),
        (point("a", 0, "f64", more="not_implemented = 1"), "a", "has no code for not implemented"),
        (point("a", 0, more=writing(", tolerance = 0.01") + "\nscale = 0.1"), "a", "half count 0.05"),
        (SCALE + point("a", 0, more='scale_from = "SF"\n' + writing()), "a", "tolerance is needed"),
        (point("a", 0, "i16", more=writing(high=40000)), "a", "high 40000.0 does not fit i16"),
        (point("a", 0, more=writing().replace("read_write", "write")), "a", "cannot be read back"),
        (point("a", 0, more=writing(', operation = "pulse"')), "a", "a pulse is over"),
        (point("a", 0, more=writing(', operation = "pulse", feedback = "a"')), "a", "a pulse is over"),
        (point("a", 0, more="bit = 1\n" + STATES + "\n" + writing(high=1)), "a", "function 22 (mask write)"),
        (point("a", 0, "u32", more="bit = 1\n" + STATES + "\n" + writing(high=1)), "a", "one register"),
    ],
    ids=lambda part: part[:40].replace("\n", " "),
)
def test_a_mistake_of_meaning_is_found_with_its_place(text, where, what):
    found = faults(text)
    assert [fault for fault in found if fault[0] == where and what in fault[1]], found


@pytest.mark.parametrize(
    ("head", "text", "what"),
    [
        ("functions = [3]", point("a", 0, table="input"), "read by function 4, which the device"),
        ("functions = [3, 5]", point("a", 0, more=writing()), "written by function 6, which"),
        ("functions = [3, 6]", point("a", 0, "u32", more=writing()), "written by function 16, which"),
        ("registers = 1", point("a", 0, "u32"), "more than the 1 registers"),
        ("written = 1", point("a", 0, "u32", more=writing()), "takes 2 registers, the device admits 1"),
    ],
    ids=["reads", "writes", "writes several", "room of a read", "room of a write"],
)
def test_what_a_device_cannot_do_is_not_asked_of_it(head, text, what):
    found = faults(text, f"{HEAD}[limits]\n{head}\n")
    words = " ".join(fault for _, fault in found)
    assert what in words


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (point("a", 0, more="bit = 1\nbits = [1, 2]"), "a"),
        (point("a", 0, more="bits = [2, 1]"), "a"),
        (point("a", 0, more='order = "ACBD"'), "a.order"),
        (point("a", 0, more='poll = "often"'), "a.poll"),
        ('[[identity]]\nname = "maker"\ntable = "holding"\naddress = 0\ncount = 0\n', "maker.count"),
        ("[limits]\nregisters = 126\n", "limits.registers"),
    ],
    ids=["two fields", "field turned round", "order", "poll", "text", "limits"],
)
def test_a_mistake_of_form_is_found_with_its_place(text, where):
    assert where in {place for place, _ in faults(text + point("b", 50))}


def test_a_text_over_a_point_is_found():
    text = '[[identity]]\nname = "maker"\ntable = "holding"\naddress = 5\ncount = 4\n' + point("a", 8)
    assert ("text maker", "holding 8 is taken by a already") in faults(text)


def test_bits_side_by_side_and_bits_to_write_with_function_22_are_no_mistake():
    bits = "".join(point(f"b{bit}", 0, more=f"bit = {bit}\n{STATES}") for bit in range(15))
    assert faults(bits) == set()
    head = f"{HEAD}[limits]\nfunctions = [3, 22]\n"
    assert faults(point("a", 0, more=f"bit = 1\n{STATES}\n{writing(high=1)}"), head) == set()


def test_the_orders_of_64_bits_may_be_named_with_eight_letters():
    names = {"ABCDEFGH": "ABCD", "GHEFCDAB": "CDAB", "BADCFEHG": "BADC", "HGFEDCBA": "DCBA"}
    for long, short in names.items():
        content = read_map_text(HEAD + point("a", 0, "u64", more=f'order = "{long}"'), "own.toml")
        assert content.entries[0].slot.order.value == short


def test_without_a_tolerance_a_set_point_may_differ_by_its_rounding_and_no_more():
    def tolerance(kind: str, more: str) -> float:
        content = read_map_text(HEAD + point("a", 0, kind, more=f"{writing()}\n{more}"), "own.toml")
        return content.entries[0].writing.tolerance

    assert tolerance("u16", "scale = 0.1") == pytest.approx(0.05)
    assert tolerance("u16", "") == 0.0
    assert 0.0 < tolerance("f32", "") < 1e-4


BLOCKS = DOCUMENT.read_text(encoding="utf-8").split("```toml\n")[1:] if DOCUMENT.is_file() else []


def test_the_example_of_the_document_is_a_sound_map():
    example = max((block.split("```")[0] for block in BLOCKS), key=len)
    own = as_map("example", read_map_text(example, "example.toml"))
    assert own.factors
    assert own.identity
    assert any(entry.slot.bits for entry in own.entries)
    assert any(entry.companions.slots() for entry in own.entries)
    assert set(tomllib.loads(example)) >= {"title", "source", "checked", "limits", "points"}


def keys_of(form) -> set[str]:
    return {
        key for part in form.get("$defs", {}).values() if "properties" in part for key in part["properties"]
    } | set(form["properties"])


def test_the_document_explains_every_key():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert {key for key in keys_of(schema()) if f"`{key}`" not in text} == set()
    assert set(FileForm.model_fields) <= keys_of(schema())


def test_the_document_lists_every_shipped_map():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [path.stem for path in SHIPPED.glob("*.toml") if f"`{path.stem}`" not in text] == []
