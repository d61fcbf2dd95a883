// One capture while it is made: every step is noted with its outcome, and every part is hashed and on disk before the next step.
// What is taken and in which order stands in taking.js; this file only keeps the books.

import { api, browserName } from "./browser.js";
import { sha256, utf8 } from "./bytes.js";
import { finish, lockOf } from "./finishing.js";
import { isFull } from "./space.js";
import { keep } from "./shelf.js";

export const LARGEST_PART = 512 * 1024 * 1024;
const LONGEST_REASON = 1000;
const LONGEST_TEXT = 4000;
const NOWHERE = { order: null, x: null, y: null, width: null, height: null };

/** This moment by the device's clock, and by the clock that nobody can set. */
export function stamp() {
  return { wall_ms: Date.now(), mono_ms: performance.now() };
}

export class Making {
  /** Begin the books for a capture of `tab`, which was asked for at `clicked`. */
  static async begin(tab, clicked) {
    const making = new Making();
    making.tab = tab;
    const id = crypto.randomUUID();
    const page = { url: tab.url.slice(0, 8192), title: (tab.title ?? "").slice(0, LONGEST_TEXT) };
    making.draft = {
      id,
      state: "draft",
      clicked: new Date(clicked.wall_ms).toISOString(),
      ...page,
      made: emptyManifest(id, page, clicked, await thisBrowser()),
      facts: { complete: false, missing: [], scrolled: false, restored: null, pane: null, places: [], notes: [] },
    };
    if (page.url !== tab.url) making.facts.notes.push(`the address has ${tab.url.length} characters; the record holds the first ${page.url.length}`);
    making.#holdLock(id);
    return making;
  }

  get made() {
    return this.draft.made;
  }

  get facts() {
    return this.draft.facts;
  }

  /** Whether the page let itself be read, so that more than its picture can be taken. */
  get readable() {
    return this.made.steps.some(({ step, result }) => step === "page-facts" && result === "stored");
  }

  /** Held until this page goes away, however it goes. */
  #holdLock(id) {
    navigator.locks.request(lockOf(id), () => new Promise(() => {}));
  }

  /** Do one step and note what became of it; a step that fails leaves the others standing. `work` may return a part's name. */
  async step(name, work) {
    const at = stamp();
    const note = (result, reason, part = null) => this.made.steps.push({ step: name, result, reason, ...at, part });
    try {
      const done = await work();
      if (done?.skipped) note("skipped", done.skipped);
      else note("stored", null, typeof done === "string" ? done : (done?.name ?? null));
      return done ?? null;
    } catch (error) {
      const reason = isFull(error) ? "no-space-on-this-device" : String(error?.message ?? error).slice(0, LONGEST_REASON);
      note("failed", reason || "no reason was given");
      return { failed: reason, error };
    }
  }

  /** Hash one part and put it on disk; returns its name. */
  async part(name, role, blob, place = {}) {
    if (blob.size > LARGEST_PART) throw new Error("larger than 512 MB");
    if (this.made.parts.some((part) => part.name === name)) throw new Error("this part was taken already");
    const part = { name, role, type: blob.type, size: blob.size, sha256: await sha256(blob), ...NOWHERE, ...place };
    this.made.parts.push(part);
    try {
      await keep(this.draft, name, blob);
    } catch (error) {
      this.made.parts.splice(this.made.parts.indexOf(part), 1);
      throw error;
    }
    return name;
  }

  /** A text as a part. */
  text(name, role, text, place) {
    return this.part(name, role, new Blob([utf8(text)], { type: "text/plain" }), place);
  }

  /** What the person typed so far; kept at once, so that closing the window loses nothing of it. */
  async say(person) {
    Object.assign(this.made.person, person);
    await keep(this.draft);
  }

  /** Nothing more is wanted: fix the manifest. From here on the capture waits to be sent. */
  finish() {
    this.made.times.finished = stamp();
    return finish(this.draft);
  }
}

function emptyManifest(id, page, clicked, browser) {
  const nothing = { canonical: null, referrer: null, language: null, charset: null, content_type: null };
  return {
    schema: "plainrecord-capture/1",
    id,
    series: null,
    page: { url: page.url, url_after: page.url, title: page.title, title_after: page.title, ...nothing },
    person: { note: null, viewing_as: null, logged_in: null, subject_account: null, warned: false, authority: null },
    selection: null,
    view: { width: 0, height: 0, scroll_x: 0, scroll_y: 0, page_width: 0, page_height: 0, pixel_ratio: 1, zoom: 1 },
    times: { clicked, finished: clicked, ...zoneNow(), server: null },
    browser,
    extent: { kind: "view", reached_end: null, stopped: "end" },
    steps: [],
    parts: [],
  };
}

function zoneNow() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || null;
  return { zone, utc_offset_minutes: -new Date().getTimezoneOffset() };
}

async function thisBrowser() {
  return {
    user_agent: navigator.userAgent,
    brands: [await browserName()],
    languages: [...navigator.languages],
    extension_id: api.runtime.id,
    extension_version: api.runtime.getManifest().version,
  };
}
