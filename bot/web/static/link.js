/** The page that links wallets to the member it was opened for. */

import { Api, ApiError, isOver } from "./api.js";
import { show } from "./dom.js";
import { text } from "./page_data.js";
import { Signing } from "./signing.js";
import { say } from "./status.js";
import { codeView, pendingView } from "./views/code.js";
import { doneView, linkedView, noNetworkView, overView } from "./views/endings.js";
import { rolesInWords, updateRoles } from "./views/roles.js";
import { troubleView } from "./views/trouble.js";
import { isSameWallet, showWallets } from "./views/wallets.js";
import { Discovery } from "./wallets/discovery.js";
import { Watch } from "./watch.js";

const LOOK_EVERY_MS = 3000;
const ROLES_WITHIN_MS = 60_000;
/** However the clocks of browser and server differ, the end of the session is not looked for more often than this. */
const SOONEST_EXPIRY_MS = 60_000;

/** Whom this page says that wallets are linked to. */
const memberId = document.getElementById("who").dataset.user;

/** Another tab has begun a session for somebody else, and the browser would now act for them: the page must say so. */
class OtherSession extends Error {}

class LinkPage {
  #api = new Api();
  #root = document.getElementById("app");
  #watch = new Watch(() => this.#refresh());
  #expiry = null;
  #session = null;
  #signing = null;

  handover = () => this.#api.handover();

  /** Show where things stand: at the start, and again when the browser brings the page back from its memory. */
  async load() {
    this.#watch.stop();
    try {
      await this.#refresh();
    } catch (error) {
      this.#notLoaded(error);
      return;
    }
    if (this.#session.pending !== null && !this.#session.confirmed) this.#awaitCode(pendingView(this.#session.pending));
    else if (this.#session.networks.length === 0) show(this.#root, [noNetworkView()], { focus: false });
    else this.#choose({ focus: false });
  }

  answered(outcome, next) {
    if (outcome.outcome === "code") {
      this.#awaitCode(codeView(outcome));
      say(text("js.code.said", { code: [...outcome.code].join(" ") }));
    } else {
      this.#linked(outcome.message, next);
    }
  }

  /** Whether an error of the server ends what can be done here. */
  refused(error) {
    if (error instanceof OtherSession || error.code === "csrf") location.reload();
    else if (isOver(error)) this.#over(error.message);
    else return false;
    return true;
  }

  isLinked = (account) => this.#session.wallets.some((wallet) => isSameWallet(wallet, account.address));

  async #refresh() {
    const session = await this.#api.session();
    if (session.member.id !== memberId || (this.#session ?? session).server.id !== session.server.id) throw new OtherSession();
    this.#session = session;
    showWallets(this.#session.wallets);
    this.#watchExpiry();
    return this.#session;
  }

  #choose(options) {
    this.#watch.stop();
    this.#signing ??= new Signing({
      root: this.#root,
      networks: this.#session.networks,
      page: this,
      client: this.#api,
      discovery: new Discovery(text("js.wallet.unnamed")),
    });
    this.#signing.choose(options);
  }

  async #linked(message, next = () => this.#choose()) {
    try {
      await this.#refresh();
    } catch (error) {
      this.#notLoaded(error);
      return;
    }
    const done = () => show(this.#root, [doneView(this.#session.wallets, this.#session.roles, () => this.#choose())]);
    show(this.#root, [linkedView(message, this.#session.roles, { onNext: next, onDone: done })]);
    say(`${message} ${rolesInWords(this.#session.roles)}`);
    this.#watch.start({
      every: LOOK_EVERY_MS,
      within: ROLES_WITHIN_MS,
      until: ({ roles }) => roles.settled,
      seen: ({ roles }) => updateRoles(this.#root, roles),
      failed: (error) => this.refused(error),
    });
  }

  #awaitCode(view) {
    show(this.#root, [view]);
    this.#watch.start({
      every: LOOK_EVERY_MS,
      within: Number.POSITIVE_INFINITY,
      until: ({ confirmed, pending }) => confirmed || pending === null,
      reached: ({ confirmed }) => (confirmed ? this.#linked(text("js.code.accepted")) : this.#codeLost()),
      failed: (error) => this.refused(error),
    });
  }

  #codeLost() {
    const words = text("js.code.lost");
    show(this.#root, [troubleView({ words, details: "", onAgain: () => this.#choose(), onBack: () => this.#choose() })]);
    say(words);
  }

  #notLoaded(error) {
    if (this.refused(error)) return;
    if (!(error instanceof ApiError)) throw error;
    const again = () => this.load();
    show(this.#root, [troubleView({ words: error.message, details: "", onAgain: again, onBack: again })]);
    say(error.message);
  }

  #over(message) {
    this.#watch.stop();
    clearTimeout(this.#expiry);
    show(this.#root, [overView(message)]);
    say(message);
  }

  /** The page says so when its time is up, and does not wait until somebody has signed for nothing. */
  #watchExpiry() {
    clearTimeout(this.#expiry);
    const left = Date.parse(this.#session.expires_at) - Date.now();
    this.#expiry = setTimeout(() => this.#refresh().catch((error) => this.refused(error)), Math.max(left, SOONEST_EXPIRY_MS));
  }
}

const page = new LinkPage();
page.load();
window.addEventListener("pageshow", (event) => {
  if (event.persisted) page.load();
});
