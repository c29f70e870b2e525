/** Which of a wallet's addresses: the signature proves the one that signs. */

import { button, el, heading } from "../dom.js";
import { text } from "../page_data.js";

export function accountsView({ wallet, accounts, isLinked, onAccount, onBack }) {
  const entries = accounts.map((account) => {
    const linked = isLinked(account);
    const node = el("button", { type: "button", class: "account" }, el("span", { class: "address", text: account.address }));
    if (linked) node.append(el("span", { class: "badge", text: text("js.accounts.linked") }));
    node.addEventListener("click", () => onAccount(account));
    return el("li", {}, node);
  });
  return el(
    "div",
    {},
    heading(text("js.accounts.title", { wallet: wallet.name })),
    el("p", { text: text("js.accounts.why") }),
    el("ul", { class: "wallets" }, ...entries),
    button(text("js.back"), async () => onBack(), { class: "quiet" }),
  );
}
