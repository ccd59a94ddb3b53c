// Draws what only a wall has: announcements, the poll, the plan, the count of likes. Touches only what differs; text goes
// in as text.

import { part, say } from "./now.js";
import { notice, poll } from "./wall_state.js";

function show(name, visible) {
  const element = part(name);
  if (element && element.hidden === visible) element.hidden = !visible;
}

function drawNotice(known, at_ms) {
  const first = notice(known, at_ms);
  if (first) {
    part("wall-notice").dataset.level = first.level;
    say("wall-notice-by", first.by || "");
    say("wall-notice-text", first.text || "");
  }
  show("wall-notice", Boolean(first));
}

function drawOptions(asked) {
  const list = part("wall-poll-options");
  const template = part("wall-poll-option");
  if (list.childElementCount !== asked.options.length || list.dataset.poll !== asked.id) {
    list.replaceChildren(...asked.options.map(() => template.content.firstElementChild.cloneNode(true)));
    list.dataset.poll = asked.id;
  }
  asked.options.forEach((words, place) => {
    const row = list.children[place];
    say("option-words", words, row);
    say("option-share", `${asked.shares[place]} %`, row);
    row.querySelector("progress").value = asked.shares[place] / 100;
    row.classList.toggle("won", !asked.running && asked.winners.includes(place));
  });
}

function drawPoll(state, at_ms) {
  const asked = poll(state, at_ms);
  const section = part("wall-poll");
  document.querySelector("[data-wall]").toggleAttribute("data-polling", Boolean(asked));
  show("wall-poll", Boolean(asked));
  if (!asked) return;
  say("wall-poll-head", asked.running ? section.dataset.running : section.dataset.over);
  say("wall-poll-question", asked.question || "");
  drawOptions(asked);
}

const named = (slot) => [slot.dj, slot.title].filter(Boolean).join(" · ");

function drawPlan({ plan }, at_ms) {
  const now = plan?.now && plan.now.ends_ms > at_ms ? plan.now : null;
  const next = plan?.next || null;
  show("plan", Boolean(now || next));
  if (!now && !next) return;
  const until = part("plan").dataset.until;
  say("plan-now", now ? `${named(now)} ${until.replace("{time}", now.to_time)}`.trim() : "");
  show("plan-next-line", Boolean(next));
  say("plan-next", next ? `${next.from_time} ${named(next)}` : "");
}

export function drawWall(known, state, at_ms) {
  drawNotice(known, at_ms);
  drawPoll(state, at_ms);
  drawPlan(known, at_ms);
  show("wall-likes", Boolean(state.now && state.now.likes));
  show("before", state.history.length > 0);
}
