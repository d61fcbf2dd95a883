// Turns a draft into a capture that waits to be sent: the manifest is written once, and these bytes are what is hashed, kept and
// sent. Pages and the worker both use it, the worker for drafts whose page was closed, so that nothing taken is lost.

import { sha256, utf8 } from "./bytes.js";
import { allCaptures, forget, heldParts, keep, oneCapture, release } from "./shelf.js";

const FACTS = "facts.json";

/** The lock that the page making a draft holds, so that others know that it is still at work. */
export function lockOf(id) {
  return `draft ${id}`;
}

/** Fix the manifest of a draft and let it wait for sending. */
export async function finish(draft) {
  await addFacts(draft);
  const { made, facts, ...rest } = draft;
  const manifest = JSON.stringify(made, wellFormed);
  const fixed = { ...rest, state: "waiting", manifest, manifest_sha256: await sha256(utf8(manifest)), size: sizeOf(made) };
  await keep(fixed);
  return fixed;
}

/** Half a character, as pages may have one in a title or a cut may leave one, is no Unicode and becomes U+FFFD. */
function wellFormed(_, value) {
  return typeof value === "string" ? value.toWellFormed() : value;
}

function sizeOf({ parts }) {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

/** What the manifest has no field for: resources that could not be read, scrolling, places in a long capture. */
async function addFacts(draft) {
  if (draft.made.parts.some(({ name }) => name === FACTS)) return;
  const blob = new Blob([JSON.stringify(draft.facts)], { type: "application/json" });
  const place = { order: null, x: null, y: null, width: null, height: null };
  const part = { name: FACTS, role: "other", type: blob.type, size: blob.size, sha256: await sha256(blob), ...place };
  const made = { ...draft.made, parts: [...draft.made.parts, part] };
  await keep({ ...draft, made }, FACTS, blob);
  draft.made = made; // only now: a write that failed may be tried again
}

/**
 * Finish every draft whose page is gone: what had been taken by then is a capture that says where it stopped. Says whether no draft
 * is left.
 */
export async function finishAbandoned() {
  let none = true;
  for (const { id, state } of await allCaptures()) {
    if (state === "stored") await release(id); // there is something left only where the browser ended in between
    if (state !== "draft") continue;
    await navigator.locks.request(lockOf(id), { ifAvailable: true }, async (lock) => {
      if (lock) await finishOne(await oneCapture(id));
      else none = false;
    });
  }
  return none;
}

async function finishOne(draft) {
  if (draft?.state !== "draft") return;
  if ((await heldParts(draft.id)).length === 0) return forget(draft.id);
  const { made, facts } = draft;
  const end = made.steps.at(-1) ?? made.times.clicked;
  made.times.finished = { wall_ms: end.wall_ms, mono_ms: end.mono_ms };
  made.page.url_after ??= made.page.url;
  made.page.title_after ??= made.page.title;
  if (!facts.complete) made.extent = { ...made.extent, reached_end: null, stopped: "fault" };
  facts.finished_by = "worker";
  return finish(draft);
}
