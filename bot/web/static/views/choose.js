/** Where is the wallet: the network, and the wallets of this browser. */

import { button, el, heading } from "../dom.js";
import { text } from "../page_data.js";
import { handoverView } from "./handover.js";

/** Returns the node, and `leave` to call when it goes. */
export function chooseView({ networks, network, isPicked, discovery, handover, onNetwork, onWallet, onPaste }) {
  let chosen = network;
  let mayFollow = !isPicked;
  const list = el("ul", { class: "wallets" });
  const note = el("p", { class: "note" });
  const lookAgain = button(text("js.choose.look_again"), async () => discovery.lookAgain(), { class: "quiet small" });
  const elsewhere = handover === null ? null : handoverView(handover);
  const entries = new Map();

  const choice = networks.length > 1 ? networkChoice(networks, chosen, pick) : null;

  /** As long as nobody has picked a network, go to one that there is a wallet for. */
  function follow() {
    const better = discovery.of(chosen.family).length > 0 ? undefined : networks.find(({ family }) => discovery.of(family).length > 0);
    if (better === undefined) return;
    chosen = better;
    for (const input of choice.querySelectorAll("input")) input.checked = input.value === better.id;
  }

  function update() {
    if (mayFollow) follow();
    const wallets = discovery.of(chosen.family);
    for (const [wallet, entry] of entries) {
      if (!wallets.includes(wallet)) {
        entry.remove();
        entries.delete(wallet);
      }
    }
    for (const wallet of wallets) {
      if (entries.has(wallet)) continue;
      const entry = el("li", {}, walletButton(wallet, () => onWallet(wallet, chosen)));
      entries.set(wallet, entry);
      list.append(entry);
    }
    list.hidden = wallets.length === 0;
    note.hidden = wallets.length > 0;
    lookAgain.hidden = wallets.length > 0 || discovery.isSearching;
    note.textContent = text(discovery.isSearching ? "js.choose.searching" : `js.choose.none_${chosen.family}`);
    if (elsewhere !== null) elsewhere.hidden = chosen.family !== "ethereum" || wallets.length > 0 || discovery.isSearching;
  }

  const node = el(
    "div",
    {},
    heading(text("js.choose.title")),
    choice ?? el("p", { class: "note", text: chosen.label }),
    list,
    note,
    lookAgain,
    elsewhere,
    el("p", { class: "or", text: text("js.choose.or") }),
    button(text("js.choose.paste"), async () => onPaste(chosen), { class: "quiet wide" }),
  );

  function pick(picked) {
    chosen = picked;
    mayFollow = false;
    onNetwork(picked);
    update();
  }

  update();
  return { node, leave: discovery.onChange(update) };
}

/** Networks to pick from. Test networks are for few people, so they are put away where there are others. */
function networkChoice(networks, chosen, onPick) {
  const segment = (network) => {
    const input = el("input", { type: "radio", name: "network", value: network.id, props: { checked: network === chosen } });
    input.addEventListener("change", () => onPick(network));
    return el("label", { class: "segment" }, input, el("span", { text: network.label }));
  };
  const row = (some) => el("div", { class: "segment-row" }, ...some.map(segment));
  const legend = el("legend", { class: "label", text: text("js.choose.network") });
  const real = networks.filter((network) => !isTest(network));
  if (real.length === 0) return el("fieldset", {}, legend, row(networks));
  const test = networks.filter(isTest);
  const summary = el("summary", { text: text("js.choose.test_networks") });
  const away = test.length > 0 ? el("details", { class: "small", open: isTest(chosen) }, summary, row(test)) : null;
  return el("fieldset", {}, legend, row(real), away);
}

function isTest(network) {
  return network.id.includes("testnet");
}

function walletButton(wallet, onWallet) {
  const node = el("button", { type: "button", class: "wallet" });
  node.append(wallet.icon === null ? initial(wallet.name) : icon(wallet), el("span", { class: "wallet-name", text: wallet.name }));
  node.addEventListener("click", onWallet);
  return node;
}

function icon(wallet) {
  const image = el("img", { src: wallet.icon, alt: "", width: "32", height: "32", class: "wallet-icon" });
  image.addEventListener("error", () => image.replaceWith(initial(wallet.name)), { once: true });
  return image;
}

function initial(name) {
  return el("span", { class: "wallet-icon", "aria-hidden": "true", text: [...name][0].toUpperCase() });
}
