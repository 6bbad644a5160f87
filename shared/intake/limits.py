"""The limits of a load as settings: `LOAD_MAX_...` in the environment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from shared.formats.limits import Limits
from shared.runtime.environment import Bounds, read_environment
from shared.runtime.settings import PositiveInt

_DEFAULT = Limits()


@dataclass(frozen=True, kw_only=True)
class LoadSettings:
    """Upper limits for a package that is loaded. Environment variables: LOAD_MAX_ and the name in upper case."""

    entries: PositiveInt = _DEFAULT.entries
    total_bytes: PositiveInt = _DEFAULT.total_bytes
    document_bytes: PositiveInt = _DEFAULT.document_bytes
    document_nodes: PositiveInt = _DEFAULT.document_nodes
    ratio: PositiveInt = _DEFAULT.ratio
    # Readers recurse by element and by folder as deep as the stack allows: these two limits can only be lowered.
    document_depth: Annotated[int, Bounds(gt=0, le=_DEFAULT.document_depth)] = _DEFAULT.document_depth
    path_length: Annotated[int, Bounds(gt=0, le=_DEFAULT.path_length)] = _DEFAULT.path_length


def read_limits() -> Limits:
    """The limits of this process. Raises ValueError with a line for each invalid environment variable."""
    return Limits(**asdict(read_environment(LoadSettings, "LOAD_MAX_")))
