"""The name of a device in the file of its register map."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.modbus.naming import LONGEST, Identification


class IdentificationForm(BaseModel):
    """What a device of this kind says when it is asked for its name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    maker: str = Field(default="", max_length=LONGEST)
    product_code: str = Field(default="", max_length=LONGEST)
    revision: str = Field(default="", max_length=LONGEST)
    url: str = Field(default="", max_length=LONGEST)
    product: str = Field(default="", max_length=LONGEST)
    model: str = Field(default="", max_length=LONGEST)
    application: str = Field(default="", max_length=LONGEST)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """The three basic objects are mandatory. Source: Modbus Application Protocol V1.1b3, 6.21."""
        basic = (self.maker, self.product_code, self.revision)
        if any(self.model_dump().values()) and not all(basic):
            raise ValueError("maker, product_code and revision belong together")
        return self

    def noun(self) -> Identification:
        """Return the name."""
        return Identification(**self.model_dump())
