"""Checks embeds, and brings them into the shape in which Discord gives them back."""

from __future__ import annotations

from .forms import Form
from .jsontypes import Json, JsonObject

MAX_EMBEDS = 10
MAX_CHARACTERS = 6000


def read_embeds(form: Form) -> tuple[JsonObject, ...]:
    """The embeds of a message. All of them together may have 6,000 characters."""
    payloads: list[JsonObject] = []
    characters = 0
    for embed in form.forms("embeds", most=MAX_EMBEDS) or []:
        payload, count = _embed(embed)
        payloads.append(payload)
        characters += count
        if characters > MAX_CHARACTERS:
            embed.problem(None, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_CHARACTERS}")
            break
    return tuple(payloads)


def _embed(form: Form) -> tuple[JsonObject, int]:
    title = form.text("title", longest=256)
    description = form.text("description", longest=4096)
    url = form.text("url", longest=2048)
    timestamp = form.text("timestamp")
    color = form.whole("color", least=0, most=0xFFFFFF)
    payload: dict[str, Json] = {"type": "rich"}
    texts: list[str | None] = [title, description]
    plain = {"title": title, "description": description, "url": url, "timestamp": timestamp, "color": color}
    payload.update({key: value for key, value in plain.items() if value is not None})
    footer = form.form("footer")
    if footer is not None:
        text = footer.text("text", required=True, shortest=1, longest=2048)
        texts.append(text)
        payload["footer"] = _kept(text=text, icon_url=footer.text("icon_url"))
    author = form.form("author")
    if author is not None:
        name = author.text("name", required=True, shortest=1, longest=256)
        texts.append(name)
        payload["author"] = _kept(name=name, url=author.text("url"), icon_url=author.text("icon_url"))
    for kind in ("image", "thumbnail"):
        picture = form.form(kind)
        if picture is not None:
            payload[kind] = _kept(url=picture.text("url", required=True))
    fields = [_field(field, texts) for field in form.forms("fields", most=25) or []]
    if fields:
        payload["fields"] = fields
    if len(payload) == 1:
        form.problem(None, "EMBED_EMPTY", "An embed must have something in it")
    return payload, sum(len(text) for text in texts if text)


def _field(form: Form, texts: list[str | None]) -> JsonObject:
    name = form.text("name", required=True, shortest=1, longest=256)
    value = form.text("value", required=True, shortest=1, longest=1024)
    texts += [name, value]
    return {"name": name or "", "value": value or "", "inline": form.flag("inline") or False}


def _kept(**values: str | None) -> JsonObject:
    return {key: value for key, value in values.items() if value is not None}
