// Draws a stage's poll into the part `poll`, which brings its wording along: to answer for dancers, to watch for DJs.

import { part, say } from "./now.js";

const TICK_MS = 1_000;
const RESULT_MS = 300_000; // so long a result stays

const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// The same words as the `left` of pages/voice_parts.html.
const left = (ms) => {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

function row(template) {
  return template.content.firstElementChild.cloneNode(true);
}

function drawOption(element, { text, votes, total, place, mine, isOpen, won }) {
  say("option-text", text, element);
  say("option-votes", votes, element);
  const bar = part("option-bar", element);
  bar.max = Math.max(1, total);
  bar.value = votes;
  element.classList.toggle("won", won);
  const button = element.querySelector("button");
  if (!button) return;
  button.value = mine ? "none" : String(place);
  button.dataset.place = place;
  button.disabled = !isOpen;
  button.setAttribute("aria-pressed", String(mine));
}

function result(poll, words) {
  const winners = poll.winners || [];
  if (!winners.length) return words.nobody;
  const names = winners.map((place) => poll.options[place]);
  if (names.length === 1) return filled(words.won, { option: names[0] });
  return filled(words.tie, { options: names.join(` ${words.and} `) });
}

export function pollPart({ answer } = {}) {
  const section = part("poll");
  const list = section && part("poll-options", section);
  const template = section && part("poll-option", section);
  let shown = null;
  let mine = null;
  let ticking = 0;

  function isOver() {
    return !shown.open || (shown.ends_ms !== null && shown.ends_ms <= Date.now());
  }

  function words() {
    if (isOver()) return shown.open ? section.dataset.counting : result(shown, section.dataset);
    return shown.ends_ms === null ? "" : filled(section.dataset.left, { time: left(shown.ends_ms - Date.now()) });
  }

  function tick() {
    const stale = shown && shown.over_at_ms !== null && Date.now() - shown.over_at_ms > RESULT_MS;
    // Whoever is in there with a keyboard is not thrown out.
    const isUsed = section.contains(document.activeElement);
    section.hidden = (!shown || stale) && !isUsed;
    clearTimeout(ticking);
    if (section.hidden) return;
    ticking = setTimeout(tick, TICK_MS);
    if (!shown) return;
    say("poll-words", words(), section);
    section.dataset.open = String(!isOver());
    for (const button of list.querySelectorAll("button")) button.disabled = isOver();
  }

  function draw(poll, own = null) {
    if (!section || (poll === shown && own === mine)) return;
    shown = poll;
    mine = own;
    if (poll) {
      const total = poll.votes.reduce((sum, n) => sum + n, 0);
      if (section.dataset.poll !== poll.id) list.replaceChildren();
      section.dataset.poll = poll.id;
      say("poll-question", poll.question, section);
      say("poll-total", total, section);
      poll.options.forEach((text, place) => {
        const element = list.children[place] || list.appendChild(row(template));
        const won = (poll.winners || []).includes(place);
        drawOption(element, { text, votes: poll.votes[place], total, place, mine: place === own, isOpen: poll.open, won });
      });
      for (const field of section.querySelectorAll("input[name=poll]")) field.value = poll.id;
    }
    tick();
  }

  if (section && answer) {
    section.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-place]");
      if (!button || !shown) return;
      event.preventDefault();
      const place = Number(button.dataset.place);
      answer(shown.id, place === mine ? null : place);
    });
  }
  return { draw };
}
