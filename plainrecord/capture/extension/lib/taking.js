// What is taken of a page, least intrusive first: the picture as seen, what the page says of itself, its archive. Only these
// happen on a click. Scrolling comes last, only when asked for, and the page is put back where it was.

import { moveTo, siteClock, whereNow } from "../inpage/moves.js";
import { api, photographsWithoutScrolling } from "./browser.js";
import { sha256, utf8 } from "./bytes.js";
import { looksLikePdf } from "./careful.js";
import { LARGEST_PART } from "./making.js";
import { photograph, joined, TabChanged } from "./pictures.js";
import { keep, partBytes } from "./shelf.js";

const BOTH_ARCHIVES_BELOW = 32e6;
const PAGE_TILES = 60;
const PAGE_TIME = 60e3;
const FIREFOX_TILE = 4000; // CSS pixels
const FIREFOX_TILES = 60;
const ARCHIVE_TRIES = 3;
const OVERLAP = 0.1;

/** Run a function or a file of ours inside the page, in the world its own scripts cannot reach. */
export async function inPage(tab, what, ...args) {
  const how = typeof what === "string" ? { files: [what] } : { func: what, args };
  const [answer] = await api.scripting.executeScript({ target: { tabId: tab.id }, ...how });
  if (answer?.error) throw new Error(answer.error.message ?? String(answer.error));
  if (answer?.result === undefined || answer.result === null) throw new Error("the page gave no answer");
  return answer.result;
}

/** Everything that can be taken without touching the page. `now` is told the name of each step as it begins. */
export async function takeQuietly(making, { askSiteClock }, now) {
  const { tab } = making;
  now("viewport");
  await making.step("viewport", async () => making.part("viewport.png", "viewport", await photograph(tab)));
  now("page-facts");
  const facts = await making.step("page-facts", async () => noteFacts(making, await inPage(tab, "inpage/facts.js")));
  if (facts.failed !== undefined) {
    if (looksLikePdf(tab.url)) making.made.extent.kind = "pdf";
    return;
  }
  await making.step("text", () => (facts.text ? making.text("text.txt", "text", facts.text) : { skipped: "the page shows no text" }));
  if (facts.selection) await making.step("selection", () => making.text("selection.txt", "selection", facts.selection));
  if (askSiteClock) await making.step("site-clock", () => noteClock(making));
  now("archive");
  await takeArchive(making);
}

async function noteFacts(making, facts) {
  const { url, title, text, selection, view, ...page } = facts;
  const { made } = making;
  for (const [name, value] of Object.entries(page)) made.page[name] = value && String(value).slice(0, name === "language" ? 100 : 4000);
  made.selection = selection && selection.slice(0, 65000);
  made.view = { ...view, zoom: await api.tabs.getZoom(making.tab.id).catch(() => 1) };
  if (page.content_type === "application/pdf") made.extent.kind = "pdf";
  making.draft.text_sha256 = await sha256(utf8(text));
  if (url !== made.page.url) making.facts.notes.push(`the page called itself ${url.slice(0, 2000)}`);
  return { text, selection };
}

/** How far this device's clock stands from what the site claims; a claim, kept as one. */
async function noteClock(making) {
  const { asked, answered, date, reason } = await inPage(making.tab, siteClock);
  const here = ({ wall_ms, mono_ms }) => ({ wall_ms, mono_ms: mono_ms - performance.timeOrigin });
  const server = { asked: here(asked), answered: here(answered), date, offset_ms: null, uncertainty_ms: null, reason };
  making.made.times.server = server;
  const claimed = date ? Date.parse(date) : NaN;
  if (Number.isNaN(claimed)) {
    server.reason ??= date ? "the date could not be read" : "the site's answer had no date that a page may read";
    return { skipped: server.reason };
  }
  // The header counts whole seconds; the middle of that second is the best guess.
  server.offset_ms = claimed + 500 - (asked.wall_ms + answered.wall_ms) / 2;
  server.uncertainty_ms = (answered.mono_ms - asked.mono_ms) / 2 + 500;
  return null;
}

/** The page as the browser archives it, where the person allowed that; our own single file otherwise, or beside a small one. */
export async function takeArchive(making, suffix = "") {
  const allowed = api.pageCapture && (await api.permissions.contains({ permissions: ["pageCapture"] }));
  const archived = await making.step("mhtml", () => (allowed ? browserArchive(making, suffix) : { skipped: "this browser or person did not allow it" }));
  const size = making.made.parts.find(({ name }) => name === archived)?.size;
  const enough = size !== undefined && size >= BOTH_ARCHIVES_BELOW;
  await making.step("html", () => (enough ? { skipped: "the page is large and its archive was kept" } : ownArchive(making, suffix)));
}

/** The blob is read at once: left alone it may become unreadable, and then another try gives a good one. */
async function browserArchive(making, suffix) {
  for (let tried = 1; ; tried += 1) {
    try {
      const blob = await api.pageCapture.saveAsMHTML({ tabId: making.tab.id });
      if (blob.size > LARGEST_PART) throw new RangeError("larger than 512 MB");
      const bytes = await blob.arrayBuffer();
      return await making.part(`page${suffix}.mhtml`, "mhtml", new Blob([bytes], { type: "multipart/related" }));
    } catch (error) {
      if (error instanceof RangeError || tried === ARCHIVE_TRIES) throw error;
    }
  }
}

async function ownArchive(making, suffix) {
  const { html, missing } = await inPage(making.tab, "inpage/snapshot.js");
  making.facts.missing.push(...missing.map((one) => ({ ...one, part: `page${suffix}.html` })));
  return making.part(`page${suffix}.html`, "html", new Blob([utf8(html)], { type: "text/html" }));
}

/** The whole page as pictures. In Chromium this scrolls the page and puts it back; Firefox draws it without scrolling. */
export async function takeWholePage(making, control, now) {
  making.made.extent.kind = making.made.extent.kind === "view" ? "page" : making.made.extent.kind;
  const tiles = photographsWithoutScrolling ? await drawnTiles(making, now) : await scrolledTiles(making, control, now);
  noteRepeats(making);
  if (tiles.length) {
    await making.step("picture", async () => {
      const blob = await joined(tiles, (name) => partBytes(making.draft.id, name));
      return blob ? making.part("joined.png", "picture", blob) : { skipped: "too large for one picture; the tiles are whole" };
    });
  }
}

/** Tiles that are the same picture twice may be an empty stretch of page, or a fault of drawing: said, not judged. */
function noteRepeats(making) {
  const tiles = making.made.parts.filter(({ role }) => role === "tile");
  const repeats = tiles.filter((tile, place) => place && tile.sha256 === tiles[place - 1].sha256).map(({ name }) => name);
  making.facts.same_as_the_one_before = repeats;
}

async function drawnTiles(making, now) {
  const { page_width: width, page_height: whole, pixel_ratio: ratio } = making.made.view;
  const tiles = [];
  let failed = false;
  for (let y = 0; y < whole && tiles.length < FIREFOX_TILES && !failed; y += FIREFOX_TILE) {
    const height = Math.min(FIREFOX_TILE, whole - y);
    const name = numbered("tile", tiles.length + 1, "png");
    now("tiles", tiles.length + 1);
    const done = await making.step(name.slice(0, 9), async () => {
      const blob = await photograph(making.tab, { rect: { x: 0, y, width, height }, scale: ratio });
      return making.part(name, "tile", blob, { order: tiles.length + 1, x: 0, y, width, height });
    });
    failed = done.failed !== undefined;
    if (!failed) tiles.push({ name, y, width, height, ratio, covered: { top: 0, bottom: 0 } });
  }
  const end = tiles.at(-1) ? tiles.at(-1).y + tiles.at(-1).height : 0;
  closeExtent(making, end >= whole, failed ? "fault" : end >= whole ? "end" : "limit-tiles");
  return tiles;
}

/** Note how far a series of pictures came. */
export function closeExtent(making, reachedEnd, stopped) {
  Object.assign(making.made.extent, { reached_end: reachedEnd, stopped });
}

/** `tile-0001.png` and its like. */
export function numbered(stem, number, ending) {
  return `${stem}-${String(number).padStart(4, "0")}.${ending}`;
}

async function scrolledTiles(making, control, now) {
  const tiles = [];
  const begun = performance.now();
  const before = await inPage(making.tab, whereNow);
  making.facts.scrolled = true;
  let stopped = null;
  for (let y = 0; stopped === null; ) {
    now("tiles", tiles.length + 1);
    const name = numbered("tile", tiles.length + 1, "png");
    const taken = await making.step(name.slice(0, 9), () => takeTile(making, name, tiles.length + 1, y, { before, last: tiles.at(-1) }));
    if (taken.failed !== undefined) stopped = reasonOf(taken.error);
    else if (taken.skipped) stopped = "end";
    else {
      tiles.push(taken);
      y = nextY(taken);
      if (taken.y + taken.height >= taken.whole - 1) stopped = "end";
      else if (control.stopped) stopped = "person";
      else if (tiles.length >= PAGE_TILES) stopped = "limit-tiles";
      else if (performance.now() - begun > PAGE_TIME) stopped = "limit-time";
    }
  }
  closeExtent(making, stopped === "end", stopped);
  await putBack(making, before);
  await archiveIfMoreLoaded(making, before);
  return tiles;
}

/** Scrolling makes pages load pictures they had put off: then the page is worth archiving once more, beside the first archive. */
async function archiveIfMoreLoaded(making, before) {
  const after = await inPage(making.tab, whereNow).catch(() => before);
  if (after.url === before.url && after.loaded > before.loaded) await takeArchive(making, "-after");
}

/** Far enough to see new page, near enough that nothing hides under what stays in place at the top or the bottom. */
function nextY({ y, height, covered }) {
  const overlap = Math.max(height * OVERLAP, covered.top + covered.bottom + 8);
  return y + Math.max(height - overlap, height * 0.2);
}

async function takeTile(making, name, order, y, { before, last }) {
  const place = await inPage(making.tab, moveTo, y, false);
  if (place.url !== before.url) throw new TabChanged("page-changed");
  if (last && place.y <= last.y + 1) return { skipped: "the page does not move any further" };
  const blob = await photograph(making.tab);
  const after = await inPage(making.tab, whereNow);
  if (after.url !== before.url) throw new TabChanged("page-changed");
  const moved = Math.abs(after.y - place.y) > 1;
  await making.part(name, "tile", blob, { order, x: place.x, y: place.y, width: place.width, height: place.height });
  making.facts.places.push({ name, covered: place.covered, whole: place.whole, moved_meanwhile: moved });
  return { ...place, name };
}

/** Why a series ended, from the error that ended it. */
export function reasonOf(error) {
  if (!(error instanceof TabChanged)) return "fault";
  return error.message === "page-changed" ? "page-changed" : "tab-changed";
}

/** Put the page back where it stood, and note whether it went. */
export async function putBack(making, before) {
  await making.step("restore", async () => {
    const place = await inPage(making.tab, moveTo, before.y, false);
    making.facts.restored = Math.abs(place.y - before.y) <= 1;
    return making.facts.restored ? null : { skipped: "the page did not go back to where it stood" };
  });
}

/** Last of all: has the page become another one meanwhile? */
export async function lookAgain(making) {
  await making.step("page-again", async () => {
    const { url, title } = await api.tabs.get(making.tab.id);
    making.made.page.url_after = (url ?? making.made.page.url).slice(0, 8192);
    making.made.page.title_after = (title ?? "").slice(0, 4000);
    return null;
  });
  making.facts.complete = true;
  await keep(making.draft);
}

