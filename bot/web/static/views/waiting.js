/** What is being waited for, with the exact text while a wallet shows it. */

import { button, el, heading } from "../dom.js";
import { text } from "../page_data.js";
import { hexOfText } from "../wallets/bytes.js";

export const Phase = Object.freeze({
  CONNECTING: "connecting",
  PREPARING: "preparing",
  SIGNING: "signing",
  CHECKING: "checking",
});

/** A wallet cannot be called back, but one can stop waiting for it. */
const CAN_STOP = new Set([Phase.CONNECTING, Phase.SIGNING]);

export function waitingView({ phase, wallet, network, challenge, onStop }) {
  const name = wallet?.name ?? "";
  return el(
    "div",
    { class: "waiting", "data-phase": phase },
    el("div", { class: "pulse", "aria-hidden": "true" }),
    heading(text(`js.waiting.${phase}`, { wallet: name })),
    el("p", { text: text(`js.waiting.${phase}_hint`, { wallet: name }) }),
    ...(challenge === undefined ? [] : exactText(challenge, network)),
    CAN_STOP.has(phase) ? button(text("js.waiting.stop"), async () => onStop(), { class: "quiet" }) : null,
  );
}

function exactText(challenge, network) {
  const shown = el("figure", { class: "exact" }, el("figcaption", { text: text("js.waiting.compare") }), textBlock(challenge.text));
  if (network.family !== "chia") return [shown];
  const asHex = el("details", {}, el("summary", { text: text("js.waiting.hex") }), textBlock(hexOfText(challenge.text)));
  return [shown, asHex];
}

/** A text to compare or to copy, letter by letter; scrolls by keyboard too. */
export function textBlock(words) {
  return el("pre", { class: "text", text: words, tabindex: "0" });
}
