/** The wallets that are linked to the member. */

import { el } from "../dom.js";
import { text } from "../page_data.js";

const section = document.getElementById("linked");
const list = document.getElementById("linked-list");

/** Whether a full address is the one that the server shows shortened: `0x1234…abcd`. */
export function isSameWallet(wallet, address) {
  const [start, end] = wallet.address.toLowerCase().split("…");
  const full = address.toLowerCase();
  return full.startsWith(start) && full.endsWith(end);
}

/** Show the wallets below the steps; nothing when there are none. */
export function showWallets(wallets) {
  list.replaceChildren(...wallets.map(entry));
  section.hidden = wallets.length === 0;
}

function entry(wallet) {
  return el(
    "li",
    {},
    el("span", { class: "address", text: wallet.address }),
    el("span", { class: "note", text: wallet.label }),
    wallet.new ? el("span", { class: "badge", text: text("js.linked.new") }) : null,
  );
}
