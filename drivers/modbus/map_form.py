"""The form of a register map's file: which keys there are, of which type, within which range.

What the keys mean together is checked in `map_rules`. The JSON Schema for editors comes from here.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from drivers.modbus.codec import rounding
from drivers.modbus.entry import (
    LONG_ORDERS,
    Access,
    Companions,
    Encoding,
    Entry,
    Factor,
    FactorKind,
    Fixed,
    Order,
    Poll,
    Slot,
    Table,
)
from drivers.modbus.identity import Identity
from drivers.modbus.limits import MOST_BITS, MOST_REGISTERS, MOST_WRITTEN, USUAL_FUNCTIONS, Limits
from drivers.modbus.map_name import IdentificationForm
from kernel.point import Kind, OnLoss, Operation, Plausibility, Writing

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
AnyOrder = Annotated[Order, BeforeValidator(lambda given: LONG_ORDERS.get(given, given))]
Address = Annotated[int, Field(ge=0, le=65535)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Bit = Annotated[int, Field(ge=0, le=31)]


class Strict(BaseModel):
    """A part of the file: a key it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SlotForm(Strict):
    """Where one number lies: value = raw x scale + offset."""

    address: Address
    """First register or bit, from 0 as on the wire (40001 of older tables is 0)."""
    type: Encoding
    order: AnyOrder = Order.ABCD
    scale: Number = 1.0
    """Engineering units in one count."""
    offset: Number = 0.0
    """Engineering value at count 0, in the unit of the value."""
    not_implemented: int | None = None
    """Raw number that says the device has no value."""
    bit: Bit | None = None
    """The one bit of the register that is meant, 0 the least significant."""
    bits: tuple[Bit, Bit] | None = None
    """First and last bit that are meant, both included."""
    scale_from: str = ""
    """Name of the scale register that multiplies the value."""

    @model_validator(mode="after")
    def _one_field(self) -> Self:
        if self.bit is not None and self.bits is not None:
            raise ValueError("give bit or bits, not both")
        if self.bits is not None and self.bits[0] > self.bits[1]:
            raise ValueError("bits stand first and last")
        return self

    def noun(self, factors: dict[str, Factor]) -> Slot:
        """Return the slot; a scale register that is not there is left out: a rule tells of it."""
        first, last = (self.bit, self.bit) if self.bits is None else self.bits
        return Slot(
            address=self.address,
            encoding=self.type,
            order=self.order,
            scale=self.scale,
            offset=self.offset,
            not_implemented=self.not_implemented,
            bits=None if first is None or last is None else (first, last - first + 1),
            factor=factors.get(self.scale_from),
        )


class ScaleForm(Strict):
    """A register that scales others: `sunssf`, a power of ten, a ratio."""

    name: str = Field(min_length=1)
    table: Table
    address: Address
    type: Encoding = Encoding.I16
    order: AnyOrder = Order.ABCD
    scale: Number = 1.0
    not_implemented: int | None = None
    kind: FactorKind = FactorKind.EXPONENT
    low: Number | None = None
    """Lowest number believed; -10 for an exponent."""
    high: Number | None = None
    """Highest number believed; 10 for an exponent."""

    def noun(self) -> Factor:
        """Return the scale register."""
        low, high = (-10.0, 10.0) if self.kind is FactorKind.EXPONENT else (0.0, math.inf)
        slot = Slot(
            address=self.address,
            encoding=self.type,
            order=self.order,
            scale=self.scale,
            not_implemented=self.not_implemented,
        )
        return Factor(
            name=self.name,
            table=self.table,
            slot=slot,
            kind=self.kind,
            low=low if self.low is None else self.low,
            high=high if self.high is None else self.high,
        )


class PlausibilityForm(Strict):
    """What a value must satisfy to be believed."""

    low: float
    high: float
    rate_per_s: float | None = Field(default=None, gt=0)
    unchanged_s: float | None = Field(default=None, gt=0)


class WritingForm(Strict):
    """How a value may be written, how it is verified, and what is safe."""

    low: float
    high: float
    safe_value: float
    on_loss: OnLoss
    operation: Operation = Operation.SETPOINT
    feedback: str = ""
    """Quantity that shows the effect; empty reads back what was written."""
    feedback_value: float | None = None
    tolerance: float | None = Field(default=None, ge=0)
    """Largest difference between written and read back, unit of the value; else what rounding makes."""
    feedback_s: float = Field(default=10.0, gt=0)
    """Time within which the effect must show, seconds."""
    sequence: str = ""
    validity_s: float = Field(default=10.0, gt=0)
    renew_s: float | None = Field(default=None, gt=0)
    reversion_s: float | None = Field(default=None, gt=0)
    reversion_value: float | None = None
    select: str = ""
    select_value: float = 1.0
    select_s: float = Field(default=10.0, gt=0)
    cancel_value: float | None = None
    heartbeat_s: float | None = Field(default=None, gt=0)
    local: str = ""
    """Quantity whose state `local` says that the device is operated on the spot and takes no writes."""

    def noun(self, slot: Slot) -> Writing:
        """Return how it is written; without a tolerance it is what the registers round by."""
        given = self.model_dump()
        if self.tolerance is None:
            given["tolerance"] = rounding(slot, max(abs(self.low), abs(self.high)))
        return Writing(**given)


class FixedForm(SlotForm):
    """A register that is always written with the same number."""

    value: Number

    def fixed(self, factors: dict[str, Factor]) -> Fixed:
        """Return the register with its number."""
        return Fixed(**msgspec.structs.asdict(self.noun(factors)), value=self.value)


class CompanionsForm(Strict):
    """What is written together with the value."""

    sequence: SlotForm | None = None
    """Number of the write."""
    reversion_value: SlotForm | None = None
    """What the device falls back to."""
    reversion_s: SlotForm | None = None
    """When it falls back, seconds after the write."""
    fixed: tuple[FixedForm, ...] = ()
    """What else stands between or beside them."""
    reversion_first: bool = False
    """The reversion goes in a write of its own before the value."""

    def noun(self, factors: dict[str, Factor]) -> Companions:
        """Return the companions."""
        return Companions(
            sequence=self.sequence.noun(factors) if self.sequence else None,
            reversion_value=self.reversion_value.noun(factors) if self.reversion_value else None,
            reversion_s=self.reversion_s.noun(factors) if self.reversion_s else None,
            fixed=tuple(one.fixed(factors) for one in self.fixed),
            reversion_first=self.reversion_first,
        )


class PointForm(SlotForm):
    """One quantity of the device."""

    quantity: Name
    unit: str
    table: Table
    kind: Kind = Kind.ANALOG
    access: Access = Access.READ
    states: dict[int, str] = {}
    stale_s: float = Field(default=10.0, gt=0)
    poll: Poll = Poll.NORMAL
    plausibility: PlausibilityForm | None = None
    writing: WritingForm | None = None
    companions: CompanionsForm = CompanionsForm()
    source: str = ""
    """Page or row of the vendor's table."""

    def entry(self, factors: dict[str, Factor]) -> Entry:
        """Return the entry."""
        return Entry(
            quantity=self.quantity,
            unit=self.unit,
            table=self.table,
            slot=self.noun(factors),
            kind=self.kind,
            access=self.access,
            states=self.states,
            stale_s=self.stale_s,
            poll=self.poll,
            plausibility=Plausibility(**self.plausibility.model_dump()) if self.plausibility else None,
            writing=self.writing.noun(self.noun(factors)) if self.writing else None,
            companions=self.companions.noun(factors),
            source=self.source,
        )


class IdentityForm(Strict):
    """A text by which the device names itself."""

    name: Name
    table: Table
    address: Address
    count: int = Field(ge=1, le=MOST_REGISTERS)
    """Registers, two characters in each."""
    order: AnyOrder = Order.ABCD
    expected: str = ""
    """What a device that fits the map says, or how that begins."""

    def noun(self) -> Identity:
        """Return the text's place."""
        return Identity(**self.model_dump())


class LimitsForm(Strict):
    """What the device admits."""

    registers: int = Field(default=MOST_REGISTERS, ge=1, le=MOST_REGISTERS)
    bits: int = Field(default=MOST_BITS, ge=1, le=MOST_BITS)
    written: int = Field(default=MOST_WRITTEN, ge=1, le=MOST_WRITTEN)
    functions: tuple[int, ...] = USUAL_FUNCTIONS
    pause_s: float = Field(default=0.0, ge=0, le=60)

    def noun(self) -> Limits:
        """Return the limits."""
        return Limits(**self.model_dump())


class FileForm(Strict):
    """A register map: one kind of device."""

    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    """Vendor's document with revision or date."""
    checked: list[str] = []
    """Sources that say the same, independent of each other; none where nobody has compared."""
    gap: int = Field(default=0, ge=0, le=124)
    """Undeclared registers or bits that one read may cross."""
    limits: LimitsForm = LimitsForm()
    identity: list[IdentityForm] = []
    identification: IdentificationForm = IdentificationForm()
    scales: list[ScaleForm] = []
    points: list[PointForm] = Field(min_length=1)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors that check while one types."""
    return FileForm.model_json_schema() | {"title": "Register map of AIOS Grid"}
