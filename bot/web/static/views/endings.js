/** How it ends: what was linked or released, what became of the roles, and when nothing more can be done. */

import { button, el, heading } from "../dom.js";
import { text } from "../page_data.js";
import { rolesPart } from "./roles.js";

export function linkedView(message, roles, { onNext, onDone }) {
  return ending(
    "good",
    text("js.linked.title"),
    el("p", { class: "outcome", text: message }),
    rolesPart(roles),
    el(
      "div",
      { class: "actions" },
      button(text("js.linked.done"), async () => onDone(), { class: "primary" }),
      button(text("js.linked.next"), async () => onNext(), { class: "quiet" }),
    ),
  );
}

export function doneView(wallets, roles, onNext) {
  const fresh = wallets.filter((wallet) => wallet.new);
  return ending(
    "good",
    text("js.done.title"),
    fresh.length > 0 ? el("p", { class: "outcome", text: text("js.done.wallets", { count: fresh.length }) }) : null,
    rolesPart(roles),
    el("p", { text: text("js.done.close") }),
    button(text("js.linked.next"), async () => onNext(), { class: "quiet" }),
  );
}

export function releasedView(outcome, onNext) {
  const isReleased = outcome.outcome === "released";
  return ending(
    isReleased ? "good" : "plain",
    text(isReleased ? "js.released.title" : "js.released.none_title"),
    el("p", { class: "outcome", text: outcome.message }),
    isReleased ? el("p", { text: text("js.released.advice") }) : null,
    button(text("js.released.next"), async () => onNext(), { class: "quiet" }),
  );
}

export function overView(message) {
  return ending(
    "plain",
    text("js.over.title"),
    el("p", { class: "problem", text: message }),
    el("p", { text: text("js.over.again") }),
  );
}

export function noNetworkView() {
  return ending("plain", text("js.no_network.title"), el("p", { text: text("js.no_network.text") }));
}

function ending(mood, title, ...parts) {
  return el("div", { class: `ending ${mood}` }, heading(title), ...parts);
}
