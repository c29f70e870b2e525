/** What the server has put into the page: its texts and a few facts. */

const data = JSON.parse(document.getElementById("data").textContent);

export const { host, lang, networks = [] } = data;

/** A text of the catalogue with its {places} filled in. The result is plain text, never markup. */
export function text(key, values = {}) {
  const found = data.texts[key];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

/** A moment as a time of day, in the language of the page. */
export function timeOfDay(instant) {
  return new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit" }).format(new Date(instant));
}
