/** The server's JSON interface. */

import { text } from "./page_data.js";

const PATIENCE_MS = 60_000;

/** The server said no, or could not be asked. `message` is in the member's language and plain text. */
export class ApiError extends Error {
  constructor(code, message, again) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    /** Whether a new challenge and another try can help. */
    this.again = again;
  }
}

const OVER = new Set(["no_session", "link_expired", "link_used", "link_unknown"]);

/** A session that has ended, or never was: nothing more can be done on this page. */
export function isOver(error) {
  return error instanceof ApiError && OVER.has(error.code);
}

export class Api {
  #csrf = null;

  /** Use up the link and begin a session. Returns where to go next. */
  async begin() {
    return (await this.#post("/api/session", {})).next;
  }

  /** The session as it is now. */
  async session() {
    const session = await call("/api/session", { method: "GET" });
    this.#csrf = session.csrf;
    return session;
  }

  challenge(network, address) {
    return this.#post("/api/challenge", { network, address });
  }

  prove(challenge, answer) {
    return this.#post("/api/proof", { challenge_id: challenge.id, network: challenge.network, answer });
  }

  /** A fresh link for another browser. Returns its path. */
  async handover() {
    return (await this.#post("/api/handover", {})).path;
  }

  #post(path, body) {
    return post(path, body, this.#csrf === null ? {} : { "X-Holdfast-Csrf": this.#csrf });
  }
}

/** Releasing a wallet: the same questions, without anybody being known. */
export class ReleaseApi {
  challenge(network, address) {
    return post("/api/release/challenge", { network, address });
  }

  prove(challenge, answer) {
    const { id, key, network } = challenge;
    return post("/api/release/proof", { challenge_id: id, key, network, answer });
  }
}

function post(path, body, headers = {}) {
  headers = { "Content-Type": "application/json", ...headers };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function call(path, request) {
  let response;
  let answer;
  try {
    response = await fetch(path, { ...request, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
    answer = await response.json();
  } catch {
    throw new ApiError("network", text("js.error.network"), true);
  }
  if (response.ok) return answer;
  const message = typeof answer.message === "string" ? answer.message : text("js.error.network");
  throw new ApiError(answer.code ?? "unknown", message, answer.again === true);
}
