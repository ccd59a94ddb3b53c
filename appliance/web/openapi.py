"""The OpenAPI 3.1 document, written from the operations and their structs."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from appliance import __version__
from appliance.web.operations import Auth, Operation
from appliance.web.problems import Problem

_LOGIN: list[dict[str, list[str]]] = [{"login": []}, {"loginCookie": []}]
_STAFF: list[dict[str, list[str]]] = [{"staffPass": []}, {"staffCookie": []}]
_SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    Auth.NOBODY: [],
    Auth.GUEST: [{"guest": []}],
    Auth.PERSON: [*_LOGIN],
    Auth.DJ: [{"djToken": []}, {"djCookie": []}, *_LOGIN],
    Auth.CREW: [{"djToken": []}, {"djCookie": []}, *_LOGIN, *_STAFF],
    Auth.PLAYER: [{"playerToken": []}],
    Auth.ORGANISER: [*_LOGIN, *_STAFF],
    Auth.STAFF: [*_STAFF, *_LOGIN],
}
_SCHEMES = {
    "guest": {
        "type": "apiKey",
        "in": "cookie",
        "name": "pika_guest",
        "description": "Set by the stage page, or POST /guests.",
    },
    "login": {"type": "http", "scheme": "bearer", "description": "pk_login_..., given by POST /logins."},
    "loginCookie": {"type": "apiKey", "in": "cookie", "name": "pika_login", "description": "Set by the login page."},
    "djToken": {"type": "http", "scheme": "bearer", "description": "pk_dj_..., made by staff."},
    "playerToken": {"type": "http", "scheme": "bearer", "description": "pk_player_..., made by organisers."},
    "djCookie": {"type": "apiKey", "in": "cookie", "name": "pika_dj", "description": "Set by the DJ console."},
    "staffPass": {"type": "http", "scheme": "bearer", "description": "Given by POST /setup for the setup code."},
    "staffCookie": {"type": "apiKey", "in": "cookie", "name": "pika_staff", "description": "Set by the staff page."},
}
_PARAMETER = re.compile(r"\{(\w+)\}")


def _problem(description: str) -> dict[str, object]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _answers(operation: Operation) -> dict[str, object]:
    done: dict[str, object] = {"description": HTTPStatus(operation.status).phrase}
    if operation.gives is not None:
        schema = {"$ref": f"#/components/schemas/{operation.gives.__name__}"}
        done["content"] = {"application/json": {"schema": schema}}
    answers: dict[str, object] = {str(operation.status): done}
    for status, description in operation.also:
        # A further success carries what the first one does; an answer that nothing changed carries nothing.
        own = {**done, "description": description} if status < 300 else {"description": description}
        answers[str(status)] = own if status < 400 else _problem(description)
    answers["default"] = _problem("What went wrong, what it means, and what to do.")
    return answers


def _described(operation: Operation) -> dict[str, object]:
    parameters: list[dict[str, object]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 64}}
        for name in _PARAMETER.findall(operation.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": meaning}
        for name, schema, meaning in operation.query
    ]
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": _SECURITY[operation.auth],
        "responses": _answers(operation),
    }
    if operation.more:
        described["description"] = operation.more
    if parameters:
        described["parameters"] = parameters
    if operation.takes is not None:
        schema = {"$ref": f"#/components/schemas/{operation.takes.__name__}"}
        required = any(field.required for field in msgspec.structs.fields(operation.takes))
        described["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema}}}
    return described


def document(
    operations: Sequence[Operation], *, prefix: str, also: Mapping[str, Sequence[Operation]]
) -> dict[str, Any]:
    """The whole document; `also` has operations that answer below another prefix, too."""
    structs = {struct for operation in operations for struct in (operation.takes, operation.gives) if struct} | {
        Problem
    }
    ordered = sorted(structs, key=lambda struct: struct.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, object]] = {}
    for operation in operations:
        paths.setdefault(prefix + operation.path, {})[operation.method.lower()] = _described(operation)
    for other, aliases in also.items():
        for operation in aliases:
            described = _described(operation) | {"operationId": f"{operation.name}Plain"}
            paths.setdefault(other + operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pika Box",
            "version": __version__,
            "description": "The box's API, for programs at the venue.",
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }
