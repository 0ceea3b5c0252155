"""Holds settings against a JSON Schema. Nothing is fetched from anywhere."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker, validators
from referencing import Registry

from careengine.settings.addresses import is_network, is_web_address
from careengine.settings.complaints import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.exceptions import ValidationError


def _whole(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(_: object, value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


# TOML has `inf`, `nan` and 8080.0, none of which is a number that a setting can use.
_TYPES = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _whole, "number": _number})
_Validator = validators.extend(Draft202012Validator, type_checker=_TYPES)  # type: ignore[no-untyped-call]
_FORMATS = FormatChecker(formats=())
_FORMATS.checks("uri")(is_web_address)
_FORMATS.checks("network")(is_network)


def faults(schema: Mapping[str, Any], document: Any) -> list[Fault]:
    """Everything in the document that does not fit the schema, in the order of places."""
    validator = _Validator(schema, format_checker=_FORMATS, registry=Registry())
    found = {_key(error): _fault(error) for error in validator.iter_errors(document)}
    return sorted(found.values(), key=lambda fault: fault.path)


def _fault(error: ValidationError) -> Fault:
    return Fault(
        path=tuple(str(part) for part in error.absolute_path),
        keyword=str(error.validator),
        limit=error.validator_value,
        schema=error.schema if isinstance(error.schema, dict) else {},
        found=error.instance,
        is_name="propertyNames" in error.absolute_schema_path,
    )


def _key(error: ValidationError) -> tuple[Any, ...]:
    """One fault for all missing names of a table, which jsonschema reports one by one."""
    name = error.instance if "propertyNames" in error.absolute_schema_path else ""
    return (tuple(error.absolute_path), tuple(error.absolute_schema_path), name)
