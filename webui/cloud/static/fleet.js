// The cloud's page of boxes: what is on comes as a stream and is put in at once, everything else is asked for again
// every few seconds. Without it the page renews itself.

const EVERY_MS = 10_000;
const WITHIN_MS = 8_000;

const page = document.querySelector("[data-fleet]");
const lost = document.querySelector("[data-lost]");

function made(name, words, className) {
  const element = document.createElement(name);
  element.textContent = words;
  if (className) element.className = className;
  return element;
}

function onStage(stage) {
  const item = made("li", "", "on-stage");
  const where = made("span", "", "row-notes");
  where.append(made("bdi", stage.name || stage.stage));
  const title = made("strong", stage.title || "Nothing on");
  title.dir = "auto";
  item.append(where, title);
  if (stage.artist) {
    const artist = made("span", stage.artist);
    artist.dir = "auto";
    item.append(artist);
  }
  item.append(made("span", `${stage.listeners} listening · ${stage.likes} ${stage.likes === 1 ? "like" : "likes"}`, "row-notes"));
  return item;
}

// Only what changed, so that a screen reader hears nothing twice.
function show(told) {
  const list = document.querySelector(`[data-box="${CSS.escape(told.box)}"] [data-stages]`);
  if (!list) return;
  const fresh = document.createElement("ul");
  fresh.append(...told.stages.map(onStage));
  const same = fresh.childElementCount === list.childElementCount
    && [...fresh.children].every((item, place) => item.isEqualNode(list.children[place]));
  if (!same) list.replaceChildren(...fresh.childNodes);
}

function takeOver(fresh) {
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const now = fresh.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
    // Whoever is about to type a name or to give a box up is not disturbed.
    if (!now || now.isEqualNode(old) || old.querySelector("details[open]")) continue;
    old.replaceChildren(...[...now.childNodes].map((node) => document.adoptNode(node)));
    old.hidden = now.hidden;
  }
}

async function renew() {
  try {
    const answer = await fetch(page.dataset.fleet, { cache: "no-store", signal: AbortSignal.timeout(WITHIN_MS) });
    if (answer.status === 401) location.assign(page.dataset.fleet);
    if (!answer.ok) throw new Error(String(answer.status));
    takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

async function forever() {
  await renew();
  setTimeout(forever, EVERY_MS);
}

if (page) {
  setTimeout(forever, EVERY_MS);
  const stream = new EventSource(page.dataset.live);
  stream.addEventListener("live", (event) => {
    const told = JSON.parse(event.data);
    show(told);
  });
}
