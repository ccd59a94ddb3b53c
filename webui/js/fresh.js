// A page asks for itself again and puts in what changed: every element with `data-fresh="name"`.

const WITHIN_MS = 8_000;

// The page at an address, or null. Whoever is logged out is led to where one logs in.
export async function pageAt(address) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), WITHIN_MS);
  try {
    const answer = await fetch(address, { cache: "no-store", signal: giveUp.signal });
    if (answer.status === 401) location.assign(address);
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

// Only what changed: an opened line stays open, and a screen reader hears nothing twice. `prepare` sees each piece first.
export function takeOver(fresh, prepare = () => {}) {
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const now = fresh.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
    if (!now) continue;
    prepare(now);
    if (!now.isEqualNode(old) && !old.querySelector("details[open]") && !old.contains(document.activeElement)) {
      old.replaceChildren(...[...now.childNodes].map((node) => document.adoptNode(node)));
    }
  }
}
