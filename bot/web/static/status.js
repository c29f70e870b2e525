/** The line that screen readers read out when something happens elsewhere on the page. */

const line = document.getElementById("status");

export function say(words) {
  line.textContent = words;
}
