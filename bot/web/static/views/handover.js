/** On a phone, wallets live in their own browsers: send the page there. */

import { ApiError } from "../api.js";
import { copyButton } from "../clipboard.js";
import { button, el } from "../dom.js";
import { host, text } from "../page_data.js";
import { say } from "../status.js";

/** https://docs.metamask.io/sdk/guides/use-deeplinks */
const METAMASK = "https://metamask.app.link/dapp/";

/** `makeLink` asks the server for a fresh link, since each one works once, and returns its path. */
export function handoverView(makeLink) {
  const node = el("div", { class: "handover" });
  node.append(
    el("h3", { text: text("js.handover.title") }),
    el("p", { text: text("js.handover.why") }),
    button(text("js.handover.make"), make, { class: "quiet wide" }),
  );

  async function make() {
    let path;
    try {
      path = await makeLink();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message);
      node.append(el("p", { class: "problem", text: error.message }));
      return;
    }
    const open = el("a", {
      class: "primary wide",
      href: `${METAMASK}${host}${path}`,
      rel: "noreferrer",
      text: text("js.handover.metamask"),
    });
    node.replaceChildren(
      el("h3", { text: text("js.handover.title") }),
      el("p", { text: text("js.handover.once") }),
      open,
      copyButton(`${location.origin}${path}`, text("js.handover.copy")),
    );
    open.focus();
  }

  return node;
}
