// Brings what waits on this device to the program on this computer, and lets nothing go before its receipt was checked.
// Any page of the extension or its worker may ask for it; a lock sees to it that only one does it at a time.

import { commit, hello, sendPart } from "./backend.js";
import { api } from "./browser.js";
import { checkedReceipt } from "./receipts.js";
import { choose, settings } from "./settings.js";
import { allCaptures, keep, keepReceiptAndRelease, oneCapture, partBytes } from "./shelf.js";

export const ALARM = "send";
const FIRST_WAIT = 25e3; // just under the beat of the alarm
const LONGEST_WAIT = 15 * 60e3;
const COMMITS = 3;
// After one of these the other captures would fare no better.
const ENDS_THE_ROUND = new Set(["unreachable", "another-program", "token", "no-space", "busy", "rate"]);
// The program has told what it lacks or threw away; sending again is the answer.
const SEND_AGAIN = new Set(["incomplete", "mismatch"]);

/**
 * Send everything that waits. `force` is a person asking: then no waiting time from earlier failures applies, and where somebody is
 * sending already, this comes after.
 */
export function sendWaiting({ force = false, progress = () => {} } = {}) {
  return navigator.locks.request("sending", { ifAvailable: !force }, async (lock) => {
    if (!lock) return;
    const { pairing, sending } = await settings();
    const waiting = (await allCaptures()).filter(({ state }) => state === "waiting");
    if (waiting.length && pairing && (force || Date.now() >= sending.next_try)) {
      await round(pairing, waiting, sending.failures, progress);
    }
    await keepTime();
  });
}

async function round(pairing, waiting, failuresBefore, progress) {
  let problem = null;
  try {
    await hello(pairing);
    for (const { id } of waiting) problem = (await sendOne(pairing, id, progress)) ?? problem;
  } catch (error) {
    problem = problemOf(error);
  }
  const failures = problem ? failuresBefore + 1 : 0;
  const wait = Math.max((problem?.wait ?? 0) * 1e3, Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1)));
  await choose({ sending: { failures, next_try: problem ? Date.now() + wait : 0, problem } });
}

/** Send one capture. A refusal that concerns only this one is noted with it, and the others go on. */
async function sendOne(pairing, id, progress) {
  try {
    const capture = await oneCapture(id);
    const answer = await deliver(pairing, capture, progress);
    const receipt = await checkedReceipt(answer, capture, pairing.public_key);
    const { manifest, ...rest } = capture;
    const kept = { receipt, receipt_text: answer.receipt, signature: answer.signature, public_key: pairing.public_key };
    await keepReceiptAndRelease({ ...rest, state: "stored", problem: null, ...kept });
    return null;
  } catch (error) {
    if (ENDS_THE_ROUND.has(error.code)) throw error;
    const problem = problemOf(error);
    await keep({ ...(await oneCapture(id)), problem });
    return problem;
  }
}

/** All parts, then the manifest; once more where the program says that something is not there as it should be. */
async function deliver(pairing, capture, progress) {
  const { parts } = JSON.parse(capture.manifest);
  for (let tried = 1; ; tried += 1) {
    for (const part of parts) {
      const blob = await partBytes(capture.id, part.name);
      await sendPart(pairing, capture.id, part, blob, (have) => progress(capture.id, part, have));
    }
    try {
      return await commit(pairing, capture.id, capture.manifest);
    } catch (error) {
      if (!SEND_AGAIN.has(error.code) || tried === COMMITS) throw error;
    }
  }
}

function problemOf(error) {
  return { code: error.code ?? "failed", says: String(error.message ?? error), wait: error.wait ?? 0 };
}

/** While something waits, an alarm wakes the worker twice a minute; the number on the button says how many wait. */
export async function keepTime() {
  const waiting = (await allCaptures()).filter(({ state }) => state !== "stored").length;
  await api.action.setBadgeText({ text: waiting ? String(waiting) : "" });
  if (!waiting) await api.alarms.clear(ALARM);
  else if (!(await api.alarms.get(ALARM))) await api.alarms.create(ALARM, { periodInMinutes: 0.5 }); // anew it would begin to wait anew
}
