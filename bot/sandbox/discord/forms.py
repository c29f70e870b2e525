"""Reading a request body strictly, and answering with Discord's tree of errors (code 50035) when it does not fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from .errors import DiscordError, invalid_form
from .jsontypes import Json, JsonObject

Path = tuple[str | int, ...]


class Problems:
    """Collects what is wrong with a body, by the path of the field."""

    def __init__(self) -> None:
        self._found: list[tuple[Path, str, str]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: Path, code: str, message: str) -> None:
        """Note a problem with the field at this path."""
        self._found.append((path, code, message))

    def extend(self, other: Problems) -> None:
        """Take over the problems of another collection."""
        self._found += other._found

    def error(self) -> DiscordError:
        """The 400 answer that names each problem under its path."""
        tree: dict[str, Json] = {}
        for path, code, message in self._found:
            _insert(tree, path, {"code": code, "message": message})
        return invalid_form(tree)

    def raise_if_any(self) -> None:
        """Raises DiscordError 50035 when a problem was found."""
        if self._found:
            raise self.error()


def _insert(tree: dict[str, Json], path: Path, problem: JsonObject) -> None:
    node = tree
    for step in path:
        child = node.get(str(step))
        if not isinstance(child, dict):
            child = {}
            node[str(step)] = child
        node = child
    known = node.get("_errors")
    node["_errors"] = [*known, problem] if isinstance(known, list) else [problem]


def refuse(path: Path, code: str, message: str) -> DiscordError:
    """The 400 answer for one problem."""
    problems = Problems()
    problems.add(path, code, message)
    return problems.error()


class Form:
    """One JSON object of a request body. Each reader notes what is wrong and gives None instead."""

    def __init__(self, data: Json, problems: Problems, path: Path = ()) -> None:
        self.problems = problems
        self.path = path
        self.data: JsonObject = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")

    def has(self, name: str) -> bool:
        """Whether the field is there at all; null counts as there."""
        return name in self.data

    def given(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.data.get(name) is not None

    def problem(self, name: str | None, code: str, message: str) -> None:
        """Note a problem with a field, or with this object when the name is None."""
        self.problems.add(self.path if name is None else (*self.path, name), code, message)

    def _value(self, name: str, required: bool) -> Json:
        value = self.data.get(name)
        if value is None and required:
            self.problem(name, "BASE_TYPE_REQUIRED", "This field is required")
        return value

    def text(
        self,
        name: str,
        *,
        required: bool = False,
        shortest: int = 0,
        longest: int | None = None,
        pattern: re.Pattern[str] | None = None,
    ) -> str | None:
        """A string of a length between the limits (in characters)."""
        value = self._value(name, required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.problem(name, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
            return None
        if len(value) < shortest or (longest is not None and len(value) > longest):
            if longest is not None and shortest > 0:
                self.problem(name, "BASE_TYPE_BAD_LENGTH", f"Must be between {shortest} and {longest} in length.")
            elif longest is not None:
                self.problem(name, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
            else:
                self.problem(name, "BASE_TYPE_MIN_LENGTH", f"Must be {shortest} or more in length.")
            return None
        if pattern is not None and not pattern.fullmatch(value):
            self.problem(name, "STRING_TYPE_REGEX", "String value did not match validation regex.")
            return None
        return value

    def whole(
        self,
        name: str,
        *,
        required: bool = False,
        least: int | None = None,
        most: int | None = None,
        choices: Collection[int] | None = None,
    ) -> int | None:
        """An integer, also when written as a string of digits."""
        value = self._value(name, required)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return None
        if least is not None and value < least:
            self.problem(name, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
            return None
        if most is not None and value > most:
            self.problem(name, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
            return None
        if choices is not None and value not in choices:
            allowed = ", ".join(str(choice) for choice in sorted(choices))
            self.problem(name, "BASE_TYPE_CHOICES", f"Value must be one of {{{allowed}}}.")
            return None
        return value

    def number(self, name: str, *, required: bool = False) -> float | None:
        """Any finite number."""
        value = self._value(name, required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.problem(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean."""
        value = self.data.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.problem(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return None

    def snowflake(self, name: str, *, required: bool = False) -> int | None:
        """An id, as a string of digits or an integer."""
        value = self._value(name, required)
        return None if value is None else self._snowflake(name, value)

    def snowflakes(self, name: str, *, most: int | None = None) -> list[int] | None:
        """An array of ids, none twice. None when absent or null."""
        values = self._sequence(name, required=False, most=most)
        if values is None:
            return None
        found: list[int] = []
        for value in values:
            one = self._snowflake(name, value)
            if one is None:
                return None
            found.append(one)
        if len(set(found)) != len(found):
            self.problem(name, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
        return found

    def _snowflake(self, name: str, value: Json) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
            return int(value)
        self.problem(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return None

    def _sequence(self, name: str, *, required: bool, most: int | None) -> Sequence[Json] | None:
        value = self._value(name, required)
        if value is None:
            return None
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.problem(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return None
        if most is not None and len(value) > most:
            self.problem(name, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
            return None
        return value

    def texts(self, name: str, *, most: int | None = None) -> list[str] | None:
        """An array of strings."""
        values = self._sequence(name, required=False, most=most)
        if values is None:
            return None
        if any(not isinstance(value, str) for value in values):
            self.problem(name, "STRING_TYPE_CONVERT", "Could not interpret a value as string.")
            return None
        return [value for value in values if isinstance(value, str)]

    def wholes(self, name: str, choices: Collection[int]) -> list[int] | None:
        """An array of integers, each one of the choices."""
        values = self._sequence(name, required=False, most=None)
        if values is None:
            return None
        found = [value for value in values if isinstance(value, int) and value in choices]
        if len(found) != len(values):
            self.problem(name, "BASE_TYPE_CHOICES", f"Value must be one of {sorted(choices)}.")
        return found

    def forms(self, name: str, *, required: bool = False, most: int | None = None) -> list[Form] | None:
        """An array of objects. None when absent or null."""
        values = self._sequence(name, required=required, most=most)
        if values is None:
            return None
        return [Form(value, self.problems, (*self.path, name, index)) for index, value in enumerate(values)]

    def form(self, name: str, *, required: bool = False) -> Form | None:
        """A nested object. None when absent or null."""
        value = self._value(name, required)
        return None if value is None else Form(value, self.problems, (*self.path, name))
