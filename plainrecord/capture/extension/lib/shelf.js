// What is kept on this device until a receipt for it was checked: one folder for each capture in the extension's own file system.
// A capture is "draft" while it is made, "waiting" once its manifest is fixed, "stored" once its receipt is verified.
// Nothing here talks to a page or to the network. Files and not IndexedDB: Chromium throws a whole database away, with everything
// that waits in it, when a part does not fit on the disk any more; a file that does not fit leaves all others as they were.

const RECORD = "capture.record"; // no part is called so
const UNFINISHED = /\.crswap$/; // what a browser leaves of a write that it did not live to finish

async function shelf() {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle("kept", { create: true });
}

/** The folder of one capture, or null where there is none. */
async function folderOf(id) {
  return (await shelf()).getDirectoryHandle(id).catch(nothingThere);
}

function nothingThere(error) {
  if (error.name === "NotFoundError") return null;
  throw error;
}

/** Write one file whole: the browser puts it in the place of the old one only when all of it is there. */
async function write(folder, name, content) {
  const handle = await folder.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  try {
    await stream.write(content);
  } catch (error) {
    await stream.abort().catch(() => {});
    throw error;
  }
  await stream.close();
}

/** The file called `name`, or null; one of no bytes was never written to its end. */
async function read(folder, name) {
  const handle = await folder.getFileHandle(name).catch(nothingThere);
  const file = await handle?.getFile();
  return file?.size ? file : null;
}

async function recordIn(folder) {
  const file = await read(folder, RECORD);
  return file && JSON.parse(await file.text());
}

/** All captures, oldest first. */
export async function allCaptures() {
  const found = [];
  for await (const folder of (await shelf()).values()) found.push(await recordIn(folder));
  return found.filter(Boolean).sort((a, b) => a.clicked.localeCompare(b.clicked));
}

/** The capture called `id`, or nothing. */
export async function oneCapture(id) {
  const folder = await folderOf(id);
  return folder && recordIn(folder);
}

/** The bytes of one part. */
export async function partBytes(id, name) {
  return read(await folderOf(id), name);
}

/** Names of the parts whose bytes are held for one capture. */
export async function heldParts(id) {
  const folder = await folderOf(id);
  const names = [];
  if (folder) for await (const name of folder.keys()) if (name !== RECORD && !UNFINISHED.test(name)) names.push(name);
  return names.sort();
}

/** Put a capture down, alone or together with one new part; the part first, so that no record names what is not there. */
export async function keep(capture, name, blob) {
  const folder = await (await shelf()).getDirectoryHandle(capture.id, { create: true });
  if (name) await writePart(folder, name, blob);
  await write(folder, RECORD, JSON.stringify(capture));
}

async function writePart(folder, name, blob) {
  try {
    await write(folder, name, blob);
    if ((await read(folder, name))?.size !== blob.size) throw new DOMException("The file is not whole.", "QuotaExceededError");
  } catch (error) {
    await folder.removeEntry(name).catch(() => {}); // not even an empty file stays of what did not fit
    throw error;
  }
}

/** Put a capture down with its receipt, and let its parts go: the one place where bytes are deleted after sending. */
export async function keepReceiptAndRelease(capture) {
  await keep(capture);
  await release(capture.id);
}

/** Let go of the bytes of a capture whose receipt is kept. */
export async function release(id) {
  const folder = await folderOf(id);
  for (const name of await heldParts(id)) await folder.removeEntry(name);
}

/** Forget a capture wholly. */
export async function forget(id) {
  await (await shelf()).removeEntry(id, { recursive: true }).catch(nothingThere);
}
