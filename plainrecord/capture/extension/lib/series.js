// A long thread or feed as a numbered series of pictures and texts, from where the page stands, up or down, each overlapping
// the one before. Only on request; it ends at the end of the thread, at a limit, when the page changes, or when the person says so.

import { moveTo, whereNow, findPane } from "../inpage/moves.js";
import { photograph, TabChanged } from "./pictures.js";
import { closeExtent, inPage, numbered, putBack, reasonOf, takeArchive } from "./taking.js";

export const LIMITS = { steps: 200, minutes: 3, bytes: 300e6 };
const SHARE = 0.85; // of the pane's height; the rest is overlap
const STILL = 2; // steps without movement or growth that mean the end
const CORRECTIONS = 3;

/** Take the series. `direction` is "down" or "up"; `control.stopped` turns true when the person wants no more. */
export async function takeSeries(making, direction, control, now) {
  const before = await inPage(making.tab, whereNow);
  const { pane } = await inPage(making.tab, findPane);
  const start = await inPage(making.tab, whereNow); // the pane's own place, once it is marked
  Object.assign(making.facts, { scrolled: true, pane, direction, gaps: [] });
  making.made.extent.kind = "thread";
  const stopped = await walk(making, { direction, control, now, url: before.url });
  closeExtent(making, stopped === "end", stopped);
  await putBack(making, start);
  if (!["tab-changed", "page-changed"].includes(stopped)) await takeArchive(making, "-thread");
}

async function walk(making, { direction, control, now, url }) {
  const begun = performance.now();
  let bytes = 0;
  let last = null;
  let still = 0;
  const tilesBefore = making.made.parts.filter(({ role }) => role === "tile").length;
  for (let order = 1; ; ) {
    now("series", order);
    const taken = await making.step(`step-${String(order).padStart(4, "0")}`, () => takeStep(making, order, tilesBefore, { direction, last, url }));
    if (taken.failed !== undefined) return reasonOf(taken.error);
    if (taken.skipped) still += 1;
    else {
      still = 0;
      last = taken.place;
      bytes += taken.bytes;
      order += 1;
    }
    if (still === STILL) return "end";
    if (control.stopped) return "person";
    if (order > LIMITS.steps) return "limit-tiles";
    if (bytes > LIMITS.bytes) return "limit-bytes";
    if (performance.now() - begun > LIMITS.minutes * 60e3) return "limit-time";
  }
}

async function takeStep(making, number, tilesBefore, { direction, last, url }) {
  const place = await moveOn(making, direction, last);
  if (place.url !== url) throw new TabChanged("page-changed");
  if (last && Math.abs(place.y - last.y) <= 1 && place.whole === last.whole) return { skipped: "nothing new came into view" };
  const blob = await photograph(making.tab);
  const where = { order: tilesBefore + number, x: place.x, y: place.y, width: place.width, height: place.height };
  const name = await making.part(numbered("step", number, "png"), "tile", blob, where);
  if (place.text) await making.text(numbered("step", number, "txt"), "snapshot", place.text, where);
  if (last && gapBetween(direction, last, place)) making.facts.gaps.push(name);
  making.facts.places.push({ name, whole: place.whole, from_end: place.whole - place.y, pane: place.pane });
  return { name, place, bytes: blob.size };
}

/**
 * One step further. Upwards, places are counted from the end, because older messages are put in above and push everything down;
 * where the page did not hold its place while that happened, it is moved back to where the series had come to.
 */
async function moveOn(making, direction, last) {
  if (!last) return inPage(making.tab, moveTo, null, true);
  const way = last.height * SHARE;
  if (direction === "down") return inPage(making.tab, moveTo, last.y + way, true);
  const fromEnd = last.whole - last.y + way;
  let place = await inPage(making.tab, moveTo, Math.max(0, last.y - way), true);
  for (let tried = 0; tried < CORRECTIONS && place.whole - place.y > fromEnd + 2; tried += 1) {
    place = await inPage(making.tab, moveTo, place.whole - fromEnd, true);
  }
  return place;
}

function gapBetween(direction, last, place) {
  if (direction === "down") return place.y > last.y + last.height + 1;
  return place.whole - place.y - place.height > last.whole - last.y + 1;
}
