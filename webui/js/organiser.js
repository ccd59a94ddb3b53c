// An event's page: how many are there, kept up to date. Everything else on it are forms.

const EVERY_MS = 5_000;
const page = document.querySelector("[data-event]");

function draw(name, { listeners, is_full }) {
  for (const count of document.querySelectorAll("[data-count]")) {
    if (count.dataset.count === name) count.textContent = listeners;
  }
  for (const full of document.querySelectorAll("[data-full]")) {
    if (full.dataset.full === name) full.hidden = !is_full;
  }
}

async function ask() {
  if (document.visibilityState === "hidden") return;
  try {
    const answer = await fetch(`/api/v1/events/${encodeURIComponent(page.dataset.event)}`, { cache: "no-store" });
    if (!answer.ok) return;
    const event = await answer.json();
    draw("", event);
    for (const stage of event.stages) draw(stage.id, stage);
  } catch {
    // The next time, perhaps: what stands here is only a little old.
  }
}

if (page) {
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
}
