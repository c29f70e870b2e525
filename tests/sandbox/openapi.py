"""Checks recorded traffic against Discord's own OpenAPI description of API v10, when that file is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.sandbox.discord import Exchange

DESCRIPTION = Path(__file__).parents[2].parent / "shared" / "discord" / "openapi.json"
_URI = "urn:discord:v10"
_TYPE = Draft202012Validator.VALIDATORS["type"]
_SNOWFLAKE = re.compile(r'"[1-9][0-9]{16,19}"')


def is_available() -> bool:
    """Whether the description is there."""
    return DESCRIPTION.is_file()


def problems(traffic: Iterable[Exchange]) -> list[str]:
    """What does not fit Discord's description; nothing is known to be wrong while it is not at hand."""
    return _description().problems(traffic) if is_available() else []


def _lenient_type(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """In requests Discord takes a string of digits and an integer alike."""
    allowed = [types] if isinstance(types, str) else types
    if isinstance(instance, int) and not isinstance(instance, bool) and "string" in allowed:
        return
    if isinstance(instance, str) and instance.isdigit() and "integer" in allowed:
        return
    yield from _TYPE(validator, types, instance, schema)


# With lenient types a value may fit two alternatives, so one that fits is enough.
_RequestValidator: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema has no types here
    Draft202012Validator, {"type": _lenient_type, "oneOf": Draft202012Validator.VALIDATORS["anyOf"]}
)


class Description:
    """Discord's description, with a validator for each request and answer."""

    def __init__(self, path: Path = DESCRIPTION) -> None:
        self._document: dict[str, Any] = json.loads(path.read_text())
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_URI, resource)
        self._validator = lru_cache(maxsize=None)(self._make_validator)
        self._fitting: set[tuple[str, bool, str]] = set()

    def problems(self, traffic: Iterable[Exchange]) -> list[str]:
        """What does not fit, one readable line each. Dropped connections and answers from 500 on are left out."""
        return [problem for exchange in traffic for problem in self._check(exchange)]

    def _check(self, exchange: Exchange) -> Iterator[str]:
        where = f"{exchange.method} {exchange.path} -> {exchange.status}"
        operation = self._document["paths"].get(exchange.route or "", {}).get(exchange.method.lower())
        if operation is None:
            yield f"{where}: no such operation"
            return
        if exchange.status == 0 or exchange.status >= 500 or isinstance(exchange.response, str):
            return
        known = {parameter.get("name") for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
        for name in exchange.query.keys() - known:
            yield f"{where}: unknown query parameter {name}"
        if exchange.status < 400 and exchange.body is not None:
            yield from self._compare(where + " request", operation.get("requestBody"), exchange.body, request=True)
        yield from self._check_answer(where, operation["responses"], exchange)

    def _check_answer(self, where: str, responses: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        status = str(exchange.status)
        answer = responses.get(status) or (responses.get("4XX") if status.startswith("4") else None)
        if answer is None:
            yield f"{where}: undocumented status"
            return
        if "$ref" in answer:
            answer = self._document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        yield from self._compare(where + " answer", answer, exchange.response, request=False)

    def _compare(self, where: str, holder: Mapping[str, Any] | None, body: object, *, request: bool) -> Iterator[str]:
        content = (holder or {}).get("content", {}).get("application/json")
        if content is None:
            if body is not None:
                yield f"{where}: a body where none is described"
            return
        schema, text = json.dumps(content["schema"]), json.dumps(body)
        # Each bot registers the same commands, and they take longest to check. One id is as good as the next.
        known = schema, request, _SNOWFLAKE.sub('"10000000000000000"', text)
        if known in self._fitting:
            return
        errors = list(self._validator(schema, request).iter_errors(json.loads(text)))
        if not errors:
            self._fitting.add(known)
        yield from (f"{where}: {_explain(error)}" for error in errors)

    def _make_validator(self, schema: str, request: bool) -> Any:
        kind = _RequestValidator if request else Draft202012Validator
        return kind(_absolute(json.loads(schema)), registry=self._registry)


@lru_cache(maxsize=1)
def _description() -> Description:
    return Description()


def _absolute(schema: Any) -> Any:
    """The schema with its references pointing into the description."""
    if isinstance(schema, dict):
        return {
            key: _URI + value if key == "$ref" and isinstance(value, str) else _absolute(value)
            for key, value in schema.items()
        }
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def _explain(error: ValidationError) -> str:
    """The deepest reason that the error gives."""
    while error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    place = "/".join(str(step) for step in error.absolute_path)
    return f"at {place or 'top'}: {error.message[:300]}"
