// What flies over a wall: hearts and what dancers tell the DJ. It rains when many come at once, and never piles up:
// whatever comes while the air is full is left out. Nothing flies for people who asked for no motion, or unseen.

import { part } from "./now.js";

const MOST_IN_THE_AIR = 48;
const MOST_AT_ONCE = 16;
const RISE_MS = [3_500, 6_500];
const SPREAD_MS = 1_200;

const between = (low, high) => low + Math.random() * (high - low);
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function rise(sky, template, kind) {
  const flyer = template.content.firstElementChild.cloneNode(true);
  if (typeof flyer.animate !== "function") return;
  flyer.dataset.kind = kind;
  flyer.style.insetInlineStart = `${between(4, 92)}%`;
  flyer.style.opacity = "0";
  sky.append(flyer);
  const drift = between(-6, 6);
  const height = -sky.clientHeight * between(0.7, 1.05);
  const steps = [
    { transform: "translate(0, 0) scale(0.6)", opacity: 0 },
    { opacity: 0.95, offset: 0.12 },
    { transform: `translate(${drift}vw, ${height}px) scale(1.15)`, opacity: 0 },
  ];
  const flight = flyer.animate(steps, { duration: between(...RISE_MS), delay: between(0, SPREAD_MS), easing: "ease-out" });
  flight.onfinish = flight.oncancel = () => flyer.remove();
}

export function fly(kind, count) {
  const sky = part("hearts");
  const template = part(`flyer-${kind}`);
  if (!sky || !template || document.visibilityState === "hidden" || still()) return;
  const room = Math.min(count, MOST_AT_ONCE, MOST_IN_THE_AIR - sky.childElementCount);
  for (let n = 0; n < room; n += 1) rise(sky, template, kind);
}
