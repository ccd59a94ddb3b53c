// Before a set: the list of stages follows what happens on them. Nothing that is being typed is lost.

const AGAIN_MS = 5_000;
const desk = document.querySelector("[data-places]");

const isTyped = () => Array.from(document.querySelectorAll("main input:not([type=hidden])")).some((field) => field.value);

async function look() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch("/api/v1/desk", { cache: "no-store" });
    if (answer.status === 401) return location.reload();
    const { version } = answer.ok ? await answer.json() : {};
    if (version && version !== desk.dataset.places && !isTyped()) location.reload();
  } catch {
    // The box is away; the list stays as it was.
  }
}

if (desk) {
  setInterval(look, AGAIN_MS);
  document.addEventListener("visibilitychange", look);
}
