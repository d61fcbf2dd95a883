"""Whether the fields of a record hold what its reader takes from them; what they hold instead is kept as it stands.

Matters to readers that say some fields of an element in places of their own: a service changes what a field holds without
a word (a text becomes a list, an object is nested one level deeper), and the old place then finds nothing. Pure: values in,
facts out. It decides nothing about what a field means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plainrecord.parsers.chat.jsonchat import shown

# A type (or several), an object by its fields, a list of one shape, or a test of the value.
Shape = type | tuple[type, ...] | Mapping[str, Any] | list[Any] | Callable[[object], bool]


def fits(value: Any, shape: Shape) -> bool:
    """Whether a value has a shape. A field that is not there or null fits; one that the shape does not name does not."""
    if value is None:
        return True
    if isinstance(shape, Mapping):
        known = isinstance(value, dict) and value.keys() <= shape.keys()
        return known and all(fits(value.get(name), inner) for name, inner in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(one, shape[0]) for one in value)
    return isinstance(value, shape) if isinstance(shape, type | tuple) else shape(value)


def misshapen(element: Mapping[str, Any], shapes: Mapping[str, Shape]) -> dict[str, str]:
    """The fields of an element that hold something else than they should, whole, as facts."""
    return {name: shown(element[name]) for name, shape in shapes.items() if not fits(element.get(name), shape)}
