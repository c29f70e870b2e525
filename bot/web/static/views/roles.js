/** What became of the member's roles: `{given, taken, settled}` as the server tells it. */

import { el } from "../dom.js";
import { text } from "../page_data.js";
import { say } from "../status.js";

/** The roles that changed, by name. They come from a server's owner and are text only. */
export function rolesPart(roles) {
  const { given, taken, settled } = roles;
  const lines = [];
  if (given.length > 0) lines.push(line("js.roles.given", given, "role given"));
  if (taken.length > 0) lines.push(line("js.roles.taken", taken, "role taken"));
  if (!settled) lines.push(el("p", { class: "note", text: text("js.roles.following") }));
  else if (lines.length === 0) lines.push(el("p", { class: "note", text: text("js.roles.none") }));
  return el("div", { class: "roles", "data-words": rolesInWords(roles) }, ...lines);
}

/** Show the roles as they are now wherever they are shown, if there is news. */
export function updateRoles(root, roles) {
  const part = root.querySelector(".roles");
  const words = rolesInWords(roles);
  if (part === null || part.dataset.words === words) return;
  part.replaceWith(rolesPart(roles));
  say(words);
}

export function rolesInWords({ given, taken, settled }) {
  return [
    given.length > 0 ? `${text("js.roles.given")} ${given.join(", ")}.` : "",
    taken.length > 0 ? `${text("js.roles.taken")} ${taken.join(", ")}.` : "",
    settled ? "" : text("js.roles.following"),
  ]
    .filter(Boolean)
    .join(" ");
}

function line(key, names, classes) {
  const label = text(key);
  const pills = names.map((name) => el("li", { class: classes, text: name }));
  return el("div", {}, el("p", { text: label }), el("ul", { class: "role-list", "aria-label": label }, ...pills));
}
