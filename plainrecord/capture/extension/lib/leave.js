// Leaving at once: the button, or Shift pressed three times within five seconds, blanks and closes the window. Nothing is deleted
// by it; what was taken by then is kept and sent by the worker.

import { api } from "./browser.js";

const WITHIN = 5000;

/** Let this page be left at once. */
export function allowLeaving() {
  document.getElementById("leave").addEventListener("click", leave);
  let presses = [];
  let alone = false;
  addEventListener("keydown", ({ key }) => (alone = key === "Shift"));
  addEventListener("keyup", ({ key }) => {
    if (key !== "Shift" || !alone) return;
    presses = [...presses.filter((at) => Date.now() - at < WITHIN), Date.now()];
    if (presses.length === 3) leave();
  });
}

async function leave() {
  document.body.classList.add("gone");
  document.title = "";
  const tab = await api.tabs.getCurrent();
  if (tab) await api.tabs.remove(tab.id);
}
