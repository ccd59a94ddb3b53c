// Forms with `data-quiet` are sent without leaving the page: what else is typed in it stays. The answer is the page that
// a browser without this file would have got; its pieces are taken over, and what went wrong is said as there.

import { takeOver } from "./fresh.js";
import { part, say } from "./now.js";

function trouble(words) {
  part("trouble").hidden = !words;
  say("trouble-words", words);
}

// An id that was used must not be used again: the fresh page brings another.
function renew(form, fresh) {
  const next = fresh.querySelector(`form[action="${form.getAttribute("action")}"] input[name="id"]`);
  form.reset();
  if (form.elements.id && next) form.elements.id.value = next.value;
}

async function send(form) {
  const inList = form.closest("[data-fresh]");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const problem = fresh.querySelector("main > .notice.problem:not([hidden])");
    trouble(problem ? problem.textContent.trim() : "");
    if (problem || !answer.ok) return;
    if (inList) document.activeElement.blur();
    takeOver(fresh);
    renew(form, fresh);
    say("quiet-said", inList ? "Taken back." : "Sent.");
  } catch {
    trouble("The box can’t be reached. Nothing was lost: check the Wi-Fi, then try again.");
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-quiet]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  await send(form);
  delete form.dataset.sending;
});
