// What the person chose, and the pairing with the program on this computer.

import { api } from "./browser.js";

export const DEFAULT_PORT = 18765;
const DEFAULTS = {
  pairing: null, // { port, token, public_key, key_id, browser }
  whole_page: "ask", // "ask" | "always" | "never": pictures of the whole page, which scroll it in Chromium
  finish_at_once: false, // send without asking for a note
  officer: false, // then a reference or reason is asked for with each page
  ask_site_clock: true, // one small extra request to the site, without cookies
  sending: { failures: 0, next_try: 0, problem: null }, // kept here so that a new worker knows when to try again
};

/** All settings, with defaults for those never chosen. */
export function settings() {
  return api.storage.local.get(DEFAULTS);
}

/** Change some settings. */
export function choose(changes) {
  return api.storage.local.set(changes);
}
