"""Finds the component that a user means, and checks what a Discord client would check before sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .components import SELECTS, ComponentKind, walk
from .errors import SandboxError
from .invocation import Resolved, Value
from .jsontypes import Json, JsonObject, as_int, as_list, as_object, as_text
from .modals import ModalDraft
from .models import Message

_LINK = 5


def find_button(message: Message, wanted: str) -> JsonObject:
    """The button with this label or custom id, ready to be pressed. Raises SandboxError when there is none."""
    buttons = [one for one in walk(message.components) if one.get("type") == ComponentKind.BUTTON]
    for button in buttons:
        if wanted in (button.get("label"), button.get("custom_id")):
            if button.get("style") == _LINK:
                raise SandboxError(f"button {wanted!r} is a link to {button.get('url')}")
            if button.get("disabled"):
                raise SandboxError(f"button {wanted!r} is disabled")
            return button
    known = [button.get("label") or button.get("custom_id") for button in buttons]
    raise SandboxError(f"no button {wanted!r}; there are: {known}")


def find_select(message: Message, wanted: str) -> JsonObject:
    """The select with this placeholder or custom id. Raises SandboxError when there is none."""
    selects = [one for one in walk(message.components) if one.get("type") in SELECTS]
    for select in selects:
        if wanted in (select.get("placeholder"), select.get("custom_id")):
            if select.get("disabled"):
                raise SandboxError(f"select {wanted!r} is disabled")
            return select
    known = [select.get("placeholder") or select.get("custom_id") for select in selects]
    raise SandboxError(f"no select {wanted!r}; there are: {known}")


def chosen(select: JsonObject, values: Sequence[Value], resolved: Resolved) -> list[str]:
    """The `values` of a used select. Options may be named by label. Raises SandboxError for what cannot be chosen."""
    least, most = as_int(select.get("min_values")), as_int(select.get("max_values"))
    least, most = 1 if least is None else least, 1 if most is None else most
    if not least <= len(values) <= most:
        raise SandboxError(f"choose {least} to {most} values, not {len(values)}")
    if select.get("options") is None:
        return [resolved.add(value) for value in values]
    return [_option_value(select, value) for value in values]


def _option_value(select: JsonObject, value: Value) -> str:
    options = [as_object(option) for option in as_list(select.get("options"))]
    for option in options:
        if value in (option["value"], option["label"]):
            return as_text(option["value"])
    raise SandboxError(f"no option {value!r}; there are: {[option['label'] for option in options]}")


@dataclass(frozen=True, slots=True)
class ModalField:
    """One input of a modal."""

    kind: ComponentKind
    custom_id: str
    label: str
    required: bool
    component: JsonObject

    @property
    def default(self) -> Json:
        """What stands in it when the modal opens."""
        if self.kind is ComponentKind.TEXT_INPUT:
            return self.component.get("value", "")
        if self.kind is ComponentKind.CHECKBOX:
            return self.component.get("default", False)
        options = [as_object(option) for option in as_list(self.component.get("options"))]
        return [option["value"] for option in options if option.get("default")]


@dataclass(frozen=True, slots=True)
class Modal:
    """A modal as the user sees it."""

    custom_id: str
    title: str
    fields: tuple[ModalField, ...]
    text: str
    """The text between the fields."""
    components: tuple[JsonObject, ...]

    def field(self, wanted: str) -> ModalField:
        """The field with this label or custom id. Raises SandboxError when there is none."""
        for one in self.fields:
            if wanted in (one.label, one.custom_id):
                return one
        raise SandboxError(f"no field {wanted!r}; there are: {[one.label for one in self.fields]}")


def show_modal(draft: ModalDraft) -> Modal:
    """What a user sees of a modal."""
    fields: list[ModalField] = []
    texts: list[str] = []
    for top in draft.components:
        if top["type"] == ComponentKind.TEXT_DISPLAY:
            texts.append(as_text(top["content"]))
            continue
        inner = as_object(top["component"]) if "component" in top else as_object(as_list(top["components"])[0])
        label = as_text(top.get("label")) or as_text(inner.get("label"))
        fields.append(
            ModalField(
                ComponentKind(as_int(inner["type"]) or 0),
                as_text(inner["custom_id"]),
                label,
                inner.get("required") is not False and inner["type"] != ComponentKind.CHECKBOX,
                inner,
            )
        )
    return Modal(draft.custom_id, draft.title, tuple(fields), "\n".join(texts), draft.components)


def fill_modal(modal: Modal, values: Mapping[str, Value | Sequence[Value]], resolved: Resolved) -> list[JsonObject]:
    """The `components` of a submitted modal. Fields that are not named keep what stands in them.

    Raises SandboxError for an unknown field, an empty required one, or text of the wrong length.
    """
    given = {modal.field(name).custom_id: value for name, value in values.items()}
    filled = {one.custom_id: _fill(one, given.get(one.custom_id, _default(one)), resolved) for one in modal.fields}
    payloads: list[JsonObject] = []
    for top in modal.components:
        base: dict[str, Json] = {"type": top["type"], "id": top["id"]}
        if top["type"] == ComponentKind.TEXT_DISPLAY:
            payloads.append(base)
        elif "component" in top:
            payloads.append({**base, "component": filled[as_text(as_object(top["component"])["custom_id"])]})
        else:
            inner = as_object(as_list(top["components"])[0])
            payloads.append({**base, "components": [filled[as_text(inner["custom_id"])]]})
    return payloads


def _default(one: ModalField) -> Value | Sequence[Value]:
    value = one.default
    if isinstance(value, (str, bool)):
        return value
    return [as_text(item) for item in as_list(value)]


def _fill(one: ModalField, value: Value | Sequence[Value], resolved: Resolved) -> JsonObject:
    payload: dict[str, Json] = {
        "type": int(one.kind),
        "id": one.component["id"],
        "custom_id": one.custom_id,
    }
    if one.kind is ComponentKind.TEXT_INPUT:
        return {**payload, "value": _text(one, value)}
    if one.kind is ComponentKind.CHECKBOX:
        return {**payload, "value": bool(value)}
    values: list[Value] = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if one.kind is ComponentKind.RADIO_GROUP:
        if len(values) > 1 or (one.required and not values):
            raise SandboxError(f"choose one option in {one.label!r}")
        return {**payload, "value": _option_value(one.component, values[0]) if values else None}
    if not values and not one.required:
        return {**payload, "values": []}
    return {**payload, "values": chosen(one.component, values, resolved)}


def _text(one: ModalField, value: object) -> str:
    if not isinstance(value, str):
        raise SandboxError(f"field {one.label!r} is text, not {value!r}")
    if not value and one.required:
        raise SandboxError(f"field {one.label!r} is required")
    shortest = as_int(one.component.get("min_length")) or 0
    longest = as_int(one.component.get("max_length")) or 4000
    if value and not shortest <= len(value) <= longest:
        raise SandboxError(f"field {one.label!r} has {shortest} to {longest} characters, not {len(value)}")
    return value
