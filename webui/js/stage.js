// The dancers' page: ties the line, the state, the drawing and what its owner says together.

import { buzz, hearts } from "./alive.js";
import { drawComing } from "./coming.js";
import { house } from "./house.js";
import { keepLast, since } from "./last.js";
import { follow } from "./live.js";
import { notices } from "./notices.js";
import { draw, drawAges, drawLine, part, say, written } from "./now.js";
import { outbox } from "./outbox.js";
import "./scheme.js";
import { heardOf, saidInPage, saying } from "./saying.js";
import { LANES, plan } from "./plan.js";
import { sheet } from "./sheet.js";
import { apply } from "./state.js";
import { speak } from "./texts.js";
import { where } from "./where.js";

const REFRESH_SPREAD_MS = 2_000;
const WORDS_MS = 12_000;

const page = document.querySelector("[data-stage]");

function run() {
  speak(page);
  const known = since(page);
  let state = { ...written(page.dataset.state), ...saidInPage() };
  let refreshing = 0;
  let quiet = 0;
  let wasLost = false;
  let live = false;
  const told = notices();
  const planned = plan();
  told.take("state", JSON.parse(page.dataset.state), true);
  const around = where(page.dataset.stage);
  around("state", JSON.parse(page.dataset.state));

  function take(name, data, id) {
    if (id) known.id = id;
    told.take(name, data);
    planned.take(name, data);
    around(name, data);
    if (name === "state" || name === "ballot") own.asked(data?.ballot);
    const before = state;
    state = apply(state, name, data && { ...data, at_ms: Date.now() });
    if (state !== before) {
      draw(before, state);
      drawComing(state);
      if (name === "likes") hearts(before, state);
      voices.draw(state);
      if (before.now?.play !== state.now?.play) remember();
    }
    const pin = part("pin");
    if (pin) pin.hidden = state.session?.locked !== true;
    if (state.missed && !refreshing) refreshing = setTimeout(refresh, Math.random() * REFRESH_SPREAD_MS);
  }

  const remember = () => keepLast(known, state);

  // The page stands as it was drawn once, and more was known since then.
  function comeBack({ now, session }) {
    const track = now && { ...now, age_ms: Date.now() - now.began_ms };
    take("state", { ...JSON.parse(page.dataset.state), session, now: track });
  }

  // Plays came and went while the line was down. If this fails too, the next event asks again.
  async function refresh() {
    const history = `/api/v1/stages/${encodeURIComponent(page.dataset.stage)}/history?limit=31`;
    const [plays, mine] = await Promise.all([json(history), json("/api/v1/me/likes?limit=200")]);
    refreshing = 0;
    if (plays) take("history", plays);
    const liked = Object.fromEntries((mine?.likes || []).map(({ play }) => [play, true]));
    take("mine", { liked });
    box.waiting().forEach((word) => hear(word));
  }

  function words(text) {
    clearTimeout(quiet);
    say("words", text);
    if (text) quiet = setTimeout(say, WORDS_MS, "words", "");
  }

  function hear(word, outcome) {
    const heard = heardOf(word, outcome);
    if (heard) take(...heard);
    own.heard(word, outcome);
    // Whoever would rather not hear it likes it no more.
    if (word.kind === "dislike" && word.disliked && state.liked[word.play]) take("like", { play: word.play, liked: false });
  }

  const box = outbox({ tell: hear, words, texts: page.dataset });
  function want(word) {
    buzz();
    box.want(word);
  }

  const own = house(page, { load: more, want });
  const voices = saying({ stage: page.dataset.stage, want });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-like]");
    if (!form) return;
    event.preventDefault();
    const play = form.elements.play.value;
    want({ kind: "like", play, liked: state.liked[play] !== true });
  });

  function line(now) {
    known.heard_ms = now.contact;
    drawLine(now);
    drawAges(state);
    if (now.kind === "live" && !live && box.waiting().length) box.flush();
    if (now.kind === "live" && wasLost) setTimeout(told.catchUp, Math.random() * REFRESH_SPREAD_MS);
    wasLost = live && now.kind !== "live" ? true : wasLost && now.kind !== "live";
    live = now.kind === "live";
  }

  addEventListener("online", () => box.flush());
  voices.draw(state);
  own.asked(JSON.parse(page.dataset.state || "{}").ballot);
  box.waiting().forEach((word) => hear(word));
  planned.take("state", JSON.parse(page.dataset.state || "{}"));
  sheet();
  if (isSecureContext) more(page.dataset.extras);
  if ("now" in known) comeBack(known);
  else remember();
  addEventListener("pagehide", remember);
  follow(page.dataset, { onEvent: take, onLine: line, lanes: [...LANES, "ballot", "coming"], known });
}

// What only a secure page has is a script of its own: most phones come over plain HTTP and need not carry it.
function more(address) {
  const script = document.createElement("script");
  script.type = "module";
  script.src = address;
  document.head.append(script);
}

async function json(address) {
  try {
    const answer = await fetch(address, { cache: "no-store" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

if (page) run();
