"""What every part of a study file is made of: codes, texts by language, a frozen model."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FormCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")]
Text = dict[str, str]


class Part(BaseModel):
    """A frozen piece of a protocol; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
