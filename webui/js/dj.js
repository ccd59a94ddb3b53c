// The DJ's desk: signs of life, live counts, and announcing without leaving the page.
//
// Every form here works without this file; it only saves the reload.

import "./pair.js";
import "./places.js";
import { asking } from "./asking.js";
import { LANES, ending } from "./ending.js";
import { feeling } from "./feeling.js";
import { freshId } from "./ids.js";
import "./quiet.js";
import "./renews.js";
import { finding } from "./finding.js";
import { floorOf } from "./floor.js";
import { follow } from "./live.js";
import { draw, drawAges, drawLine, part, say, written } from "./now.js";
import { notesOf } from "./passing.js";
import { apply } from "./state.js";

const ALIVE_MS = 30_000;
const desk = document.querySelector("[data-session]");

function trouble(words) {
  const notice = part("trouble");
  if (notice) notice.hidden = !words;
  say("trouble-words", words);
}

// Gives the answer's JSON, or null after saying what is wrong.
async function send(address, body) {
  let answer;
  try {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    trouble("The box can’t be reached. Nothing was lost: check the Wi-Fi, then try again.");
    return null;
  }
  const result = await answer.json().catch(() => ({}));
  if (answer.ok) return result;
  trouble([result.detail || "The box did not take this.", result.advice].filter(Boolean).join(" "));
  return null;
}

function playOf(form) {
  const { id, title, artist, bpm, key } = form.elements;
  const play = { id: id.value, title: title.value, artist: artist.value };
  if (bpm.value.trim()) play.bpm = Number(bpm.value.trim().replace(",", "."));
  if (key.value.trim()) play.key = key.value.trim();
  return play;
}

function announcing(form, sessionPath) {
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    const play = playOf(form);
    if (Number.isNaN(play.bpm)) {
      trouble("BPM must be a number, such as 126 or 125.5.");
      form.elements.bpm.focus();
      return;
    }
    sending = true;
    const result = await send(`${sessionPath}/plays`, play);
    sending = false;
    if (!result) return; // what was typed stays, and so does its id: sent again, it is the same play
    trouble("");
    for (const name of ["title", "artist", "bpm", "key"]) form.elements[name].value = "";
    form.elements.id.value = freshId();
    say("typed-repeat", "");
    say("announced", result.current === false ? "Stored as history: something newer is on." : "Dancers see it now.");
    form.elements.title.focus();
  });
}

function run() {
  const session = desk.dataset.session;
  const sessionPath = `/api/v1/sessions/${encodeURIComponent(session)}`;
  let state = written(desk.dataset.state);
  let over = false;
  const floor = feeling();
  const ask = asking({ sessionPath, send, settle: () => trouble("") });
  const end = ending({ trouble });

  function take(name, data) {
    end.take(name, data);
    const before = state;
    state = apply(state, name, data && { ...data, at_ms: Date.now() });
    draw(before, state);
    floor.draw(state);
    ask.draw(state);
    say("like-count", state.now ? state.now.likes : 0);
    const stop = part("stop");
    if (stop) stop.hidden = !state.now;
    if (!over && state.session?.id !== session) ended();
  }

  // The page stays as it is: half a title may be typed in it.
  function ended() {
    over = true;
    const next = state.session ? `${state.session.dj} plays now.` : "It was ended.";
    trouble(`This set is over. ${next} Reload the page to see the stages.`);
  }

  async function alive() {
    if (over) return;
    try {
      const answer = await fetch(`${sessionPath}/alive`, { method: "POST" });
      if (answer.status === 401) trouble("You are logged out. Reload the page to log in again.");
      else if (answer.status === 409 || answer.status === 403) ended();
    } catch {
      // The line at the top says so already; the next sign of life is soon.
    }
  }

  floor.draw(state);
  ask.draw(state);
  const form = document.querySelector("form[data-play]");
  if (form) announcing(form, sessionPath);
  if (form) end.typing(form);
  if (form) finding(form);
  end.take("state", JSON.parse(desk.dataset.state || "{}"));
  notesOf(session);
  floorOf(sessionPath);
  setInterval(alive, ALIVE_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && alive());
  follow(desk.dataset, {
    lanes: LANES,
    onEvent: take,
    onLine: (line) => {
      drawLine(line);
      drawAges(state);
    },
  });
}

if (desk) run();
