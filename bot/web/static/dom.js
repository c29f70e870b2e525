/** Building the page. Text goes in as text nodes only; there is no way here to pass markup. */

/**
 * Make an element. Options: `text`, `class`, `on` (event name -> listener), any property under `props`, and attributes
 * under their own names; an attribute that is null, undefined or false is left out. Children that are null are skipped.
 */
export function el(tag, options = {}, ...children) {
  const { text, class: classes, on = {}, props = {}, ...attributes } = options;
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  Object.assign(node, props);
  for (const [name, listener] of Object.entries(on)) node.addEventListener(name, listener);
  if (text !== undefined) node.append(text);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A button that can be pressed once at a time: it stays disabled until what it started is over. */
export function button(label, pressed, options = {}) {
  const node = el("button", { type: "button", text: label, ...options });
  node.addEventListener("click", async () => {
    if (node.disabled) return;
    node.disabled = true;
    try {
      await pressed();
    } finally {
      node.disabled = false;
    }
  });
  return node;
}

/** A heading that can take the focus when its part of the page appears, so that it is read out. */
export function heading(words, level = "h2") {
  return el(level, { text: words, tabindex: "-1", class: "step-title" });
}

/** Show nodes in place of what was there, and put the focus on what tells where one is now. */
export function show(root, nodes, { focus = true } = {}) {
  root.replaceChildren(...nodes.filter((node) => node !== null && node !== undefined));
  if (focus) root.querySelector("[data-focus], .step-title")?.focus();
}
