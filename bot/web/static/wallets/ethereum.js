/** Ethereum-style wallets: EIP-6963 announcements, and `window.ethereum` where nobody announces. */

import { hexOfText } from "./bytes.js";
import { Trouble, WalletError, understood } from "./errors.js";

const ASK_EVERY_MS = 250;
const ASK_FOR_MS = 3000;
/** How long announcements may take before the unnamed wallet behind `window.ethereum` is offered. */
const FALLBACK_AFTER_MS = 500;
const LONGEST_NAME = 40;
const LONGEST_ICON = 65536;
const ICON = /^data:image\/(?:png|webp|jpeg|gif|svg\+xml)[;,]/i;
const ADDRESS = /^0x[0-9a-f]{40}$/i;
const SIGNATURE = /^0x(?:[0-9a-f]{2})+$/i;

/**
 * Look for wallets, and go on for some seconds: many are injected late. `changed` is called with the list of wallets
 * whenever it is another one. Call the function that is returned to look once more.
 */
export function findEthereumWallets(changed, unnamed) {
  const announced = new Map();
  let fallback = null;
  let timer = null;

  const report = () => changed(announced.size > 0 ? [...announced.values()] : fallback ? [fallback] : []);

  window.addEventListener("eip6963:announceProvider", (event) => {
    const { info, provider } = event.detail ?? {};
    if (typeof provider?.request !== "function" || typeof info?.uuid !== "string" || announced.has(info.uuid)) return;
    announced.set(info.uuid, new EthereumWallet(provider, nameOf(info, unnamed), iconOf(info)));
    report();
  });

  function ask() {
    window.dispatchEvent(new Event("eip6963:requestProvider"));
  }

  function offerFallback() {
    if (fallback === null && typeof window.ethereum?.request === "function") {
      fallback = new EthereumWallet(window.ethereum, unnamed, null);
      if (announced.size === 0) report();
    }
  }

  function look() {
    const started = performance.now();
    clearInterval(timer);
    ask();
    timer = setInterval(() => {
      const elapsed = performance.now() - started;
      ask();
      if (elapsed >= FALLBACK_AFTER_MS) offerFallback();
      if (elapsed >= ASK_FOR_MS) clearInterval(timer);
    }, ASK_EVERY_MS);
  }

  look();
  return look;
}

class EthereumWallet {
  constructor(provider, name, icon) {
    this.provider = provider;
    this.name = name;
    this.icon = icon;
  }

  /** Connect and return the accounts that the owner lets the page see. Throws WalletError. */
  async accounts() {
    const addresses = await this.#request("eth_requestAccounts");
    const accounts = addressesIn(addresses).map((address) => ({ id: address, address }));
    if (accounts.length === 0) throw new WalletError(Trouble.LOCKED);
    return accounts;
  }

  /** Have a text signed by an account. Returns what the server is to check. Throws WalletError. */
  async sign(text, account) {
    const shown = addressesIn(await this.#request("eth_accounts"));
    if (!shown.some((address) => address.toLowerCase() === account.address.toLowerCase())) {
      throw new WalletError(shown.length === 0 ? Trouble.LOCKED : Trouble.OTHER_ACCOUNT);
    }
    const signature = await this.#request("personal_sign", [`0x${hexOfText(text)}`, account.address]);
    if (typeof signature !== "string" || !SIGNATURE.test(signature)) throw new WalletError(Trouble.FAILED);
    return signature;
  }

  async #request(method, params) {
    try {
      return await this.provider.request(params === undefined ? { method } : { method, params });
    } catch (thrown) {
      throw understood(thrown);
    }
  }
}

function addressesIn(answer) {
  return Array.isArray(answer) ? answer.filter((one) => typeof one === "string" && ADDRESS.test(one)) : [];
}

/** The name that a wallet gives itself: a stranger's text, for text nodes only. */
function nameOf(info, unnamed) {
  const name = typeof info.name === "string" ? info.name.trim().slice(0, LONGEST_NAME) : "";
  return name === "" ? unnamed : name;
}

/** The icon, if it is an image in a data address: nothing may be loaded from elsewhere. Scripts in SVG images never run. */
function iconOf(info) {
  const { icon } = info;
  return typeof icon === "string" && icon.length <= LONGEST_ICON && ICON.test(icon) ? icon : null;
}
