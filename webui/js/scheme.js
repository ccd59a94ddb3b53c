// Dark, light, or as the phone has it. Without a script the switch is a form that brings the page again; here the page
// that is open changes at once, and one that comes back out of the browser's cache learns what was chosen meanwhile.
// `appliance/web/scheme.py` writes the same into pages.

const COOKIE = "pika_scheme";
const FOR_S = 365 * 24 * 3600;
const OWN = ["dark", "light"]; // in the order of the page's theme colours

const root = document.documentElement;
const chosen = () => document.cookie.match(`(?:^|; )${COOKIE}=(dark|light)(?:;|$)`)?.[1] || "";

function paint(scheme) {
  if (scheme) root.dataset.scheme = scheme;
  else delete root.dataset.scheme;
  document.querySelector("meta[name=color-scheme]").content = scheme || "dark light";
  document.querySelectorAll("meta[name=theme-color]").forEach((one, at) => {
    one.media = scheme ? (scheme === OWN[at] ? "all" : "not all") : `(prefers-color-scheme: ${OWN[at]})`;
  });
  document.querySelectorAll("[name=scheme]").forEach((one) => one.setAttribute("aria-pressed", one.value === scheme));
}

document.addEventListener("submit", (event) => {
  const { submitter, target } = event;
  if (submitter?.name !== "scheme") return;
  event.preventDefault();
  const scheme = submitter.value;
  paint(scheme);
  // At once, for the next page and while the box is away; what the box sets, Safari keeps for longer than a week.
  document.cookie = `${COOKIE}=${scheme}; path=/; max-age=${scheme ? FOR_S : 0}; samesite=lax`;
  fetch(target.action, { method: "POST", body: new URLSearchParams({ scheme }), redirect: "manual" }).catch(() => {});
});
addEventListener("pageshow", () => (root.dataset.scheme || "") !== chosen() && paint(chosen()));
