// The dancers' ways to answer back beside the heart. The forms work without it; with it words wait in the outbox.

import { freshId } from "./ids.js";
import { part, say } from "./now.js";
import { pollPart } from "./poll.js";
import { tempoOf } from "./voiced.js";

const THANKED_MS = 4_000;

// What a word on its way, or its outcome, means for the state: see voiced.js.
export function heardOf(word, result) {
  const refused = result === null;
  switch (word.kind) {
    case "like":
      return ["like", { play: word.play, liked: word.liked !== refused, likes: result?.likes }];
    case "tempo":
      return ["felt", { play: word.play, vote: refused ? null : word.vote, tempo: result?.tempo }];
    case "answer":
      return ["answer", { poll: word.poll, option: refused ? null : word.option, votes: result?.poll?.votes }];
    default:
      return null;
  }
}

// What this phone has said already, as the server has written it into the page.
export function saidInPage() {
  const pressed = (name) => part(name)?.querySelector('button[aria-pressed="true"]');
  const vote = pressed("tempo");
  const answer = pressed("poll");
  return {
    felt: vote ? { [vote.form.elements.play.value]: vote.dataset.vote } : {},
    answers: answer ? { [part("poll").dataset.poll]: Number(answer.dataset.place) } : {},
  };
}

function drawTempo(form, state) {
  if (!form) return;
  form.hidden = !state.now;
  if (!state.now) return;
  const mine = state.felt[state.now.play] || null;
  const counts = tempoOf(state.now);
  form.elements.play.value = state.now.play;
  for (const button of form.querySelectorAll("button[data-vote]")) {
    const { vote } = button.dataset;
    button.value = vote === mine ? "none" : vote;
    button.setAttribute("aria-pressed", String(vote === mine));
    say("tempo-count", counts[vote] || "", button);
  }
}

function drawThanks(form, state) {
  if (!form) return;
  form.hidden = !state.session;
  form.elements.play.value = state.now ? state.now.play : "";
}

export function saying({ stage, want }) {
  const tempo = part("tempo");
  const thanks = part("thanks");
  const poll = pollPart({ answer: (id, option) => want({ kind: "answer", stage, poll: id, option }) });
  let state = null;
  let quiet = 0;

  function clicked(event, name) {
    const button = event.target.closest(`button[data-${name}]`);
    if (button) event.preventDefault();
    return button && button.dataset[name];
  }

  tempo?.addEventListener("click", (event) => {
    const vote = clicked(event, "vote");
    if (!vote || !state?.now) return;
    const { play } = state.now;
    want({ kind: "tempo", stage, play, vote: state.felt[play] === vote ? null : vote });
  });

  thanks?.addEventListener("click", (event) => {
    const reaction = clicked(event, "reaction");
    if (!reaction) return;
    const session = state?.session?.id; // however late it arrives, it is for whoever plays now
    want({ kind: "reaction", stage, id: freshId(), reaction, session, play: state?.now?.play });
    say("thanked", thanks.dataset.thanked);
    clearTimeout(quiet);
    quiet = setTimeout(say, THANKED_MS, "thanked", "");
  });

  function draw(next) {
    state = next;
    drawTempo(tempo, next);
    drawThanks(thanks, next);
    poll.draw(next.poll, next.poll ? (next.answers[next.poll.id] ?? null) : null);
  }

  return { draw };
}
