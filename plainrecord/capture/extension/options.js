// Settings: the pairing with the program on this computer, and how pages are kept.

import { hello, pair } from "./lib/backend.js";
import { api, browserName } from "./lib/browser.js";
import { sizeInWords } from "./lib/bytes.js";
import { allowLeaving } from "./lib/leave.js";
import { inFours, problemInWords } from "./lib/receipttext.js";
import { choose, DEFAULT_PORT, settings } from "./lib/settings.js";
import { room } from "./lib/space.js";
import { fillPage, word } from "./lib/words.js";

const at = (id) => document.getElementById(id);
const ARCHIVE = { permissions: ["pageCapture"] };
const CHECKS = { "finish-at-once": "finish_at_once", "ask-site-clock": "ask_site_clock", officer: "officer" };

function problemOf(error) {
  return problemInWords({ code: error.code ?? "failed", says: error.message });
}

async function showPairing() {
  const { pairing } = await settings();
  at("port").value ||= pairing?.port ?? DEFAULT_PORT;
  if (!pairing) return (at("paired").textContent = word("not_paired"));
  const answered = await hello(pairing).then(() => word("paired_answers"), problemOf);
  at("paired").textContent = `${word("paired_as", pairing.browser, inFours(pairing.key_id))} ${answered}`;
}

async function pairNow(event) {
  event.preventDefault();
  const port = Number(at("port").value);
  const code = at("code").value.replaceAll(" ", "");
  at("paired").textContent = word("pairing_now");
  try {
    const pairing = await pair(port, code, (await browserName()).slice(0, 80));
    await choose({ pairing, sending: { failures: 0, next_try: 0, problem: null } });
    at("code").value = "";
    await showPairing();
    await api.runtime.sendMessage("send-now"); // to the worker, which goes on when this page is closed
  } catch (error) {
    at("paired").textContent = problemOf(error);
  }
}

async function showChoices() {
  const chosen = await settings();
  at("whole-page").value = chosen.whole_page;
  at("whole-page").onchange = () => choose({ whole_page: at("whole-page").value });
  for (const [id, name] of Object.entries(CHECKS)) {
    at(id).checked = chosen[name];
    at(id).onchange = () => choose({ [name]: at(id).checked });
  }
}

async function showArchive() {
  at("archive-section").hidden = !api.runtime.getManifest().optional_permissions?.includes("pageCapture") && !api.pageCapture;
  const allowed = !at("archive-section").hidden && (await api.permissions.contains(ARCHIVE));
  at("archive-state").textContent = word(allowed ? "archive_allowed" : "archive_not_allowed");
  at("allow-archive").hidden = allowed;
}

async function showRest() {
  const command = (await api.commands.getAll()).find(({ name }) => name === "_execute_action");
  at("key-state").textContent = command?.shortcut ? word("key_is", command.shortcut) : word("key_none");
  const { left, state } = await room();
  at("room-state").textContent = word(state === "enough" ? "room_enough" : `room_${state}`, sizeInWords(left));
}

fillPage();
document.title = word("settings");
allowLeaving();
at("pair").addEventListener("submit", pairNow);
at("allow-archive").onclick = () => api.permissions.request(ARCHIVE).then(showArchive);
showPairing();
showChoices();
showArchive();
showRest();
