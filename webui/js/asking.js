// Asking the floor from the DJ's desk without leaving the page. The poll itself comes back on the stage's own stream, as
// it does to everybody.

import { part } from "./now.js";
import { pollPart } from "./poll.js";

function pollOf(form) {
  const { question, options, lasts } = form.elements;
  const lines = options.value.split(/\r?\n/).filter((line) => line.trim());
  const poll = { question: question.value, options: lines };
  if (lasts.value) poll.lasts_s = Number(lasts.value);
  return poll;
}

// `send(address, body)`: gives the answer, or null after saying what is wrong.
export function asking({ sessionPath, send, settle }) {
  const section = part("asking");
  const poll = pollPart();
  let sending = false;

  async function doing(address, body) {
    if (sending) return null;
    sending = true;
    const result = await send(address, body);
    sending = false;
    if (result) settle();
    return result;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("form[data-ask]")) {
      event.preventDefault();
      if (!(await doing(`${sessionPath}/polls`, pollOf(form)))) return; // what was typed stays
      if (form.closest("details")) form.reset();
      form.closest("details")?.removeAttribute("open");
    }
    const act = form.action.match(/\/dj\/poll\/(end|cancel)$/);
    if (!act) return;
    event.preventDefault();
    doing(`${sessionPath}/polls/${encodeURIComponent(form.elements.poll.value)}/${act[1]}`, {});
  });

  function draw(state) {
    poll.draw(state.poll);
    const runs = Boolean(state.poll?.open);
    if (section) section.hidden = runs;
    const acts = part("poll-acts");
    if (acts) acts.hidden = !runs;
  }

  return { draw };
}
