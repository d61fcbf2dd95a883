// Pictures of the tab as the browser draws it. Never through a debugger: its bar resizes the page and falsifies the picture.
// A picture counts only if the right tab was in front before and after it was taken.

import { api } from "./browser.js";
import { blobOfDataUrl } from "./bytes.js";

const BETWEEN = 520; // Chromium allows two pictures a second
const TRIES = 4;
const WIDEST_SIDE = 30000; // pixels; above 32,767 browsers cut pictures off without a word
const LARGEST = 120e6; // pixels of one joined picture

let last = 0;

/** The other tab is in front, or the tab is gone: nothing more can be photographed. */
export class TabChanged extends Error {}

async function inFront(tab) {
  const now = await api.tabs.get(tab.id).catch(() => null);
  if (!now?.active || now.windowId !== tab.windowId) throw new TabChanged("Another tab came to the front.");
}

/** What the tab shows now, as a PNG. `options` are the browser's own (`rect` and `scale` in Firefox). */
export async function photograph(tab, options = {}) {
  for (let tried = 1; ; tried += 1) {
    await pause(last + BETWEEN - Date.now());
    await inFront(tab);
    last = Date.now();
    try {
      const address = await api.tabs.captureVisibleTab(tab.windowId, { format: "png", ...options });
      await inFront(tab);
      return blobOfDataUrl(address);
    } catch (error) {
      if (error instanceof TabChanged || tried === TRIES || !/quota|readback/i.test(error.message)) throw error;
    }
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** One picture of all tiles, for looking at; the tiles stay the record. Null when it would be larger than browsers draw faithfully. */
export async function joined(tiles, read) {
  const end = Math.max(...tiles.map((tile) => tile.y + tile.height));
  const [first] = tiles;
  const scale = first.ratio;
  const size = { width: Math.round(first.width * scale), height: Math.round(end * scale) };
  if (size.width > WIDEST_SIDE || size.height > WIDEST_SIDE || size.width * size.height > LARGEST) return null;
  const canvas = new OffscreenCanvas(size.width, size.height);
  const pen = canvas.getContext("2d");
  for (const [place, tile] of tiles.entries()) {
    const image = await createImageBitmap(await read(tile.name));
    // What stays in place when the page moves would cover the page on every tile but the first or the last.
    const top = place === 0 ? 0 : Math.round(tile.covered.top * scale);
    const bottom = place === tiles.length - 1 ? 0 : Math.round(tile.covered.bottom * scale);
    const rows = Math.min(image.height, Math.round(tile.height * scale)) - top - bottom;
    pen.drawImage(image, 0, top, size.width, rows, 0, Math.round(tile.y * scale) + top, size.width, rows);
    image.close();
  }
  return canvas.convertToBlob({ type: "image/png" });
}
