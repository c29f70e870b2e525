/** From a wallet to a checked signature: choose, connect, sign, and whatever can come in between. */

import { ApiError } from "./api.js";
import { show } from "./dom.js";
import { text } from "./page_data.js";
import { say } from "./status.js";
import { accountsView } from "./views/accounts.js";
import { chooseView } from "./views/choose.js";
import { pasteView } from "./views/paste.js";
import { troubleView } from "./views/trouble.js";
import { Phase, waitingView } from "./views/waiting.js";
import { understood } from "./wallets/errors.js";

/** After these the same answer may be sent again: it was not looked at, or nobody knows whether it was. */
const NOT_LOOKED_AT = new Set(["network", "busy"]);

export class Signing {
  #root;
  #discovery;
  #client;
  #networks;
  #page;
  #network;
  #isPicked = false;
  #run = 0;
  #leave = () => {};

  /**
   * `client` asks for challenges and has answers checked. `page` is told about it: `answered(outcome, again)` with a
   * function that goes on to the next address; `refused(error)`, which returns true when nothing more can be done here;
   * `isLinked(account)`; and `handover()`, or null where a page for another browser makes no sense.
   */
  constructor({ root, discovery, client, networks, page }) {
    this.#root = root;
    this.#discovery = discovery;
    this.#client = client;
    this.#networks = networks;
    this.#page = page;
    this.#network = networks[0];
    root.addEventListener("click", swallowSecondClick, true);
  }

  /** Show the networks and the wallets to choose from. */
  choose({ focus = true } = {}) {
    const view = chooseView({
      networks: this.#networks,
      network: this.#network,
      discovery: this.#discovery,
      handover: this.#page.handover,
      isPicked: this.#isPicked,
      onNetwork: (network) => {
        this.#network = network;
        this.#isPicked = true;
      },
      onWallet: (wallet, network) => {
        this.#network = network;
        this.#connect(wallet);
      },
      onPaste: (network) => {
        this.#network = network;
        this.#paste();
      },
    });
    this.#show(view.node, { focus });
    this.#leave = view.leave;
  }

  async #connect(wallet) {
    const run = this.#wait(Phase.CONNECTING, { wallet });
    const network = this.#network;
    let accounts;
    try {
      accounts = await wallet.accounts(network);
    } catch (error) {
      if (run === this.#run) this.#failedInWallet(error, wallet, () => this.#connect(wallet));
      return;
    }
    if (run !== this.#run) return;
    if (accounts.length === 1) await this.#sign(wallet, network, accounts[0]);
    else this.#pick(wallet, network, accounts);
  }

  #pick(wallet, network, accounts) {
    this.#show(
      accountsView({
        wallet,
        accounts,
        isLinked: this.#page.isLinked,
        onAccount: (account) => this.#sign(wallet, network, account),
        onBack: () => this.choose(),
      }),
    );
  }

  async #sign(wallet, network, account) {
    const run = this.#wait(Phase.PREPARING, { wallet });
    const again = () => this.#sign(wallet, network, account);
    let challenge;
    let answer;
    try {
      challenge = await this.#client.challenge(network.id, account.address);
      if (run !== this.#run) return;
      this.#wait(Phase.SIGNING, { wallet, network, challenge }, run);
      answer = await wallet.sign(challenge.text, account);
    } catch (error) {
      if (run !== this.#run) return;
      if (error instanceof ApiError) this.#failedAtServer(error, again);
      else this.#failedInWallet(error, wallet, again);
      return;
    }
    if (run === this.#run) await this.#check(challenge, answer, again, () => this.#connect(wallet));
  }

  /** Have an answer checked. `again` makes a new challenge, `next` goes on to the next address. */
  async #check(challenge, answer, again, next) {
    const run = this.#wait(Phase.CHECKING, {});
    try {
      const outcome = await this.#client.prove(challenge, answer);
      if (run === this.#run) this.#page.answered(outcome, next);
    } catch (error) {
      if (run !== this.#run) return;
      const sendAgain = () => this.#check(challenge, answer, again, next);
      this.#failedAtServer(error, NOT_LOOKED_AT.has(error.code) ? sendAgain : again);
    }
  }

  #paste() {
    this.#show(
      pasteView({
        network: this.#network,
        ask: (address) => this.#client.challenge(this.#network.id, address),
        onAnswer: (challenge, answer) => this.#check(challenge, answer, () => this.#paste(), () => this.#paste()),
        onRefused: (error) => this.#page.refused(error),
        onBack: () => this.choose(),
      }),
    );
  }

  #failedInWallet(thrown, wallet, again) {
    const { trouble, said } = understood(thrown);
    const words = text(`js.trouble.${trouble}`, { wallet: wallet.name, network: this.#network.label });
    this.#failed(words, said && text("js.trouble.said", { wallet: wallet.name, said }), again);
  }

  #failedAtServer(error, again) {
    if (!(error instanceof ApiError)) throw error;
    if (this.#page.refused(error)) return;
    this.#failed(error.message, "", error.again ? again : null);
  }

  #failed(words, details, again) {
    this.#show(troubleView({ words, details, onAgain: again, onBack: () => this.choose() }));
    say(words);
  }

  /** Show what is being waited for, and return the number of this wait: what ends after another began is ignored. */
  #wait(phase, details, run = this.#run + 1) {
    this.#run = run;
    this.#show(waitingView({ phase, ...details, onStop: () => this.#stop() }), { keepRun: true });
    say(text(`js.waiting.${phase}`, { wallet: details.wallet?.name ?? "" }));
    return run;
  }

  #stop() {
    this.choose();
    say(text("js.stopped"));
  }

  #show(node, { keepRun = false, focus = true } = {}) {
    if (!keepRun) {
      this.#run += 1;
      say("");
    }
    this.#leave();
    this.#leave = () => {};
    show(this.#root, [node], { focus });
  }
}

/** The second click of a double click lands on whatever has come up in place of the first button: it meant nothing. */
function swallowSecondClick(event) {
  if (event.detail > 1 && event.target.closest("button, a") !== null) {
    event.preventDefault();
    event.stopPropagation();
  }
}
