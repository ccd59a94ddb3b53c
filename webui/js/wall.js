// The wall screen: ties the line, the state, the drawing, what flies and what keeps it right together.

import { fly } from "./hearts.js";
import { follow } from "./live.js";
import { draw, part, written } from "./now.js";
import { closingLine } from "./plan.js";
import { apply } from "./state.js";
import { care } from "./wall_care.js";
import { drawWall } from "./wall_parts.js";
import { LANES, NOTHING, came, learn } from "./wall_state.js";

const TICK_MS = 1_000;
const LOST_AFTER_MS = 15_000; // a restart of the box is no news for a hall

const page = document.querySelector("[data-wall]");

function run() {
  let state = written(page.dataset.state);
  let known = learn(NOTHING, "state", { ...JSON.parse(page.dataset.state), at_ms: Date.now() });
  let refreshing = false;
  let lostAt = 0;
  const { check } = care(page);
  const ending = closingLine();

  function take(name, data) {
    const said = data && { ...data, at_ms: Date.now() };
    const before = state;
    state = apply(state, name, said);
    if (said) known = learn(known, name, said);
    if (state !== before) draw(before, state);
    drawWall(known, state, Date.now());
    if (name === "likes") fly("heart", likesOf(state) - likesOf(before));
    if (name === "reactions") for (const [kind, n] of Object.entries(came(before.reactions, state.reactions))) fly(kind, n);
    const closing = name === "closing" ? said : said?.lanes?.closing;
    if (closing) ending(closing);
    if (name === "event" || name === "stage") check();
    if (state.missed) refresh();
  }

  // Plays came and went while the line was down. If this fails too, the next event asks again.
  async function refresh() {
    if (refreshing) return;
    refreshing = true;
    try {
      const answer = await fetch(`/api/v1/stages/${encodeURIComponent(page.dataset.wall)}/history?limit=5&as=wall`);
      if (answer.ok) take("history", await answer.json());
    } catch {
      // The box is away.
    } finally {
      refreshing = false;
    }
  }

  function line({ kind, faded }) {
    if (kind === "live" && lostAt) check();
    lostAt = kind === "live" ? 0 : lostAt || Date.now();
    part("wall-lost").hidden = !lostAt || Date.now() - lostAt < LOST_AFTER_MS;
    part("now").classList.toggle("faded", faded);
  }

  follow(page.dataset, { onEvent: take, onLine: line, lanes: LANES });
  drawWall(known, state, Date.now());
  setInterval(() => drawWall(known, state, Date.now()), TICK_MS); // what is over goes by itself
}

// Only of one and the same track: between two tracks the counts have nothing to do with each other.
const likesOf = ({ now }) => Number(now?.likes) || 0;

if (page) run();
