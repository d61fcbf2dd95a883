"use strict";
// The check itself: the two lists of hashes against the files, and the seal. Knows nothing of pages or zips.

const LISTS = ["manifest-sha256.txt", "tagmanifest-sha256.txt"];
const LIST_LIMIT = 512 * 1024 * 1024;
const MADE_BY_SYSTEMS = /(^|\/)(\.DS_Store|__MACOSX|\.Spotlight-V100|\.Trashes|\.fseventsd|Thumbs\.db|[dD]esktop\.ini|\.directory)(\/|$)/;

function decodedPath(path) {
  return path.replace(/%0[AaDd]|%25/g, code => String.fromCharCode(parseInt(code.slice(1), 16)));
}

// One list as text: what it lists, and whether it is written in the one form that every line end and blank of is sealed.
function readList(name, text, problem) {
  const listed = new Map();
  let last = "", inOrder = true;
  const lines = text.split("\n");
  if (lines.pop() !== "") problem(name, "list", "Its last line has no end: it may have been cut off.");
  lines.forEach((line, at) => {
    const match = /^([0-9a-f]{64}) {2}(.+)$/.exec(line);
    const path = match ? decodedPath(match[2]) : "";
    if (!match || unsafePath(path) || path.startsWith("data/") !== (name === LISTS[0])) {
      problem(name, "list", "Line " + (at + 1) + " is not a line of such a list: “" + readable(line).slice(0, 100) + "”.");
      return;
    }
    if (listed.has(path)) problem(name, "list", "It lists “" + readable(path) + "” twice.");
    inOrder = inOrder && path > last;
    last = path;
    listed.set(path, match[1]);
  });
  if (!inOrder) problem(name, "list", "Its lines are not in the order in which they were written.");
  return listed;
}

async function textOf(file, limit) {
  if (file.size > limit) throw new Error("it is too long");
  const stream = file.packed ? file.blob.stream().pipeThrough(new DecompressionStream("deflate-raw")) : file.blob.stream();
  const reader = stream.getReader(), text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }), pieces = [];
  let length = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    length += step.value.length;
    if (length > file.size) throw new Error("it is longer than its archive says");
    pieces.push(text.decode(step.value, { stream: true }));
  }
  pieces.push(text.decode());
  return pieces.join("");
}

// Check `files`; `hash(list, told)` gives Map path → {sha256} or {failed}. Returns what was found, in order of path.
async function checkBag(files, hash) {
  const problems = [], problem = (path, kind, says) => problems.push({ path, kind, says });
  const there = new Map(files.map(file => [file.path, file]));
  const listed = new Map();
  for (const name of LISTS) {
    if (!there.has(name)) {
      problem(name, "missing", "Without this list nothing can be checked.");
      continue;
    }
    try {
      for (const [path, digest] of readList(name, await textOf(there.get(name), LIST_LIMIT), problem)) listed.set(path, digest);
    } catch (error) {
      problem(name, "unreadable", "This list cannot be read (" + error.message + ").");
    }
  }
  checkThere(there, listed, problem);
  const info = await checkFrame(there, problem);
  const digests = await hash([...there.values()].filter(file => listed.has(file.path) || file.path === LISTS[1]));
  for (const [path, digest] of listed) {
    const found = digests.get(path);
    if (found && found.failed) problem(path, "unreadable", "It cannot be read (" + found.failed + ").");
    else if (found && found.sha256 !== digest) problem(path, "changed", "Its bytes are not those that were listed.");
  }
  const seal = digests.get(LISTS[1]);
  if (seal && seal.failed) problem(LISTS[1], "unreadable", "This list cannot be read (" + seal.failed + ").");
  problems.sort((one, other) => one.path < other.path ? -1 : one.path > other.path ? 1 : 0);
  return { problems, info, files: digests.size, seal: (seal && seal.sha256) || "" };
}

function checkThere(there, listed, problem) {
  for (const path of listed.keys()) {
    if (!there.has(path)) problem(path, "missing", "It is listed, and it is not there.");
  }
  for (const path of there.keys()) {
    if (listed.has(path) || path === LISTS[1]) continue;
    const by = MADE_BY_SYSTEMS.test(path) ? " Computers make files of this name by themselves when a folder is opened." : "";
    problem(path, "added", "It is there, and it is in no list." + by);
  }
}

// bagit.txt, and the number of files and bytes in data/ that bag-info.txt states.
async function checkFrame(there, problem) {
  const info = {}, texts = {};
  for (const name of ["bagit.txt", "bag-info.txt"]) {
    try {
      texts[name] = there.has(name) ? await textOf(there.get(name), 1 << 20) : "";
    } catch (error) {
      texts[name] = "";
      problem(name, "unreadable", "It cannot be read (" + error.message + ").");
    }
  }
  if (!/^BagIt-Version: 1\.0\r?\nTag-File-Character-Encoding: UTF-8\r?\n$/.test(texts["bagit.txt"])) {
    problem("bagit.txt", "list", "This file says that the folder is a bundle, and it is missing or not as it should be.");
  }
  if (there.has("fetch.txt")) problem("fetch.txt", "added", "It says that files are to be fetched from elsewhere. Nothing is fetched.");
  for (const line of texts["bag-info.txt"].split("\n")) {
    const match = /^([A-Za-z-]+): (.*?)\r?$/.exec(line);
    if (match) info[match[1]] = match[2];
  }
  const sizes = [...there.values()].filter(file => file.path.startsWith("data/")).map(file => file.size);
  const found = sizes.reduce((sum, size) => sum + size, 0) + "." + sizes.length;
  if (info["Payload-Oxum"] !== found) {
    problem("bag-info.txt", "counts", "It states " + (info["Payload-Oxum"] || "nothing") + " (bytes.files) for data/; there are " + found + ".");
  }
  return info;
}

// The 64 digits of a seal as typed, without blanks, hyphens and capitals; null while it is something else.
function typedSeal(text) {
  const plain = text.replace(/^\s*sha256:/i, "").replace(/[\s\u00a0-]/g, "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(plain) ? plain : null;
}
