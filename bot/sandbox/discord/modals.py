"""Checks a modal that the bot opens: text inputs in rows, or labels with any input, and text between them."""

from __future__ import annotations

from dataclasses import dataclass

from .components import SELECTS, ComponentKind, Reader, kind_of, read_options, read_select, wrong_kind
from .forms import Form
from .jsontypes import Json, JsonObject

MAX_ROWS = 5


@dataclass(frozen=True, slots=True)
class ModalDraft:
    """A modal that passed the checks."""

    custom_id: str
    title: str
    components: tuple[JsonObject, ...]


def read_modal(form: Form) -> ModalDraft:
    """Read a modal; what is wrong is noted in the form's problems."""
    custom_id = form.text("custom_id", required=True, shortest=1, longest=100)
    title = form.text("title", required=True, shortest=1, longest=45)
    components = form.forms("components", required=True) or []
    if form.given("components") and not 1 <= len(components) <= MAX_ROWS:
        form.problem("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_ROWS} in length.")
    reader = Reader()
    payloads = [payload for payload in (_read_top(reader, one) for one in components) if payload is not None]
    return ModalDraft(custom_id or "", title or "", tuple(payloads))


def _read_top(reader: Reader, form: Form) -> JsonObject | None:
    kind = kind_of(form)
    match kind:
        case ComponentKind.ACTION_ROW:
            payload = reader.begin(form, kind)
            inputs = form.forms("components", required=True, most=1) or []
            payload["components"] = [_read_text_input(reader, one, labelled=False) for one in inputs]
            return payload
        case ComponentKind.LABEL:
            payload = reader.begin(form, kind)
            payload["label"] = form.text("label", required=True, shortest=1, longest=45)
            description = form.text("description", longest=100)
            if description is not None:
                payload["description"] = description
            inner = form.form("component", required=True)
            if inner is not None:
                payload["component"] = _read_input(reader, inner)
            return payload
        case ComponentKind.TEXT_DISPLAY:
            payload = reader.begin(form, kind)
            payload["content"] = form.text("content", required=True, shortest=1, longest=4000)
            return payload
        case None:
            return None
        case _:
            wrong_kind(form, [ComponentKind.ACTION_ROW, ComponentKind.TEXT_DISPLAY, ComponentKind.LABEL])
            return None


def _read_text_input(reader: Reader, form: Form, *, labelled: bool) -> JsonObject:
    if kind_of(form) is not ComponentKind.TEXT_INPUT:
        wrong_kind(form, [ComponentKind.TEXT_INPUT])
    payload = reader.begin(form, ComponentKind.TEXT_INPUT)
    payload["custom_id"] = reader.custom_id(form)
    payload["style"] = form.whole("style", required=True, choices=[1, 2]) or 1
    label = form.text("label", required=not labelled, shortest=1, longest=45)
    if label is not None and labelled:
        form.problem("label", "TEXT_INPUT_LABEL_IN_LABEL", "A text input below a label has no label of its own")
    if label is not None:
        payload["label"] = label
    shortest = form.whole("min_length", least=0, most=4000)
    longest = form.whole("max_length", least=1, most=4000)
    if shortest is not None and longest is not None and shortest > longest:
        form.problem("min_length", "NUMBER_TYPE_MAX", "min_length must not exceed max_length")
    value = form.text("value", longest=longest or 4000)
    placeholder = form.text("placeholder", longest=100)
    optional: dict[str, Json] = {
        "min_length": shortest,
        "max_length": longest,
        "value": value,
        "placeholder": placeholder,
    }
    payload.update({key: given for key, given in optional.items() if given is not None})
    payload["required"] = form.flag("required") is not False
    return payload


def _read_input(reader: Reader, form: Form) -> JsonObject:
    kind = kind_of(form)
    if kind is ComponentKind.TEXT_INPUT:
        return _read_text_input(reader, form, labelled=True)
    if kind in SELECTS:
        return read_select(reader, form, kind)
    if kind is None:
        return {}
    payload = reader.begin(form, kind)
    payload["custom_id"] = reader.custom_id(form)
    payload["required"] = form.flag("required") is not False
    match kind:
        case ComponentKind.RADIO_GROUP:
            payload["options"] = read_options(form, most=10)
        case ComponentKind.CHECKBOX_GROUP:
            payload["options"] = read_options(form, most=10)
            payload.update(_counts(form, 1, 10))
        case ComponentKind.CHECKBOX:
            payload["default"] = form.flag("default") or False
        case ComponentKind.FILE_UPLOAD:
            payload.update(_counts(form, 1, 1))
        case _:
            wrong_kind(form, {ComponentKind.TEXT_INPUT, *SELECTS})
    return payload


def _counts(form: Form, least: int, most: int) -> dict[str, Json]:
    low, high = form.whole("min_values", least=0, most=10), form.whole("max_values", least=1, most=10)
    return {"min_values": least if low is None else low, "max_values": most if high is None else high}
