"""Strict judges of our requests, made from the TypedDicts inside Stripe's SDK.

Stripe generates those from its own specification for the pinned API version: nobody here wrote the rules, and a
misspelt key, a float amount or a locale that does not exist is refused by them.
"""

from __future__ import annotations

import functools
import operator
import sys
import types
import typing
from typing import Any, Generic, NotRequired, Required, TypeVar

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict, get_type_hints, is_typeddict

Parameter = TypeVar("Parameter")

# Options of a call, not fields of the request.
CALL_OPTIONS = {
    "api_key", "idempotency_key", "stripe_account", "stripe_context", "stripe_version", "max_network_retries",
    "headers", "content_type",
}  # fmt: skip


class _Untyped(Generic[Parameter]):
    """Stands in for the SDK's UntypedStripeObject, which only its type checker knows."""


@functools.cache
def judge_of(parameters: Any) -> TypeAdapter[Any]:
    """Return a validator of a request's fields that knows no mercy for an unknown one."""
    return TypeAdapter(_strict(parameters, {}))


def _strict(typed: Any, seen: dict[Any, Any]) -> Any:
    if typed in seen:
        return seen[typed]
    seen[typed] = object  # a type that contains itself
    module = vars(sys.modules[typed.__module__])
    names = {**vars(typing), **module, "StripeContext": str, "UntypedStripeObject": _Untyped}
    hints = get_type_hints(typed, globalns=names, include_extras=True)
    fields = {name: _converted(hint, seen) for name, hint in hints.items() if name not in CALL_OPTIONS}
    seen[typed] = with_config(ConfigDict(extra="forbid"))(TypedDict(typed.__name__, fields))  # type: ignore[operator]
    return seen[typed]


def _converted(hint: Any, seen: dict[Any, Any]) -> Any:
    origin: Any = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if is_typeddict(hint):
        return _strict(hint, seen)
    if origin in (NotRequired, Required):
        return origin[_converted(arguments[0], seen)]
    if origin in (typing.Union, types.UnionType):
        return functools.reduce(operator.or_, (_converted(each, seen) for each in _tightened(arguments)))
    if origin in (list, dict):
        return origin[tuple(_converted(each, seen) for each in arguments)]
    return hint


def _tightened(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Take away the escape hatches: `Literal[…] | str` means the literals, except for "" (which unsets)."""
    known = tuple(each for each in arguments if typing.get_origin(each) is not _Untyped)
    has_words = any(typing.get_origin(each) is typing.Literal and typing.get_args(each) != ("",) for each in known)
    return tuple(each for each in known if each is not str) if has_words else known
