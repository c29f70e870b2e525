/** Chia wallets that follow CHIP-0002: Goby at `window.chia`, and those that look like it. */

import { addressOfKey } from "./chia_address.js";
import { bytesOfHex, hexOfText } from "./bytes.js";
import { Trouble, WalletError, understood } from "./errors.js";

const LOOK_EVERY_MS = 250;
const LOOK_FOR_MS = 3000;
const MOST_KEYS = 20;
const SIGNATURE_BYTES = 96;
/** Where wallets put themselves, the most specific name first: several of them also stand at `chia`. */
const PLACES = [
  ["sage", "Sage"],
  ["loroco", "Loroco"],
  ["ozone", "Ozone"],
  ["goby", "Goby"],
  ["chia", ""],
];
const FLAGS = [
  ["isSage", "Sage"],
  ["isLoroco", "Loroco"],
  ["isOzone", "Ozone"],
  ["isDIG", "DIG"],
  ["isGoby", "Goby"],
];

/** Look for wallets, as `findEthereumWallets` does. */
export function findChiaWallets(changed, unnamed) {
  let found = [];
  let timer = null;

  function look() {
    const now = walletsInPlace(unnamed, found);
    if (now.length !== found.length || now.some((wallet, at) => wallet !== found[at])) {
      found = now;
      changed(found);
    }
  }

  function lookAWhile() {
    const started = performance.now();
    clearInterval(timer);
    look();
    timer = setInterval(() => {
      look();
      if (performance.now() - started >= LOOK_FOR_MS) clearInterval(timer);
    }, LOOK_EVERY_MS);
  }

  window.addEventListener("chia#initialized", look);
  lookAWhile();
  return lookAWhile;
}

function walletsInPlace(unnamed, known) {
  const wallets = [];
  for (const [place, name] of PLACES) {
    const provider = window[place];
    if (typeof provider?.request !== "function" || wallets.some((wallet) => wallet.provider === provider)) continue;
    const old = known.find((wallet) => wallet.provider === provider);
    wallets.push(old ?? new ChiaWallet(provider, name || nameByFlag(provider) || unnamed));
  }
  return wallets;
}

function nameByFlag(provider) {
  return FLAGS.find(([flag]) => provider[flag] === true)?.[1];
}

class ChiaWallet {
  constructor(provider, name) {
    this.provider = provider;
    this.name = name;
    this.icon = null;
  }

  /** Connect and return the addresses whose keys the wallet shows. Throws WalletError. */
  async accounts(network) {
    if ((await this.#request("connect")) === false) throw new WalletError(Trouble.DECLINED);
    await this.#refuseOtherNetwork(network);
    const keys = await this.#request("getPublicKeys", { limit: MOST_KEYS, offset: 0 });
    const accounts = (Array.isArray(keys) ? keys : [])
      .slice(0, MOST_KEYS)
      .map((key) => ({ id: key, address: addressOfKey(key, network.prefix) }))
      .filter((account) => account.address !== null);
    if (accounts.length === 0) throw new WalletError(Trouble.LOCKED);
    return accounts;
  }

  /** Have a text signed by the key of an account. Returns what the server is to check. Throws WalletError. */
  async sign(text, account) {
    const answer = await this.#request("signMessage", { message: hexOfText(text), publicKey: account.id });
    const signature = typeof answer === "string" ? answer : answer?.signature;
    if (bytesOfHex(signature)?.length !== SIGNATURE_BYTES) throw new WalletError(Trouble.FAILED);
    return JSON.stringify({ publicKey: account.id, signature });
  }

  /** Goby says mainnet, testnet11 or 0x01; a wallet that says something else, or nothing, is believed to be right. */
  async #refuseOtherNetwork(network) {
    let chain;
    try {
      chain = await this.provider.request({ method: "chainId" });
    } catch {
      return; // not every wallet tells
    }
    const isTest = /^(?:testnet\d*|0x02)$/i.test(chain);
    const isMain = /^(?:mainnet|0x01)$/i.test(chain);
    if (network.prefix === "xch" ? isTest : isMain) throw new WalletError(Trouble.OTHER_NETWORK);
  }

  async #request(method, params) {
    try {
      return await this.provider.request(params === undefined ? { method } : { method, params });
    } catch (thrown) {
      throw understood(thrown);
    }
  }
}
