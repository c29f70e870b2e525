/** The page that a link opens where no login with Discord is set up: one button, which uses the link up. */

import { Api, ApiError, isOver } from "./api.js";
import { say } from "./status.js";

const api = new Api();
const start = document.getElementById("start");
const problem = document.getElementById("problem");

document.getElementById("without-script").remove();
start.addEventListener("click", async () => {
  if (start.disabled) return;
  start.disabled = true;
  problem.hidden = true;
  try {
    location.replace(await api.begin());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isOver(error) && (await hasSession())) {
      location.replace("/link"); // another tab was faster
      return;
    }
    problem.textContent = error.message;
    problem.hidden = false;
    say(error.message);
    start.disabled = false;
  }
});

async function hasSession() {
  try {
    await api.session();
    return true;
  } catch {
    return false;
  }
}

window.addEventListener("pageshow", () => {
  start.disabled = false; // the browser may have kept the page as it was left
});
