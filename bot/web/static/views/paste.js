/** Signing elsewhere: hand out the text, take the signature. */

import { ApiError } from "../api.js";
import { copyButton } from "../clipboard.js";
import { button, el, heading, show } from "../dom.js";
import { text, timeOfDay } from "../page_data.js";
import { looksSecret } from "../secrets_guard.js";
import { say } from "../status.js";
import { textBlock } from "./waiting.js";

const LONGEST_ANSWER = 16000;
const LONGEST_ADDRESS = 120;

/** `ask(address)` gets a challenge; `onRefused(error)` returns true when nothing more can be done on this page. */
export function pasteView({ network, ask, onAnswer, onRefused, onBack }) {
  const node = el("div", { class: "paste" });
  const back = () => button(text("js.back"), async () => onBack(), { class: "quiet" });

  async function request(address, problem) {
    try {
      const challenge = await ask(address);
      show(node, answerForm(challenge, network, onAnswer, back()));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!onRefused(error)) problem(error.message);
    }
  }

  node.append(...(network.needs_address ? addressForm(network, request, back()) : startForm(network, request, back())));
  return node;
}

function startForm(network, request, back) {
  const problem = problemLine("start-problem");
  const next = button(text("js.paste.get_text"), () => request(null, problem.tell), { class: "primary" });
  return [
    heading(text("js.paste.title")),
    el("p", { text: text("js.paste.intro", { network: network.label }) }),
    problem.node,
    el("div", { class: "actions" }, next, back),
  ];
}

function addressForm(network, request, back) {
  const problem = problemLine("address-problem");
  const input = el("input", {
    id: "address",
    class: "address",
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    placeholder: "0x…",
    maxlength: String(LONGEST_ADDRESS),
    "aria-describedby": "address-problem",
  });
  const submit = el("button", { type: "submit", class: "primary", text: text("js.paste.get_text") });
  const form = el(
    "form",
    { novalidate: true },
    el("label", { for: "address", class: "label", text: text("js.paste.address", { network: network.label }) }),
    input,
    problem.node,
    el("div", { class: "actions" }, submit, back),
  );
  onSubmit(form, submit, async () => {
    const address = input.value.trim();
    if (looksSecret(address)) problem.tell(text("js.paste.secret"));
    else if (address === "") problem.tell(text("js.paste.no_address"));
    else return request(address, problem.tell);
    input.focus();
    return undefined;
  });
  return [heading(text("js.paste.title")), el("p", { text: text("js.paste.intro", { network: network.label }) }), form];
}

function answerForm(challenge, network, onAnswer, back) {
  const problem = problemLine("answer-problem");
  const area = el("textarea", {
    id: "answer",
    rows: "5",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: String(LONGEST_ANSWER),
    "aria-describedby": "answer-hint answer-problem",
  });
  const submit = el("button", { type: "submit", class: "primary", text: text("js.paste.send") });
  const form = el(
    "form",
    { novalidate: true },
    el("label", { for: "answer", class: "label", text: text("js.paste.answer") }),
    el("p", { id: "answer-hint", class: "note", text: text("js.paste.answer_hint") }),
    area,
    problem.node,
    el("div", { class: "actions" }, submit, back),
  );
  onSubmit(form, submit, async () => {
    const answer = area.value.trim();
    if (answer === "") {
      problem.tell(text("js.paste.no_answer"));
      area.focus();
    } else if (looksSecret(answer)) {
      area.value = "";
      problem.tell(text("js.paste.secret"));
      area.focus();
    } else {
      onAnswer(challenge, answer);
    }
  });
  return [
    heading(text("js.paste.sign_title")),
    el("p", { text: text("js.paste.sign_hint", { time: timeOfDay(challenge.expires_at) }) }),
    textBlock(challenge.text),
    el("div", { class: "actions tight" }, copyButton(challenge.text, text("js.paste.copy_text"))),
    ways(challenge, network),
    form,
  ];
}

function ways(challenge, network) {
  const summary = el("summary", { text: text("js.paste.how") });
  if (network.family !== "chia") return el("details", {}, summary, el("p", { text: text("js.paste.how_ethereum") }));
  const command = `chia wallet sign_message -a ${network.prefix}1… -m "${challenge.text}"`;
  return el(
    "details",
    {},
    summary,
    el("p", { text: text("js.paste.how_chia") }),
    el("p", { text: text("js.paste.how_cli", { address: `${network.prefix}1…` }) }),
    textBlock(command),
    copyButton(command, text("js.paste.copy_command")),
  );
}

function onSubmit(form, submit, send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    try {
      await send();
    } finally {
      submit.disabled = false;
    }
  });
}

function problemLine(id) {
  const node = el("p", { id, class: "problem", hidden: true });
  return {
    node,
    tell(words) {
      node.textContent = words;
      node.hidden = false;
      say(words);
    },
  };
}
