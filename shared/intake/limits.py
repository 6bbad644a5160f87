"""The limits of a load as settings: `LOAD_MAX_...` in the environment."""

from __future__ import annotations

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.formats.limits import Limits

_DEFAULT = Limits()


class LoadSettings(BaseSettings):
    """What a package that is loaded may cost; the environment has the upper-case names, with the prefix."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, env_prefix="LOAD_MAX_")

    entries: int = Field(default=_DEFAULT.entries, gt=0)
    total_bytes: int = Field(default=_DEFAULT.total_bytes, gt=0)
    document_bytes: int = Field(default=_DEFAULT.document_bytes, gt=0)
    document_nodes: int = Field(default=_DEFAULT.document_nodes, gt=0)
    ratio: int = Field(default=_DEFAULT.ratio, gt=0)
    # Readers go down element by element and folder by folder, so these two can only be lowered.
    document_depth: int = Field(default=_DEFAULT.document_depth, gt=0, le=_DEFAULT.document_depth)
    path_length: int = Field(default=_DEFAULT.path_length, gt=0, le=_DEFAULT.path_length)

    def limits(self) -> Limits:
        """As the readers take them."""
        return Limits(**self.model_dump())


def read_limits() -> Limits:
    """The limits of this process. Raises ValueError with a line for each mistake of the environment."""
    try:
        return LoadSettings().limits()
    except ValidationError as error:
        lines = (f"LOAD_MAX_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise ValueError("\n".join(lines)) from error
