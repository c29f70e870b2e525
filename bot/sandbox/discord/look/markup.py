"""Small pieces of HTML, and how a message looks. Everything that comes from outside is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from bot.sandbox.discord.components import SELECTS, ComponentKind
from bot.sandbox.discord.jsontypes import Json, JsonObject, as_list, as_object, as_text
from bot.sandbox.discord.models import Message

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222;background:#fff}
nav a{margin-right:1rem} table{border-collapse:collapse;width:100%} td,th{border:1px solid #ccc;padding:.3rem .5rem;
text-align:left;vertical-align:top} .message{border-left:4px solid #5865f2;padding:.2rem .8rem;margin:.6rem 0;
background:#f6f6f8} .embed{border-left:4px solid #999;padding:.2rem .8rem;margin:.3rem 0;background:#fff}
form{display:inline-block;margin:.2rem .4rem .2rem 0} form.block{display:block} label{display:block;margin:.5rem 0}
.note{color:#666} .error{color:#a00} pre{white-space:pre-wrap;margin:0;font:inherit} textarea{width:100%}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#1e1f22} .message{background:#2b2d31}
.embed{background:#232428} td,th{border-color:#555} a{color:#8ab4ff} .error{color:#f88} .note{color:#aaa}}
"""

Fields = Mapping[str, str | int]


def page(title: str, body: str, *, refresh: bool = False) -> str:
    """A whole page. With `refresh` the browser loads it again after a second."""
    again = '<meta http-equiv="refresh" content="1">' if refresh else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def link(target: str, text: str) -> str:
    """A link."""
    return f'<a href="{escape(target)}">{escape(text)}</a>'


def form(action: str, hidden: Fields, inner: str, button: str, *, block: bool = False) -> str:
    """A form that posts, with fields that the user does not see."""
    fields = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(str(v))}">' for k, v in hidden.items())
    kind = ' class="block"' if block else ""
    return (
        f'<form method="post" action="{escape(action)}"{kind}>{fields}{inner}<button>{escape(button)}</button></form>'
    )


def labelled(text: str, control: str, note: str = "") -> str:
    """A control with its label, and a note below."""
    hint = f'<br><small class="note">{escape(note)}</small>' if note else ""
    return f"<label>{escape(text)}<br>{control}{hint}</label>"


def text_box(name: str, value: str = "", *, long: bool = False, required: bool = False) -> str:
    """A text field."""
    need = " required" if required else ""
    if long:
        return f'<textarea name="{escape(name)}" rows="4"{need}>{escape(value)}</textarea>'
    return f'<input name="{escape(name)}" value="{escape(value)}" size="40"{need}>'


def choice_box(
    name: str, options: Iterable[tuple[str, str]], chosen: Iterable[str] = (), *, several: bool = False
) -> str:
    """A select with (value, label) options."""
    selected = set(chosen)
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value in selected else ""}>{escape(label)}</option>'
        for value, label in options
    )
    return f'<select name="{escape(name)}"{" multiple" if several else ""}>{inner}</select>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; the cells are HTML already."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def message_html(message: Message, hidden: Fields, things: Iterable[tuple[str, str]]) -> str:
    """A message with its embeds, files and components. `hidden` says who acts where; `things` can be selected."""
    things = list(things)
    parts = [
        f'<div class="note">{escape(message.author.name)}{" · only you see this" if message.ephemeral else ""}</div>'
    ]
    if message.loading:
        parts.append("<em>is thinking…</em>")
    if message.content:
        parts.append(f"<pre>{escape(message.content)}</pre>")
    parts += [_embed(embed) for embed in message.embeds]
    parts += [f"<div>{link(one.url, one.filename)}</div>" for one in message.attachments]
    parts += [_component(component, {**hidden, "message": message.id}, things) for component in message.components]
    return f'<div class="message">{"".join(parts)}</div>'


def _embed(embed: JsonObject) -> str:
    parts = [f"<strong>{escape(as_text(embed.get('title')))}</strong>"]
    parts.append(f"<pre>{escape(as_text(embed.get('description')))}</pre>")
    for value in as_list(embed.get("fields")):
        one = as_object(value)
        parts.append(
            f"<div><b>{escape(as_text(one.get('name')))}</b><pre>{escape(as_text(one.get('value')))}</pre></div>"
        )
    parts.append(f'<small class="note">{escape(as_text(as_object(embed.get("footer")).get("text")))}</small>')
    return f'<div class="embed">{"".join(parts)}</div>'


def _component(value: Json, hidden: Fields, things: list[tuple[str, str]]) -> str:
    component = as_object(value)
    kind = component.get("type")
    if kind == ComponentKind.BUTTON:
        return _button(component, hidden)
    if kind in SELECTS:
        return _select(component, hidden, things)
    if kind == ComponentKind.TEXT_DISPLAY:
        return f"<pre>{escape(as_text(component.get('content')))}</pre>"
    if kind == ComponentKind.SEPARATOR:
        return "<hr>"
    inner = [_component(one, hidden, things) for one in as_list(component.get("components"))]
    if component.get("accessory") is not None:
        inner.append(_component(component["accessory"], hidden, things))
    return f"<div>{''.join(inner)}</div>"


def _button(button: JsonObject, hidden: Fields) -> str:
    label = as_text(button.get("label")) or as_text(as_object(button.get("emoji")).get("name")) or "button"
    if button.get("url") is not None:
        return link(as_text(button["url"]), label)
    if button.get("disabled"):
        return f"<button disabled>{escape(label)}</button>"
    return form("/sandbox/press", {**hidden, "button": as_text(button["custom_id"])}, "", label)


def _select(select: JsonObject, hidden: Fields, things: list[tuple[str, str]]) -> str:
    known = [as_object(option) for option in as_list(select.get("options"))]
    options = [(as_text(one["value"]), as_text(one["label"])) for one in known] if known else things
    box = choice_box("values", options, several=select.get("max_values") != 1)
    return form(
        "/sandbox/select",
        {**hidden, "select": as_text(select["custom_id"])},
        box,
        as_text(select.get("placeholder")) or "Choose",
    )
