// What the house plays next: keeps the card live, and fetches it when another song is asked about. Comes into a page
// only once the house plays; the page tells it what changed, and takes what its owner says, by events of its document.

const SPREAD_MS = 3_000; // a hall full of phones does not ask in step
const page = document.querySelector("[data-stage]");
const find = (name, within = document) => within.querySelector(`[data-part="${name}"]`);
const buttons = (section) => Array.from(section.querySelectorAll("button[data-choice]"));
const pressed = (button, yes) => button.setAttribute("aria-pressed", String(yes));

let asking = 0;
let mine = null; // the place of this phone's vote, or null

const asked = () => JSON.parse(page.dataset.ballot || "null");

function seen(section) {
  const own = buttons(section).find((button) => button.getAttribute("aria-pressed") === "true");
  mine = own ? Number(own.dataset.choice) : null;
}

function drawVotes(section, { votes, open, won }) {
  section.dataset.open = String(open);
  const total = Math.max(1, votes.reduce((sum, n) => sum + n, 0));
  for (const button of buttons(section)) {
    const place = Number(button.dataset.choice);
    find("choice-votes", button).textContent = votes[place] ?? 0;
    Object.assign(button.querySelector("meter"), { max: total, value: votes[place] ?? 0 });
    button.disabled = !open;
    button.value = place === mine ? "none" : String(place);
    pressed(button, place === mine);
    button.parentElement.classList.toggle("won", place === won);
    const words = find("next-words", section);
    if (place === won) words.textContent = section.dataset.comes.replace("{title}", find("choice-title", button).textContent);
  }
}

async function fetchCard() {
  asking = 0;
  const answer = await fetch(`/s/${encodeURIComponent(page.dataset.stage)}/next`, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return; // the next thing that changes asks again
  const card = find("next", new DOMParser().parseFromString(await answer.text(), "text/html"));
  const before = find("next");
  if (card && before) before.replaceWith(document.adoptNode(card));
  else if (card) find("below").prepend(document.adoptNode(card));
  if (card) seen(card);
  draw();
}

function draw() {
  const ballot = asked();
  const section = find("next");
  if (!ballot) return section?.remove();
  if (section?.dataset.ballot === ballot.id) return drawVotes(section, ballot);
  asking ||= setTimeout(fetchCard, Math.random() * SPREAD_MS);
}

const want = (word) => document.dispatchEvent(new CustomEvent("pika:want", { detail: word }));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-part=next] button");
  const ballot = asked();
  if (!button || !ballot) return;
  event.preventDefault();
  if ("dislike" in button.dataset) {
    const disliked = button.getAttribute("aria-pressed") !== "true";
    want({ kind: "dislike", play: button.form.elements.play.value, disliked });
  } else {
    const place = Number(button.dataset.choice);
    want({ kind: "choice", stage: page.dataset.stage, ballot: ballot.id, option: place === mine ? null : place });
  }
});

// What this phone's owner said, and what came of it: no result while it is only said, null when it was refused.
document.addEventListener("pika:heard", ({ detail: { word, result } }) => {
  const section = find("next");
  const ballot = asked();
  if (!section) return;
  if (word.kind === "choice" && ballot?.id === word.ballot) {
    mine = result === null ? null : word.option;
    drawVotes(section, { ...ballot, votes: result?.ballot?.votes || ballot.votes });
  }
  const { play, disliked } = section.querySelector("[data-dislike]").form.elements;
  if (word.play !== play.value || !["like", "dislike"].includes(word.kind)) return;
  const is = word.kind === "dislike" && word.disliked && result !== null;
  if (word.kind === "like" && !word.liked) return;
  disliked.value = is ? "no" : "yes";
  pressed(section.querySelector("[data-dislike]"), is);
});

document.addEventListener("pika:ballot", draw);
if (find("next")) seen(find("next"));
draw();
