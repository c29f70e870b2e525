/** What can go wrong between the page and a wallet, told apart so that the page can say it in plain words. */

export const Trouble = Object.freeze({
  DECLINED: "declined",
  LOCKED: "locked",
  PENDING: "pending",
  OTHER_ACCOUNT: "other_account",
  OTHER_NETWORK: "other_network",
  UNSUPPORTED: "unsupported",
  FAILED: "failed",
});

/** A wallet did not do what it was asked. `said` is its own message: text of a stranger, for text nodes only. */
export class WalletError extends Error {
  constructor(trouble, said = "") {
    super(`wallet: ${trouble}`);
    this.name = "WalletError";
    this.trouble = trouble;
    this.said = said;
  }
}

/** EIP-1193, EIP-1474 and CHIP-0002. 4001 is "user rejected" in the first and "unauthorized" in the last: both a no. */
const TROUBLE_OF_CODE = new Map([
  [4001, Trouble.DECLINED],
  [4002, Trouble.DECLINED],
  [4004, Trouble.UNSUPPORTED],
  [4005, Trouble.OTHER_ACCOUNT],
  [4100, Trouble.OTHER_ACCOUNT],
  [4200, Trouble.UNSUPPORTED],
  [-32601, Trouble.UNSUPPORTED],
  [-32002, Trouble.PENDING],
]);

const LONGEST_MESSAGE = 200;

/** Understand whatever a wallet has thrown: objects of other realms, bare strings, nothing at all. */
export function understood(thrown) {
  if (thrown instanceof WalletError) return thrown;
  const code = property(thrown, "code") ?? property(property(thrown, "data"), "code");
  return new WalletError(TROUBLE_OF_CODE.get(Number(code)) ?? Trouble.FAILED, message(thrown));
}

function message(thrown) {
  const said = typeof thrown === "string" ? thrown : property(thrown, "message");
  return typeof said === "string" ? said.replace(/\s+/g, " ").trim().slice(0, LONGEST_MESSAGE) : "";
}

function property(thing, name) {
  try {
    return thing?.[name];
  } catch {
    return undefined; // a wallet's proxy object may throw on any access
  }
}
