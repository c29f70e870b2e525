/** A button that copies a text, and says so. */

import { el } from "./dom.js";
import { text } from "./page_data.js";
import { say } from "./status.js";

const SAYS_SO_MS = 2000;

export function copyButton(words, label) {
  const node = el("button", { type: "button", text: label, class: "quiet small" });
  node.addEventListener("click", async () => {
    const copied = (await copy(words)) ? text("js.copied") : text("js.not_copied");
    say(copied);
    node.textContent = copied;
    setTimeout(() => {
      node.textContent = label;
    }, SAYS_SO_MS);
  });
  return node;
}

async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return copyBySelection(words); // plain http, an old wallet browser, or no permission
  }
}

function copyBySelection(words) {
  const area = el("textarea", { class: "visually-hidden", readonly: true, props: { value: words } });
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  before?.focus();
  return copied;
}
