/** The wallets in this browser, as they turn up. */

import { findChiaWallets } from "./chia.js";
import { findEthereumWallets } from "./ethereum.js";

const SEARCH_MS = 3200;

export class Discovery {
  #found = { ethereum: [], chia: [] };
  #listeners = new Set();
  #looks = [];
  #searching = null;

  /** `unnamed` is what to call a wallet that does not say its name. */
  constructor(unnamed) {
    this.#looks = [
      findEthereumWallets((wallets) => this.#put("ethereum", wallets), unnamed),
      findChiaWallets((wallets) => this.#put("chia", wallets), unnamed),
    ];
    this.#search();
  }

  /** Whether wallets may still turn up by themselves. */
  get isSearching() {
    return this.#searching !== null;
  }

  /** The wallets for a family of networks. */
  of(family) {
    return this.#found[family] ?? [];
  }

  lookAgain() {
    for (const look of this.#looks) look();
    this.#search();
  }

  /** Be told when there is something new. Returns how to end that. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #search() {
    clearTimeout(this.#searching);
    this.#searching = setTimeout(() => {
      this.#searching = null;
      this.#tell();
    }, SEARCH_MS);
    this.#tell();
  }

  #put(family, wallets) {
    this.#found[family] = wallets;
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}
