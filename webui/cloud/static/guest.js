// A guest's link: reads it where no server sees it, shows the night, and lets the guest be told, left alone or forgotten.
// The link stays in this browser, because a message leads to this page without it.

import { canPush, isApple, isStandalone, subscribed, subscription } from "./subscribing.js";

const KEPT = "pika.link";
const LINK = /^([A-Za-z0-9._-]{1,64})\.([0-9a-f]{40})$/;

const root = document.querySelector("[data-key]");
const find = (selector) => root.querySelector(selector);
const wishes = find("[data-wishes]");
let link = null;

function only(kind, name) {
  for (const one of root.querySelectorAll(`[data-${kind}]`)) one.hidden = one.dataset[kind] !== name;
}

function read(text) {
  const found = LINK.exec(text.slice(text.lastIndexOf("#") + 1).trim());
  return found && { box: found[1], secret: found[2] };
}

function kept(value) {
  try {
    if (value === null) localStorage.removeItem(KEPT);
    else if (value) localStorage.setItem(KEPT, value);
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

async function ask(path, more = {}) {
  const answer = await fetch(`/c/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...link, ...more }),
    credentials: "omit",
    cache: "no-store",
  });
  if (answer.status === 204) return null;
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.code), { code: said.code });
  return said;
}

function add(parent, name, words, kind = "") {
  const element = parent.appendChild(document.createElement(name));
  element.textContent = words;
  if (kind) element.className = kind;
  element.dir = "auto";
  return element;
}

function showLikes(likes) {
  const list = find("[data-likes] ol");
  for (const like of likes) {
    const words = add(add(list, "li", "", "row"), "div", "", "row-words");
    add(words, "p", like.title, "row-title");
    const at = like.at_ms && new Date(like.at_ms).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    add(words, "p", [like.artist, like.dj, at].filter(Boolean).join(" · "), "row-notes");
  }
  find("[data-none]").hidden = likes.length > 0;
  find("[data-likes]").hidden = false;
}

function showStages(stages, topics) {
  for (const stage of stages) {
    const label = add(find(".wishes"), "label", "", "wish");
    Object.assign(label.appendChild(document.createElement("input")), { type: "checkbox", name: "topic", value: stage.id });
    add(label, "span", stage.name);
  }
  if (topics.length) for (const box of wishes.elements.topic) box.checked = topics.includes(box.value);
}

async function tell(event) {
  event.preventDefault();
  const stages = new FormData(wishes).getAll("topic");
  if (!stages.length) return leave();
  try {
    // Asked for by a tap, and not before: browsers want it so, and so do people.
    if ((await Notification.requestPermission()) !== "granted") return only("tells", "denied");
    const { endpoint, keys } = (await subscribed(root.dataset.key)).toJSON();
    await ask("subscribe", { subscription: { endpoint, keys }, stages });
    only("tells", "on");
    find("[data-off]").hidden = false;
  } catch {
    only("tells", "failed");
  }
}

async function leave() {
  try {
    await ask("unsubscribe", { endpoint: (await subscription())?.endpoint ?? "" });
    only("tells", "off");
    find("[data-off]").hidden = true;
  } catch {
    only("says", "offline");
  }
}

async function forget() {
  try {
    await ask("forget");
    await (await subscription())?.unsubscribe();
  } catch (error) {
    return only("says", error.code === "link_unknown" ? "not_yet" : "offline");
  }
  kept(null);
  history.replaceState(null, "", location.pathname + location.search);
  for (const part of ["likes", "tell", "forget"]) find(`[data-${part}]`).hidden = true;
  only("says", "forgotten");
}

function offer(topics) {
  const why = canPush ? (root.dataset.key ? "" : "silent") : isApple && !isStandalone ? "iphone" : "cannot";
  only("tells", why || (topics.length ? "on" : Notification.permission === "denied" ? "denied" : ""));
  wishes.hidden = Boolean(why);
  find("[data-off]").hidden = !topics.length;
  find("[data-tell]").hidden = find("[data-forget]").hidden = false;
}

async function open(text) {
  link = read(text);
  find("[data-paste]").hidden = Boolean(link);
  if (!link) return only("says", "no_link");
  kept(`${link.box}.${link.secret}`);
  // Out of the address, but where it is what an iPhone puts on its Home Screen.
  if (!isApple || isStandalone) history.replaceState(null, "", location.pathname + location.search);
  only("says", "looking");
  try {
    const night = await ask("night", { endpoint: (await subscription())?.endpoint ?? "" });
    only("says", night.known ? "" : "waiting");
    if (night.event) find("[data-event]").textContent = night.event;
    if (night.known) showLikes(night.likes);
    showStages(night.stages, night.topics);
    offer(night.topics);
  } catch {
    only("says", "offline");
  }
}

wishes.addEventListener("submit", tell);
find("[data-off]").addEventListener("click", leave);
find("[data-forgets]").addEventListener("click", forget);
find("[data-paste]").addEventListener("submit", (event) => {
  event.preventDefault();
  open(event.target.elements.link.value);
});
open(location.hash || kept());
