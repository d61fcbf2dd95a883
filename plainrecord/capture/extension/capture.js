// The window that keeps one page: asks first where there is something to know, takes what can be taken quietly, offers more, and
// shows the receipt. What the page says reaches this window as text only.

import { hello, status } from "./lib/backend.js";
import { api, photographsWithoutScrolling } from "./lib/browser.js";
import { sizeInWords } from "./lib/bytes.js";
import { looksLikePdf, warningFor, whyNot } from "./lib/careful.js";
import { allowLeaving } from "./lib/leave.js";
import { Making } from "./lib/making.js";
import { fillReceipt, problemInWords } from "./lib/receipttext.js";
import { sendWaiting } from "./lib/sending.js";
import { settings } from "./lib/settings.js";
import { takeSeries } from "./lib/series.js";
import { allCaptures, forget, oneCapture } from "./lib/shelf.js";
import { room } from "./lib/space.js";
import { lookAgain, takeQuietly, takeWholePage } from "./lib/taking.js";
import { element, fillPage, timeInWords, word } from "./lib/words.js";

const CASE_SHORT = 300e6;
const LONGEST_QUESTION = 1500;
const WATCH_EVERY = 400;

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const control = { stopped: false };
let making;
let chosen;
let theCase = null; // what the program says of the case, where it runs
let keptId = query.get("kept"); // set once nothing more can be added: then this window only shows what became of it

function show(state, ...visible) {
  document.body.dataset.state = state;
  for (const id of ["gate", "work", "more", "result"]) at(id).hidden = !visible.includes(id);
}

function trouble(sentence) {
  at("trouble").textContent = sentence;
  at("trouble").hidden = !sentence;
}

/** The tab to keep; without an address nobody pressed the button on it. */
async function tabToKeep() {
  const tab = await api.tabs.get(Number(query.get("tab"))).catch(() => null);
  return tab && { ...tab, windowId: Number(query.get("window")) };
}

/** What the person should know first: a list of sentences, and whether one of them is about being seen. */
async function knowFirst(tab) {
  const seen = await warningFor(tab.url);
  const sentences = seen ? [word(seen), word("warn_already"), word("warn_only_screen")] : [];
  const here = await room();
  if (here.state !== "enough") sentences.push(word(`room_${here.state}`, sizeInWords(here.left)));
  theCase = await askTheCase();
  if (theCase?.free_bytes < CASE_SHORT) sentences.push(word("room_case", sizeInWords(theCase.free_bytes)));
  chosen.officer ||= theCase?.mode === "officer";
  return { sentences, seen: Boolean(seen) };
}

/** What the program says of the case; null where it is not running, not ours, or slow, for the page may be gone in a moment. */
async function askTheCase() {
  if (!chosen.pairing) return null;
  const tooLong = new Promise((resolve) => setTimeout(resolve, LONGEST_QUESTION, null));
  const answer = hello(chosen.pairing) // not even the token goes to a program that has not proved who it is
    .then(() => status(chosen.pairing))
    .catch(() => null);
  return Promise.race([answer, tooLong]);
}

function ask(sentences) {
  at("gate-says").replaceChildren(...sentences.map((sentence) => element("p", sentence)));
  show("gate", "gate");
  at("go-on").focus();
  return new Promise((resolve) => {
    at("go-on").onclick = () => resolve(true);
    at("rather-not").onclick = () => resolve(false);
  });
}

function now(name, number) {
  at("now").textContent = word(`now_${name.replaceAll("-", "_")}`, number ?? "");
}

function listSteps() {
  const { parts, steps } = making.made;
  const tiles = parts.filter(({ role }) => role === "tile").length;
  const named = { viewport: "viewport.png", text: "text.txt", mhtml: "page.mhtml", html: "page.html", picture: "joined.png" };
  const lines = Object.entries(named).filter(([, name]) => parts.some((part) => part.name === name)).map(([key]) => word(`have_${key}`));
  if (tiles) lines.push(word("have_tiles", tiles));
  if (making.facts.missing.length) lines.push(word("have_missing", making.facts.missing.length));
  const failed = steps.filter(({ result }) => result === "failed").map(({ step, reason }) => word("have_failed", step, reason));
  at("steps").replaceChildren(...[...lines, ...failed].map((line) => element("li", line)));
}

/** Say what about this page is special: a PDF, a page that cannot be read, one that was kept before. */
async function notices() {
  const says = [];
  const { url } = making.tab;
  if (making.made.extent.kind === "pdf" || looksLikePdf(url)) says.push(word("notice_pdf"));
  else if (!making.readable) says.push(word("notice_unreadable"));
  const before = (await allCaptures()).filter((one) => one.url === url && one.id !== making.draft.id);
  const same = before.find(({ text_sha256 }) => text_sha256 && text_sha256 === making.draft.text_sha256);
  making.facts.same_text_as = same?.id ?? null;
  making.facts.kept_before = before.length;
  if (before.length) says.push(word(same ? "notice_same" : "notice_before", before.length, timeInWords(before.at(-1).clicked)));
  if (!chosen.pairing) says.push(word("notice_not_paired"));
  const refused = Object.values(theCase?.refused ?? {}).reduce((sum, count) => sum + count, 0);
  if (refused) says.push(word("notice_refused", refused));
  at("notice").replaceChildren(...says.map((sentence) => element("p", sentence)));
  at("notice").hidden = says.length === 0;
}

async function start() {
  fillPage();
  allowLeaving();
  if (keptId) return watch();
  chosen = await settings();
  const tab = await tabToKeep();
  const blocked = whyNot(tab?.url, query.has("clicked"));
  at("page-title").textContent = tab?.title ?? "";
  at("page-address").textContent = tab?.url ?? "";
  if (blocked) {
    show("blocked");
    return trouble(word(blocked));
  }
  const clicked = { wall_ms: Number(query.get("clicked")) || Date.now(), mono_ms: 0 };
  const { sentences, seen } = await knowFirst(tab);
  if (sentences.length && !(await ask(sentences))) return window.close();
  making = await Making.begin(tab, clicked);
  making.made.person.warned = seen;
  await quietly(seen);
}

async function quietly(seen) {
  show("working", "work");
  await takeQuietly(making, { askSiteClock: chosen.ask_site_clock && !seen }, now);
  if (making.made.parts.length === 0) return nothingKept();
  const whole = photographsWithoutScrolling ? chosen.whole_page !== "never" : chosen.whole_page === "always";
  if (whole && !seen && making.readable && making.made.extent.kind !== "pdf") await takeWholePage(making, control, now);
  await notices();
  await lookAgain(making);
  if (chosen.finish_at_once && !chosen.officer) return finish();
  offerMore();
}

async function nothingKept() {
  const reason = making.made.steps.find(({ result }) => result === "failed")?.reason ?? "";
  await forget(making.draft.id);
  show("failed");
  trouble(word(reason === "no-space-on-this-device" ? "failed_no_room" : "failed_nothing", reason));
}

function offerMore() {
  listSteps();
  at("now").textContent = word("safe_here");
  const { kind } = making.made.extent;
  at("scrolling").hidden = !making.readable || kind === "pdf" || kind === "thread";
  at("whole").disabled = kind !== "view"; // once: a second try would put other pictures under the same names
  at("whole-hint").textContent = word(photographsWithoutScrolling ? "whole_page_hint_still" : "whole_page_hint");
  at("authority-row").hidden = !chosen.officer;
  at("authority").required = chosen.officer;
  show("ready", "work", "more");
  at("note").focus();
}

/** Take more, on request; the person may stop it, and what was taken until then stays. */
async function more(take) {
  control.stopped = false;
  making.facts.complete = false;
  show("working", "work");
  at("stop").hidden = false;
  at("stop").focus();
  await take();
  at("stop").hidden = true;
  await lookAgain(making);
  offerMore();
  const { stopped } = making.made.extent;
  at("now").textContent = word(`stopped_${stopped.replaceAll("-", "_")}`);
}

function personSaid() {
  const text = (id) => at(id).value.trim() || null;
  const signedIn = { yes: true, no: false }[at("logged-in").value] ?? null;
  return {
    note: text("note"),
    authority: text("authority"),
    viewing_as: text("viewing-as"),
    logged_in: signedIn,
    subject_account: text("subject-account"),
  };
}

async function finish() {
  show("saving", "work");
  try {
    if (chosen.finish_at_once === false || chosen.officer) await making.say(personSaid());
    await making.finish();
  } catch (error) {
    offerMore();
    return trouble(word("failed_saving", error.message));
  }
  trouble("");
  keptId = making.draft.id;
  history.replaceState(null, "", `capture.html?kept=${keptId}`); // the next press on the page begins anew
  await deliver();
}

async function deliver() {
  showState(await oneCapture(keptId));
  const progress = (id, part, have) => {
    if (id === keptId) at("result-says").textContent = word("sending", sizeInWords(have), sizeInWords(part.size));
  };
  await sendWaiting({ force: true, progress });
  await watch();
}

/** Another page or the worker may be the one that sends: look until it is stored or a problem is known. */
async function watch() {
  const capture = await oneCapture(keptId);
  const { pairing, sending } = await settings();
  at("page-title").textContent = capture.title;
  at("page-address").textContent = capture.url;
  showState(capture, pairing, capture.problem ?? sending.problem);
  if (capture.state === "waiting") setTimeout(watch, WATCH_EVERY);
}

function showState(capture, pairing, problem) {
  if (document.body.dataset.state !== capture.state) {
    show(capture.state, "result");
    at("result-title").textContent = word(capture.state === "stored" ? "stored_title" : "waiting_title");
    at("result-title").focus();
  }
  at("again").hidden = capture.state === "stored";
  if (capture.state === "stored") {
    at("result-says").textContent = word("stored_says");
    fillReceipt(at("receipt"), capture);
  } else {
    const why = pairing === null ? word("notice_not_paired") : problem ? problemInWords(problem) : "";
    at("result-says").textContent = `${word("waiting_says")} ${why}`;
  }
}

function keepTyping() {
  let timer;
  at("more").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => making.say(personSaid()).catch((error) => trouble(word("failed_saving", error.message))), 300);
  });
  at("more").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    finish();
  });
}

keepTyping();
at("whole").onclick = () => more(() => takeWholePage(making, control, now));
at("series-down").onclick = () => more(() => takeSeries(making, "down", control, now));
at("series-up").onclick = () => more(() => takeSeries(making, "up", control, now));
at("stop").onclick = () => (control.stopped = true);
at("again").onclick = deliver;
start().catch((error) => {
  show("failed", ...(making ? ["work"] : []));
  trouble(word("failed_unexpected", error.message));
});
