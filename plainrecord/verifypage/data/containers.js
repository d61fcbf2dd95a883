"use strict";
// What was chosen or dropped, as a list of files: {path, blob, packed, size}. A folder, or a zip read in place.
// A zip may be hostile: its lists are bounded, its names are never used as paths on a disk, nothing is unpacked to one.

const MOST_FILES = 1000000;
const MOST_DIRECTORY = 128 * 1024 * 1024;
const MOST_RATIO = 1100; // deflate cannot do better
const UNICODE_NAME = 0x7075; // a second name for an entry, which some programs take instead of the first
const NOT_SAID = 0xffffffff;

class Refused extends Error {}

function readable(path) {
  return path.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    char => "[U+" + char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "]");
}

function unsafePath(path) {
  return !path || path.includes("\\") || path.startsWith("/") || /^[A-Za-z]:/.test(path)
    || path.split("/").some(part => part === "" || part === "." || part === "..");
}

function oneTopFolder(files, whole) {
  const tops = new Set(files.map(file => file.path.split("/")[0]));
  if (tops.size !== 1 || files.some(file => !file.path.includes("/"))) {
    throw new Refused(whole + " does not hold one bundle in one folder.");
  }
  const top = [...tops][0];
  const inside = files.map(file => ({ ...file, path: file.path.slice(top.length + 1) }));
  return intoBundle({ name: top, files: inside });
}

// Unpacking often puts a folder into a folder of the same name, and people choose the outer one.
function intoBundle({ name, files }) {
  if (files.some(file => file.path === "bagit.txt" || file.path.startsWith("data/"))) return { name, files };
  const within = files.filter(file => /^[^/]+\/bagit\.txt$/.test(file.path)).map(file => file.path.split("/")[0]);
  if (within.length !== 1) return { name, files };
  const prefix = within[0] + "/";
  const inside = files.filter(file => file.path.startsWith(prefix));
  const beside = files.length - inside.length;
  return { name: within[0], beside, files: inside.map(file => ({ ...file, path: file.path.slice(prefix.length) })) };
}

function fromFolderInput(list) {
  const files = Array.from(list, file => ({ path: file.webkitRelativePath || file.name, blob: file, packed: false, size: file.size }));
  if (!files.length) throw new Refused("The folder is empty, or the browser gave no file of it.");
  return oneTopFolder(files, "What was chosen");
}

async function fromHandle(folder) {
  const files = [], waiting = [[folder, folder.name + "/"]];
  while (waiting.length) {
    const [directory, prefix] = waiting.pop();
    for await (const [name, handle] of directory.entries()) {
      if (handle.kind === "directory") waiting.push([handle, prefix + name + "/"]);
      else {
        const blob = await handle.getFile();
        files.push({ path: prefix + name, blob, packed: false, size: blob.size });
      }
      if (files.length > MOST_FILES) throw new Refused("The folder holds too many files.");
    }
  }
  return oneTopFolder(files, "What was dropped");
}

async function fromEntry(folder) {
  const files = [], waiting = [folder];
  while (waiting.length) {
    const reader = waiting.pop().createReader();
    for (;;) {
      const some = await new Promise((give, fail) => reader.readEntries(give, fail));
      if (!some.length) break;
      for (const entry of some) {
        if (entry.isDirectory) waiting.push(entry);
        else {
          const blob = await new Promise((give, fail) => entry.file(give, fail));
          files.push({ path: entry.fullPath.replace(/^\//, ""), blob, packed: false, size: blob.size });
        }
      }
      if (files.length > MOST_FILES) throw new Refused("The folder holds too many files.");
    }
  }
  return oneTopFolder(files, "What was dropped");
}

// The items of a drop are gone after the first wait, so all are asked for at once.
async function fromDrop(transfer) {
  const items = Array.from(transfer.items).filter(item => item.kind === "file");
  if (items.length !== 1) throw new Refused("Drop one thing: the bundle’s folder, or its zip.");
  const asked = items[0].getAsFileSystemHandle ? items[0].getAsFileSystemHandle().catch(() => null) : null;
  const entry = items[0].webkitGetAsEntry ? items[0].webkitGetAsEntry() : null;
  const file = items[0].getAsFile();
  const handle = await asked;
  if (handle && handle.kind === "directory") return fromHandle(handle);
  if (entry && entry.isDirectory) return fromEntry(entry);
  if (!file) throw new Refused("The browser did not hand over what was dropped. Choose it with the button instead.");
  return fromZip(file);
}

async function bytesOf(blob, start, end) {
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

async function fromZip(blob) {
  const { at, size, count } = await directoryPlace(blob);
  if (size > MOST_DIRECTORY || count > MOST_FILES || at + size > blob.size) {
    throw new Refused("The zip’s table of contents is damaged or too long.");
  }
  const entries = directoryEntries(await bytesOf(blob, at, at + size), count);
  refuseOverlap(entries, at);
  refuseTwice(entries);
  const placed = [];
  let free = 0;
  for (const entry of entries.sort((one, other) => one.at - other.at)) {
    refuseGap(entry.at - free, placed.at(-1));
    placed.push(await placedEntry(blob, entry));
    free = placed.at(-1).end;
  }
  refuseGap(at - free, placed.at(-1));
  const files = placed.filter(file => !file.path.endsWith("/"));
  if (!files.length) throw new Refused("The zip holds no file.");
  return oneTopFolder(files, "The zip");
}

// Programs that read a zip from its beginning show what lies between its files; those that go by its table do not.
function refuseGap(length, before) {
  const closing = before && before.flags & 8 ? [0, 12, 16, 20, 24] : [0];
  if (!closing.includes(length)) {
    throw new Refused("The zip holds bytes that are no file of its table of contents. Some programs would show them as files.");
  }
}

// The table has to end where the zip's end begins: programs that find it from the one or from the other must find the same.
async function directoryPlace(blob) {
  const from = Math.max(0, blob.size - 65557), tail = await bytesOf(blob, from, blob.size);
  for (let at = tail.byteLength - 22, others = 0; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    if (at + 22 + tail.getUint16(at + 20, true) !== tail.byteLength) {
      others++;
      continue;
    }
    if (others) throw new Refused("The zip has more than one end.");
    let place = { count: tail.getUint16(at + 10, true), size: tail.getUint32(at + 12, true), at: tail.getUint32(at + 16, true), end: from + at };
    if (place.count === 0xffff || place.size === 0xffffffff || place.at === 0xffffffff) place = await largePlace(blob, from + at - 20);
    if (place.at + place.size !== place.end) throw new Refused("The zip’s table of contents does not stand where its end says.");
    return place;
  }
  throw new Refused("This is not a zip, or its end is missing.");
}

async function largePlace(blob, at) {
  const pointer = at >= 0 ? await bytesOf(blob, at, at + 20) : null;
  if (!pointer || pointer.byteLength < 20 || pointer.getUint32(0, true) !== 0x07064b50) throw new Refused("The zip’s end is damaged.");
  const where = whole(pointer, 8), end = await bytesOf(blob, where, where + 56);
  if (end.byteLength < 56 || end.getUint32(0, true) !== 0x06064b50 || where + 12 + whole(end, 4) !== at) throw new Refused("The zip’s end is damaged.");
  return { count: whole(end, 32), size: whole(end, 40), at: whole(end, 48), end: where };
}

function whole(view, at) {
  const number = view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x100000000;
  if (!Number.isSafeInteger(number)) throw new Refused("The zip states a size that cannot be.");
  return number;
}

function directoryEntries(view, count) {
  const entries = [], text = new TextDecoder("utf-8", { fatal: true });
  let at = 0;
  while (at < view.byteLength) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== 0x02014b50) throw new Refused("The zip’s table of contents is damaged.");
    const lengths = [28, 30, 32].map(place => view.getUint16(at + place, true));
    const next = at + 46 + lengths[0] + lengths[1] + lengths[2];
    if (next > view.byteLength) throw new Refused("The zip’s table of contents is damaged.");
    const name = new Uint8Array(view.buffer, at + 46, lengths[0]);
    let path;
    try {
      path = text.decode(name);
    } catch {
      throw new Refused("The zip holds a name that is no UTF-8 text.");
    }
    const entry = {
      path, name, flags: view.getUint16(at + 8, true), method: view.getUint16(at + 10, true),
      packedSize: view.getUint32(at + 20, true), size: view.getUint32(at + 24, true), at: view.getUint32(at + 42, true),
      mode: view.getUint16(at + 40, true) & 0xf000,
    };
    enlarge(entry, new DataView(view.buffer, at + 46 + lengths[0], lengths[1]));
    refuseEntry(entry);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== count) throw new Refused("The zip’s table of contents does not have as many entries as it says.");
  return entries;
}

function enlarge(entry, extra) {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === UNICODE_NAME) throw new Refused("A file in the zip has two names.");
    if (extra.getUint16(at, true) === 1) {
      let place = at + 4;
      for (const name of ["size", "packedSize", "at"]) {
        if (entry[name] !== 0xffffffff) continue;
        if (place + 8 > Math.min(at + 4 + length, extra.byteLength)) throw new Refused("The zip states a size that cannot be.");
        entry[name] = whole(extra, place);
        place += 8;
      }
    }
    at += 4 + length;
  }
}

function refuseEntry(entry) {
  const name = "“" + readable(entry.path).slice(0, 160) + "” in the zip ";
  if (entry.flags & 1) throw new Refused(name + "is encrypted.");
  if (entry.method !== 0 && entry.method !== 8) throw new Refused(name + "is packed in a way this page cannot read. Unpack the zip and choose the folder.");
  if (unsafePath(entry.path.replace(/\/$/, ""))) throw new Refused(name + "has a path that leads elsewhere.");
  if (![0, 0x4000, 0x8000].includes(entry.mode)) throw new Refused(name + "is a link or a device, not a file.");
  if (entry.path.endsWith("/") && entry.size) throw new Refused(name + "is a folder with bytes of its own.");
  if (entry.method === 0 ? entry.size !== entry.packedSize : entry.size > entry.packedSize * MOST_RATIO + 64) {
    throw new Refused(name + "states sizes that cannot be.");
  }
}

function refuseTwice(files) {
  const seen = new Set();
  for (const { path } of files) {
    if (seen.has(path)) throw new Refused("The zip holds “" + readable(path).slice(0, 160) + "” twice.");
    seen.add(path);
  }
}

function refuseOverlap(entries, end) {
  let free = end;
  for (const entry of [...entries].sort((one, other) => other.at - one.at)) {
    if (entry.at + 30 + entry.packedSize > free) throw new Refused("Files in the zip lie over one another.");
    free = entry.at;
  }
}

async function placedEntry(blob, entry) {
  const whole = 30 + entry.name.length, header = await bytesOf(blob, entry.at, entry.at + whole);
  if (header.byteLength < whole || header.getUint32(0, true) !== 0x04034b50) throw new Refused("The zip is cut off or damaged.");
  const start = entry.at + whole + header.getUint16(28, true);
  if (start + entry.packedSize > blob.size) throw new Refused("The zip is cut off or damaged.");
  const same = header.getUint16(26, true) === entry.name.length
    && entry.name.every((byte, at) => byte === header.getUint8(30 + at));
  if (!same) throw new Refused("A file in the zip has two names.");
  refuseOtherStory(header, entry);
  const end = start + entry.packedSize;
  return { path: entry.path, blob: blob.slice(start, end), packed: entry.method === 8, size: entry.size, flags: entry.flags, end };
}

// Each file is described twice, in the table and before its bytes, and programs differ in which of the two they believe.
function refuseOtherStory(header, entry) {
  const flags = header.getUint16(6, true), sizes = [header.getUint32(18, true), header.getUint32(22, true)];
  const known = [entry.packedSize, entry.size];
  const told = (flags & 8) || sizes.every((size, at) => size === known[at] || size === NOT_SAID);
  if ((flags ^ entry.flags) & 9 || header.getUint16(8, true) !== entry.method || !told) {
    throw new Refused("A file in the zip is described in two ways.");
  }
}
