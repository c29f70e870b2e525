/** It did not work: why, and what can be done. */

import { button, el, heading } from "../dom.js";
import { text } from "../page_data.js";

/** `details` may hold a wallet's own words. `onAgain` is null where trying again cannot help. */
export function troubleView({ words, details, onAgain, onBack }) {
  return el(
    "div",
    { class: "trouble" },
    heading(text("js.trouble.title")),
    el("p", { class: "problem", text: words }),
    details ? el("p", { class: "note", text: details }) : null,
    el(
      "div",
      { class: "actions" },
      onAgain === null ? null : button(text("js.trouble.again"), async () => onAgain(), { class: "primary" }),
      button(text("js.trouble.other"), async () => onBack(), { class: "quiet" }),
    ),
  );
}
