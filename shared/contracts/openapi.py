"""The API's description of itself in OpenAPI 3.1, made of its operations and of the types that it answers with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from shared.contracts import bodies
from shared.contracts.events import PROGRESS, STATE
from shared.contracts.examples import example_of, stream_example
from shared.contracts.export_events import ProgressData, StateData
from shared.contracts.operation import EVENTS, JSON, Operation, Parameter, Response
from shared.contracts.requests import NAMED_TYPES
from shared.domain.export import ContextType

_REFS = "#/components/schemas/{name}"
_PROBLEM = "application/problem+json"
_EVENTS = "x-events"  # OpenAPI 3.1 has no words for server-sent events: the schema of `data` by the name of the event
_EVENT_DATA = {STATE: StateData, PROGRESS: ProgressData}  # by the name of the event
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_ANY_NAME = r"^(\d{1,19}|self|uuid:[\w-]{36,}|(sis|lti)_\w+:.+|hex:(sis|lti)_\w+:([0-9A-Fa-f]{2})+)$"
_IDS = {
    ContextType.COURSE: "a number, sis_course_id:, sis_integration_id:, lti_context_id:, uuid: or hex:",
    ContextType.GROUP: "a number, sis_group_id:, lti_context_id:, uuid: or hex:",
    ContextType.USER: "a number, self, sis_user_id:, sis_login_id:, sis_integration_id:, lti_user_id:, uuid: or hex:",
}


def document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """The whole description."""
    listed = list(operations)
    types = [bodies.ProblemBody, *_EVENT_DATA.values(), *NAMED_TYPES, *_types(listed)]
    described, classes = msgspec.json.schema_components(types, ref_template=_REFS)
    schemas = with_public_names(described)
    components = {public_name(name): with_public_names(schema) for name, schema in classes.items()}
    schema_of = {_key(type_): schema for type_, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        for path, context in paths_of(operation):
            paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, path, context, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Content Exports",
            "version": version,
            "description": "The Canvas Content Exports API, and what this service does beyond it.",
        },
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in listed)],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {_error_name(status): _answer(each, schema_of) for status, each in _errors(listed).items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def public_name(name: str) -> str:
    """What clients call a class of bodies.py, or a reference to it: they have one meaning of ContentExport, we have two."""
    return name.removesuffix("Body")


def with_public_names(schema: Any) -> Any:
    """The schema, or several, with the public names in its titles and references."""
    if isinstance(schema, (list, tuple)):
        return [with_public_names(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    names = ("title", "$ref")
    return {
        key: public_name(value) if key in names and isinstance(value, str) else with_public_names(value)
        for key, value in schema.items()
    }


def _types(operations: Iterable[Operation]) -> Iterator[Any]:
    seen = set()
    for operation in operations:
        types = [operation.body, *(each for answer in operation.answers.values() for each in _each(answer.type))]
        for type_ in types:
            if type_ is not None and _key(type_) not in seen:
                seen.add(_key(type_))
                yield type_


def _each(types: Any) -> tuple[Any, ...]:
    return types if isinstance(types, tuple) else (types,)


def _key(type_: Any) -> str:
    return str(type_)


def paths_of(operation: Operation) -> Iterator[tuple[str, ContextType | None]]:
    """The path, or one for each context with that one's id in it."""
    if "{contexts}" not in operation.path:
        yield operation.path, None
        return
    for context in operation.contexts:
        name = f"{{{context.value.lower()}_id}}"
        yield operation.path.replace("{contexts}", context.route).replace("{context_id}", name), context


def _operation(
    operation: Operation, path: str, context: ContextType | None, schema_of: Mapping[str, Any]
) -> dict[str, Any]:
    words = [word.strip("{}") for word in path.removeprefix("/api/v1").split("/") if word]
    described: dict[str, Any] = {
        "operationId": "_".join([operation.method.lower(), *words]).replace(".", "_"),
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation, path, context),
        "responses": {str(status): _reply(status, answer, schema_of) for status, answer in operation.answers.items()},
    }
    if operation.beyond:
        described["description"] = "Beyond Canvas's API."
    if not operation.login:
        described["security"] = [{}, {"token": []}]
    if operation.body is not None:
        schema = schema_of[_key(operation.body)]
        content: dict[str, dict[str, Any]] = {media: {"schema": schema} for media in (JSON, *_FORMS)}
        content[JSON]["example"] = example_of([operation.body])
        described["requestBody"] = {"content": content}
    if operation.upload:
        binary = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": True, "content": {operation.upload: binary}}
    return described


def _parameters(operation: Operation, path: str, context: ContextType | None) -> list[dict[str, Any]]:
    parameters = [_path_parameter(part.strip("{}"), context) for part in path.split("/") if part.startswith("{")]
    parameters += [_parameter(each, "query") for each in operation.query]
    return parameters + [_parameter(each, "header") for each in operation.headers]


def _path_parameter(name: str, context: ContextType | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }
    if context is not None and name == f"{context.value.lower()}_id":
        described |= {"description": _IDS[context], "schema": {"type": "string", "pattern": _ANY_NAME}}
    elif name == "id":
        described["schema"] = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
    return described


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "required": False,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _errors(operations: Iterable[Operation]) -> dict[int, Response]:
    """The errors that operations have in common, described once."""
    return {status: answer for each in operations for status, answer in each.answers.items() if _is_error(answer)}


def _is_error(answer: Response) -> bool:
    return answer.type in (bodies.Errors, bodies.Gone)


def _error_name(status: int) -> str:
    return HTTPStatus(status).name


def _reply(status: int, answer: Response, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    if _is_error(answer):
        return {"$ref": f"#/components/responses/{_error_name(status)}"}
    return _answer(answer, schema_of)


def _answer(answer: Response, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        described["headers"] = {
            each.name: {"description": each.description, "schema": dict(each.schema)} for each in answer.headers
        }
    if answer.media is not None:
        schemas = [schema_of[_key(each)] for each in _each(answer.type) if each is not None]
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        content = {"schema": schema} if schemas else {}
        if (example := example_of(_each(answer.type), answer.example)) is not None:
            content["example"] = example
        if answer.media == EVENTS:
            content = {
                "example": stream_example(),
                _EVENTS: {name: schema_of[_key(type_)] for name, type_ in _EVENT_DATA.items()},
            }
        described["content"] = {answer.media: content}
        if _is_error(answer):
            described["content"][_PROBLEM] = {"schema": schema_of[_key(bodies.ProblemBody)]}
    return described
