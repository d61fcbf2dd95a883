// What the pages do better with scripts: leaving by key, dropping files, progress. Everything works without this file too.
"use strict";
(() => {
  const button = document.getElementById("leave");
  if (!button) return;
  const form = button.form;
  let presses = 0, timer = 0, alone = true, gone = false;

  // Blank first, then lock, then replace. If the program is gone, the blank page stays: nothing is asked of the network.
  function leave() {
    if (gone) return;
    gone = true;
    const body = new URLSearchParams(new FormData(form));
    document.querySelectorAll("audio,video").forEach((one) => { one.pause(); one.removeAttribute("src"); });
    document.title = button.dataset.title;
    const empty = document.createElement("body"), text = document.createElement("p");
    text.textContent = button.dataset.gone;
    empty.append(text);
    document.body.replaceWith(empty);
    fetch("/leave", { method: "POST", body, redirect: "manual", keepalive: true, credentials: "same-origin" })
      .then(() => location.replace("/blank"))
      .catch(() => { try { history.replaceState(null, "", "/blank"); } catch { /* the blank page stays */ } });
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); leave(); });
  addEventListener("keydown", (event) => { alone = event.key === "Shift" ? !event.repeat && alone : false; if (event.key === "Shift" && !event.repeat) alone = true; });
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) { if (event.key !== "Shift") presses = 0; return; }
    presses += 1;
    clearTimeout(timer);
    timer = setTimeout(() => { presses = 0; say(""); }, 5000);
    if (presses >= 3) leave();
    else say(presses === 1 ? count.dataset.one : count.dataset.two);
  });
  const count = document.getElementById("leave-count");
  function say(text) { count.textContent = text; }
  // A page that the browser kept for “back” must not show itself again after leaving.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  const errors = document.getElementById("errors");
  if (errors) errors.focus();

  // Dropping files chooses them; the button still sends them.
  const drop = document.getElementById("drop"), input = document.getElementById("files");
  if (drop && input) {
    for (const kind of ["dragover", "dragenter"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); input.files = event.dataTransfer.files; });
    const upload = input.form, status = document.getElementById("upload-status"), bar = document.getElementById("upload-bar");
    upload.addEventListener("submit", (event) => {
      if (!input.files.length) return;
      event.preventDefault();
      const send = new XMLHttpRequest();
      bar.hidden = false;
      send.upload.addEventListener("progress", (step) => {
        if (step.lengthComputable) { bar.max = step.total; bar.value = step.loaded; status.textContent = status.dataset.text.replace("{share}", Math.floor(100 * step.loaded / step.total)); }
      });
      send.addEventListener("load", () => { location.assign(send.responseURL || "/files"); });
      send.addEventListener("error", () => { status.textContent = status.dataset.failed; bar.hidden = true; });
      send.open("POST", upload.action);
      send.send(new FormData(upload));
    });
  }

  // Progress, asked for every second; when the work has ended, the page is loaded again.
  const work = document.getElementById("work");
  if (work) {
    const again = () => fetch("/progress.json", { credentials: "same-origin" })
      .then((answer) => answer.ok ? answer.json() : Promise.reject(new Error()))
      .then((now) => {
        if (now.state !== "running") { location.reload(); return; }
        document.getElementById("work-says").textContent = now.says;
        const bar = document.getElementById("work-bar");
        if (now.total) { bar.max = now.total; bar.value = now.done; } else bar.removeAttribute("value");
        setTimeout(again, 1000);
      })
      .catch(() => { document.getElementById("work-says").textContent = work.dataset.lost; setTimeout(again, 3000); });
    setTimeout(again, 700);
  }
})();
