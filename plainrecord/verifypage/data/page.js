"use strict";
// The page: what a person chooses goes in, plain sentences come out. Hashing runs in workers beside it.

const element = id => document.getElementById(id);
const SHOWN = 500;
let latest = 0, outcome = null;

function plural(number, one, many) {
  return number.toLocaleString("en-GB") + " " + (number === 1 ? one : many);
}

function sizeText(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let at = 0;
  for (; bytes >= 1000 && at < units.length - 1; at++) bytes /= 1000;
  return (at ? bytes.toFixed(1) : bytes) + " " + units[at];
}

function say(text) {
  element("status").textContent = text;
}

// Hash files on several workers, one file each at a time; `told(bytes)` is called as bytes are read.
function hashAll(files, told, wanted) {
  const code = new Blob([element("worker").textContent], { type: "text/javascript" });
  const address = URL.createObjectURL(code), found = new Map();
  const many = Math.max(1, Math.min(4, navigator.hardwareConcurrency || 2, files.length));
  const workers = Array.from({ length: many }, () => new Worker(address));
  let next = 0;
  return new Promise((give, fail) => {
    let open = files.length;
    if (!open) give(found);
    const feed = worker => {
      if (next >= files.length || !wanted()) return;
      const { blob, packed, size } = files[next];
      worker.postMessage({ number: next++, blob, packed, size });
    };
    for (const worker of workers) {
      worker.onerror = event => fail(new Error(event.message || "a worker could not be started"));
      worker.onmessage = ({ data }) => {
        told(data.told || 0);
        if (data.number === undefined) return;
        found.set(files[data.number].path, data);
        if (--open === 0) give(found);
        else if (!wanted()) give(found);
        else feed(worker);
      };
      feed(worker);
    }
  }).finally(() => {
    workers.forEach(worker => worker.terminate());
    URL.revokeObjectURL(address);
  });
}

async function run(choose) {
  const mine = ++latest, wanted = () => mine === latest;
  outcome = null;
  element("result").hidden = true;
  element("progress").hidden = false;
  element("bar").removeAttribute("value");
  say("Reading the list of files.");
  try {
    const { name, files, beside = 0 } = await choose();
    if (!wanted()) return;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let done = 0, shown = -1;
    say("Checking " + plural(files.length, "file", "files") + ", " + sizeText(total) + ".");
    const began = performance.now();
    const found = await checkBag(files, list => hashAll(list, bytes => {
      done += bytes;
      const part = total ? Math.floor(100 * Math.min(done, total) / total) : 100;
      if (part !== shown && wanted()) element("bar").value = shown = part;
    }, wanted));
    if (!wanted()) return;
    outcome = { ...found, name, beside, bytes: done, seconds: (performance.now() - began) / 1000 };
  } catch (error) {
    if (!wanted()) return;
    outcome = { refused: error instanceof Refused ? error.message : "This could not be read (" + error.message + ")." };
  }
  element("progress").hidden = true;
  show(true);
}

function verdict() {
  const typed = element("seal").value.trim(), seal = typedSeal(typed);
  if (outcome.refused) return ["refused", "This could not be checked", outcome.refused];
  const { problems } = outcome;
  if (typed && !seal) return ["unsure", "The seal is not complete", "A seal is 64 digits 0–9 and letters a–f; what was typed is not. " + findings(problems)];
  if (seal && seal !== outcome.seal) {
    return ["bad", "This is not the bundle that was sealed", "Its seal is not the one that was typed. Check the typing first. " + findings(problems)];
  }
  if (problems.length) return ["bad", "This bundle is not as it was made", findings(problems)];
  if (!seal) {
    return ["unsure", "Every file fits the bundle’s own lists, but no seal was compared",
      findings(problems) + " Somebody who changes a bundle can change its lists too: type the seal from the paper in step 1."];
  }
  return ["good", "Unchanged since it was sealed", findings(problems) + " The seal is the one that was typed."];
}

function findings(problems) {
  if (!outcome || outcome.refused) return "";
  if (problems.length) return plural(problems.length, "thing is", "things are") + " not as the lists say; each is named below.";
  const beside = outcome.beside ? " Beside the bundle’s folder, " + plural(outcome.beside, "more file was", "more files were") + " in what was chosen: not part of it, and not checked." : "";
  return "All " + plural(outcome.files, "file is", "files are") + " there, none was changed and none was added." + beside;
}

function show(moveThere) {
  if (!outcome) return;
  const [state, heading, words] = verdict();
  const result = element("result");
  result.dataset.state = state;
  result.hidden = false;
  element("heading").textContent = heading;
  element("words").textContent = words;
  element("facts").replaceChildren(...facts());
  const problems = outcome.problems || [];
  element("problems").hidden = !problems.length;
  element("rows").replaceChildren(...problems.slice(0, SHOWN).map(row));
  element("more").textContent = problems.length > SHOWN ? "And " + plural(problems.length - SHOWN, "more.", "more.") : "";
  say(heading + ".");
  if (moveThere) element("heading").focus();
}

function facts() {
  if (outcome.refused) return [];
  const pairs = [
    ["Bundle", readable(outcome.info["External-Identifier"] || outcome.name)],
    ["Made on", readable(outcome.info["Bagging-Date"] || "not stated")],
    ["Files hashed", plural(outcome.files, "file", "files") + ", " + sizeText(outcome.bytes)],
    ["Its seal", outcome.seal ? outcome.seal.match(/.{8}/g).join(" ") : "none"],
  ];
  return pairs.flatMap(([name, value]) => {
    const term = document.createElement("dt"), said = document.createElement("dd");
    term.textContent = name;
    said.textContent = value;
    return [term, said];
  });
}

const KINDS = { missing: "missing", added: "added", changed: "changed", unreadable: "cannot be read", list: "damaged list", counts: "wrong figure" };

function row({ path, kind, says }) {
  const line = document.createElement("tr");
  for (const text of [KINDS[kind], readable(path), says]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

element("folder").addEventListener("change", event => {
  const list = Array.from(event.target.files);
  event.target.value = "";
  run(async () => fromFolderInput(list));
});
element("zip").addEventListener("change", event => {
  const file = event.target.files[0];
  event.target.value = "";
  if (file) run(() => fromZip(file));
});
element("seal").addEventListener("input", () => show(false));
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, event => { event.preventDefault(); element("drop").classList.add("over"); });
}
document.addEventListener("dragleave", event => { if (!event.relatedTarget) element("drop").classList.remove("over"); });
document.addEventListener("drop", event => {
  event.preventDefault();
  element("drop").classList.remove("over");
  const dropped = fromDrop(event.dataTransfer);
  run(() => dropped);
});
element("start").hidden = false;
element("without").hidden = true;
