/** The public page that releases a wallet from whoever holds it. Nobody logs in: the signature says it all. */

import { ReleaseApi } from "./api.js";
import { networks, text } from "./page_data.js";
import { show } from "./dom.js";
import { Signing } from "./signing.js";
import { say } from "./status.js";
import { noNetworkView, releasedView } from "./views/endings.js";
import { Discovery } from "./wallets/discovery.js";

const root = document.getElementById("app");

const page = {
  answered(outcome) {
    show(root, [releasedView(outcome, () => signing.choose())]);
    say(outcome.message);
  },
  refused: () => false,
  isLinked: () => false,
  handover: null,
};

const signing = new Signing({
  root,
  networks,
  page,
  client: new ReleaseApi(),
  discovery: new Discovery(text("js.wallet.unnamed")),
});

if (networks.length === 0) show(root, [noNetworkView()], { focus: false });
else signing.choose({ focus: false });
