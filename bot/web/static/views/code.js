/** Without a login, a code that is typed into Discord shows that both are the same person. */

import { copyButton } from "../clipboard.js";
import { el, heading } from "../dom.js";
import { text, timeOfDay } from "../page_data.js";

/** The code, just made. It is shown once: the server keeps only its hash. */
export function codeView({ code, expires_at: expiresAt }) {
  return el(
    "div",
    { class: "code-step" },
    heading(text("js.code.title")),
    el("p", { text: text("js.code.intro") }),
    el("output", { class: "code", text: code, "aria-label": text("js.code.label") }),
    el("div", { class: "actions centred" }, copyButton(code, text("js.code.copy"))),
    steps(),
    warning(),
    waiting(text("js.code.until", { time: timeOfDay(expiresAt) })),
  );
}

/** A code that was shown before the page was loaded again. */
export function pendingView({ label, address, expires_at: expiresAt, tries_left: triesLeft }) {
  return el(
    "div",
    { class: "code-step" },
    heading(text("js.code.title")),
    el("p", { text: text("js.code.shown_before", { address, network: label }) }),
    steps(),
    warning(),
    waiting(text("js.code.until_tries", { time: timeOfDay(expiresAt), tries: triesLeft })),
  );
}

function steps() {
  return el("ol", { class: "steps" }, ...[1, 2].map((number) => el("li", { text: text(`js.code.step_${number}`) })));
}

function warning() {
  return el("p", { class: "warning", text: text("js.code.warning") });
}

function waiting(words) {
  return el("p", { class: "note watching" }, el("span", { class: "pulse small", "aria-hidden": "true" }), words);
}
