"""Checks message components, and brings them into the shape in which Discord gives them back (each with an `id`).

Source: Discord's "Component Reference" page, and the request schemas of its OpenAPI description.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from .forms import Form
from .jsontypes import Json, JsonObject, as_list, as_object

MAX_ROWS = 5
MAX_COMPONENTS_V2 = 40
MAX_TEXT_V2 = 4000


class ComponentKind(IntEnum):
    """Types of component, in messages and modals."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = {
    ComponentKind.STRING_SELECT,
    ComponentKind.USER_SELECT,
    ComponentKind.ROLE_SELECT,
    ComponentKind.MENTIONABLE_SELECT,
    ComponentKind.CHANNEL_SELECT,
}
_V2_TOP = {
    ComponentKind.ACTION_ROW,
    ComponentKind.SECTION,
    ComponentKind.TEXT_DISPLAY,
    ComponentKind.MEDIA_GALLERY,
    ComponentKind.FILE,
    ComponentKind.SEPARATOR,
    ComponentKind.CONTAINER,
}
_LINK, _PREMIUM = 5, 6


def walk(components: Sequence[Json]) -> Iterator[JsonObject]:
    """Every component in a tree, outermost first."""
    for value in components:
        component = as_object(value)
        yield component
        yield from walk(as_list(component.get("components")))
        for inner in ("accessory", "component"):
            if component.get(inner) is not None:
                yield from walk([component[inner]])


class Reader:
    """Reads the components of one message or modal: custom ids must differ, and ids are given in order."""

    def __init__(self) -> None:
        self._custom_ids: set[str] = set()
        self._next_id = 0
        self.count = 0
        self.text_length = 0

    def begin(self, form: Form, kind: ComponentKind) -> dict[str, Json]:
        """The payload of the next component: its type and its id."""
        self._next_id += 1
        self.count += 1
        given = form.whole("id", least=0, most=(1 << 31) - 1)
        return {"type": int(kind), "id": given or self._next_id}

    def custom_id(self, form: Form) -> str:
        """The component's own name for its clicks: up to 100 characters, unique in the message."""
        value = form.text("custom_id", required=True, shortest=1, longest=100)
        if value is not None and value in self._custom_ids:
            form.problem("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        self._custom_ids.add(value or "")
        return value or ""


def kind_of(form: Form) -> ComponentKind | None:
    """The type of a component; an unknown one is a problem."""
    value = form.whole("type", required=True, choices=[int(kind) for kind in ComponentKind])
    return None if value is None else ComponentKind(value)


def wrong_kind(form: Form, allowed: Sequence[ComponentKind] | set[ComponentKind]) -> None:
    """Note that this type may not stand here."""
    names = ", ".join(str(int(kind)) for kind in sorted(allowed))
    form.problem("type", "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({names}).')


def read_components(form: Form, *, v2: bool) -> tuple[JsonObject, ...]:
    """The components of a message: rows of buttons and selects, or with `v2` the whole layout."""
    reader = Reader()
    forms = form.forms("components", most=MAX_COMPONENTS_V2 if v2 else MAX_ROWS) or []
    payloads: list[JsonObject] = []
    for one in forms:
        kind = kind_of(one)
        if kind is None:
            continue
        if kind is not ComponentKind.ACTION_ROW and not v2:
            wrong_kind(one, [ComponentKind.ACTION_ROW])
        elif kind not in _V2_TOP:
            wrong_kind(one, _V2_TOP)
        else:
            payloads.append(_read_block(reader, one, kind))
    if v2 and reader.count > MAX_COMPONENTS_V2:
        form.problem("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "At most 40 components")
    if v2 and reader.text_length > MAX_TEXT_V2:
        form.problem(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"Components displayable text size exceeds maximum size of {MAX_TEXT_V2}",
        )
    return tuple(payloads)


def _read_block(reader: Reader, form: Form, kind: ComponentKind) -> JsonObject:
    payload = reader.begin(form, kind)
    match kind:
        case ComponentKind.ACTION_ROW:
            payload["components"] = _read_row(reader, form)
        case ComponentKind.TEXT_DISPLAY:
            payload["content"] = _read_text(reader, form)
        case ComponentKind.SECTION:
            payload.update(_read_section(reader, form))
        case ComponentKind.SEPARATOR:
            payload["spacing"] = form.whole("spacing", choices=[1, 2]) or 1
            payload["divider"] = form.flag("divider") is not False
        case ComponentKind.CONTAINER:
            payload["accent_color"] = form.whole("accent_color", least=0, most=0xFFFFFF)
            payload["spoiler"] = form.flag("spoiler") or False
            payload["components"] = _read_container(reader, form)
        case ComponentKind.MEDIA_GALLERY:
            payload["items"] = [item.data for item in form.forms("items", required=True, most=10) or []]
        case ComponentKind.FILE:
            media = form.form("file", required=True)
            payload["file"] = {} if media is None else {"url": media.text("url", required=True)}
            payload["spoiler"] = form.flag("spoiler") or False
        case _:
            wrong_kind(form, _V2_TOP)
    return payload


def _read_text(reader: Reader, form: Form) -> str:
    text = form.text("content", required=True, shortest=1, longest=MAX_TEXT_V2) or ""
    reader.text_length += len(text)
    return text


def _read_container(reader: Reader, form: Form) -> list[JsonObject]:
    inner = form.forms("components", required=True, most=MAX_COMPONENTS_V2) or []
    payloads: list[JsonObject] = []
    for one in inner:
        kind = kind_of(one)
        if kind is None:
            continue
        if kind is ComponentKind.CONTAINER or kind not in _V2_TOP:
            wrong_kind(one, _V2_TOP - {ComponentKind.CONTAINER})
        else:
            payloads.append(_read_block(reader, one, kind))
    return payloads


def _read_section(reader: Reader, form: Form) -> JsonObject:
    texts: list[JsonObject] = []
    for one in form.forms("components", required=True, most=3) or []:
        if kind_of(one) is not ComponentKind.TEXT_DISPLAY:
            wrong_kind(one, [ComponentKind.TEXT_DISPLAY])
            continue
        texts.append({**reader.begin(one, ComponentKind.TEXT_DISPLAY), "content": _read_text(reader, one)})
    accessory = form.form("accessory", required=True)
    if accessory is None:
        return {"components": texts}
    kind = kind_of(accessory)
    if kind is ComponentKind.BUTTON:
        return {"components": texts, "accessory": _read_button(reader, accessory)}
    if kind is not ComponentKind.THUMBNAIL:
        wrong_kind(accessory, [ComponentKind.BUTTON, ComponentKind.THUMBNAIL])
        return {"components": texts}
    media = accessory.form("media", required=True)
    url = "" if media is None else media.text("url", required=True) or ""
    thumbnail = {**reader.begin(accessory, kind), "media": {"url": url}, "description": None, "spoiler": False}
    return {"components": texts, "accessory": thumbnail}


def _read_row(reader: Reader, form: Form) -> list[JsonObject]:
    inner = form.forms("components", required=True, most=5) or []
    if not inner and form.given("components"):
        form.problem("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    payloads: list[JsonObject] = []
    for one in inner:
        kind = kind_of(one)
        if kind is ComponentKind.BUTTON:
            payloads.append(_read_button(reader, one))
        elif kind in SELECTS:
            payloads.append(read_select(reader, one, kind))
            if len(inner) > 1:
                form.problem("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The maximum width of a row is 5")
        elif kind is not None:
            wrong_kind(one, {ComponentKind.BUTTON, *SELECTS})
    return payloads


def _read_button(reader: Reader, form: Form) -> JsonObject:
    payload = reader.begin(form, ComponentKind.BUTTON)
    style = form.whole("style", required=True, choices=range(1, 7)) or 1
    label = form.text("label", longest=80)
    payload["style"] = style
    if label:
        payload["label"] = label
    emoji = _read_emoji(form)
    if emoji is not None:
        payload["emoji"] = emoji
    payload["disabled"] = form.flag("disabled") or False
    if style == _LINK:
        payload["url"] = form.text("url", required=True, shortest=1, longest=512)
        if form.given("custom_id"):
            form.problem("custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A link has no custom id")
    elif style != _PREMIUM:
        payload["custom_id"] = reader.custom_id(form)
        if form.given("url"):
            form.problem("url", "BUTTON_COMPONENT_INVALID_URL", "Only a link button has a url")
        if not label and emoji is None:
            form.problem(None, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji")
    return payload


def _read_emoji(form: Form) -> JsonObject | None:
    """An emoji of Unicode is sent with an id that is null, and shown without one."""
    emoji = form.form("emoji")
    return None if emoji is None else {key: value for key, value in emoji.data.items() if value is not None}


def read_select(reader: Reader, form: Form, kind: ComponentKind) -> JsonObject:
    """A select of any kind, in a message or below a label of a modal."""
    payload = reader.begin(form, kind)
    payload["custom_id"] = reader.custom_id(form)
    placeholder = form.text("placeholder", longest=150)
    if placeholder:
        payload["placeholder"] = placeholder
    least, most = form.whole("min_values", least=0, most=25), form.whole("max_values", least=1, most=25)
    payload["min_values"] = 1 if least is None else least
    payload["max_values"] = 1 if most is None else most
    payload["disabled"] = form.flag("disabled") or False
    if form.flag("required") is not None:
        payload["required"] = form.flag("required")
    if kind is ComponentKind.STRING_SELECT:
        payload["options"] = read_options(form, most=25)
    elif form.forms("default_values") is not None:
        payload["default_values"] = [one.data for one in form.forms("default_values") or []]
    if kind is ComponentKind.CHANNEL_SELECT:
        payload["channel_types"] = form.wholes("channel_types", range(17)) or []
    return payload


def read_options(form: Form, *, most: int) -> list[JsonObject]:
    """The options of a select, a radio group or a checkbox group; each value once."""
    options = form.forms("options", required=True, most=most) or []
    if not options and form.given("options"):
        form.problem("options", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
    payloads: list[JsonObject] = []
    for option in options:
        payload: dict[str, Json] = {
            "label": option.text("label", required=True, shortest=1, longest=100),
            "value": option.text("value", required=True, shortest=1, longest=100),
        }
        description = option.text("description", longest=100)
        if description is not None:
            payload["description"] = description
        emoji = _read_emoji(option)
        if emoji is not None:
            payload["emoji"] = emoji
        if option.flag("default") is not None:
            payload["default"] = option.flag("default")
        if any(known["value"] == payload["value"] for known in payloads):
            option.problem(
                "value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
            )
        payloads.append(payload)
    return payloads
