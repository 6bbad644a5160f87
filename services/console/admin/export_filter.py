"""Which exports the list shows. The filter stands in the address of the page, so that it can be kept and sent on."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, structs

from services.console.admin.addresses import query_of


class ShownExports(Struct, frozen=True):
    """The fields of the form, with the names of the API's parameters; empty ones do not filter."""

    workflow_state: str = ""
    export_type: str = ""
    context: str = ""  # courses/42
    user_id: str = ""
    created_after: str = ""  # 2027-01-31: from this day on
    created_before: str = ""
    worker: str = ""
    error_code: str = ""
    stuck: str = ""  # true
    page: str = ""  # a bookmark of the API

    @property
    def parameters(self) -> dict[str, str]:
        """Those that are not empty."""
        return {name: value for name, value in structs.asdict(self).items() if value}

    @property
    def query(self) -> str:
        """As the query of an address, with its question mark; empty where nothing is filtered."""
        return query_of(self.parameters)

    @property
    def is_filtered(self) -> bool:
        """Whether any field but the page is set."""
        return bool(self.parameters.keys() - {"page"})

    def at(self, page: str) -> ShownExports:
        """The same filter on another page; the first without one."""
        return structs.replace(self, page=page)


def shown_exports(query: Mapping[str, str]) -> ShownExports:
    """The filter in the query of an address; what it does not know is left out."""
    return ShownExports(**{name: query.get(name, "").strip() for name in ShownExports.__struct_fields__})
