// Whether this device has room for another capture, asked before anything is taken.

const ROOMY = 600e6; // a page of 100 MB with its pictures took half of this when measured
const TOO_LITTLE = 60e6;

/** How much room is left, and whether that is "enough", "short" or "none". */
export async function room() {
  const { quota, usage } = await navigator.storage.estimate();
  const left = Math.max(0, (quota ?? 0) - (usage ?? 0));
  if (left < TOO_LITTLE) return { left, state: "none" };
  return { left, state: left < ROOMY ? "short" : "enough" };
}

/** Whether an error means that the disk or the browser's share of it is full. */
export function isFull(error) {
  return error?.name === "QuotaExceededError" || /quota|no space/i.test(String(error?.message));
}
