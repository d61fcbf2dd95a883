// Small functions that are carried into the page one at a time, so each must stand alone: it may use nothing from outside itself.
// They run in the world of their own that the page's scripts cannot reach. `moveTo` scrolls, and is called only when a person asked.

/** Scroll the page, or its marked pane, to `y`, wait until it has come to rest, and say what is to be seen now. */
export async function moveTo(y, withText) {
  const QUIET = 250;
  const LONGEST = 3000;
  const own = globalThis.pageNotesPane?.isConnected ? globalThis.pageNotesPane : null;
  const page = own ?? document.scrollingElement ?? document.documentElement;
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  async function rest() {
    let changed = performance.now();
    const watcher = new MutationObserver(() => (changed = performance.now()));
    watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const begun = performance.now();
    const unfinished = () => [...document.images].some((image) => !image.complete && inView(image.getBoundingClientRect()));
    do await pause(50);
    while (performance.now() - begun < LONGEST && (performance.now() - changed < QUIET || unfinished()));
    watcher.disconnect();
  }

  function inView(box) {
    return box.bottom > 0 && box.top < innerHeight;
  }

  /** How much of the view is covered at the top and at the bottom by what stays in place when the page moves. */
  function covered() {
    let top = 0;
    let bottom = 0;
    for (const x of [0.1, 0.5, 0.9].map((share) => share * innerWidth)) {
      for (const [at, edge] of [[2, "top"], [innerHeight - 2, "bottom"]]) {
        for (let element = document.elementFromPoint(x, at); element; element = element.parentElement) {
          if (!["fixed", "sticky"].includes(getComputedStyle(element).position)) continue;
          const box = element.getBoundingClientRect();
          if (box.height > innerHeight / 2) continue;
          if (edge === "top") top = Math.max(top, Math.ceil(box.bottom));
          else bottom = Math.max(bottom, Math.ceil(innerHeight - box.top));
        }
      }
    }
    return { top, bottom };
  }

  if (y !== null) page.scrollTo({ top: y, behavior: "instant" });
  await rest();
  const box = own ? own.getBoundingClientRect() : null;
  return {
    y: page.scrollTop,
    x: page.scrollLeft,
    height: own ? own.clientHeight : innerHeight,
    width: own ? own.clientWidth : innerWidth,
    whole: page.scrollHeight,
    pane: box && { left: box.left, top: box.top },
    ratio: devicePixelRatio,
    covered: own ? { top: 0, bottom: 0 } : covered(),
    url: location.href,
    text: withText ? ((own ?? document.body)?.innerText ?? "") : null,
  };
}

/** Where the page stands now, without moving it. */
export function whereNow() {
  const pane = globalThis.pageNotesPane?.isConnected ? globalThis.pageNotesPane : null;
  const page = pane ?? document.scrollingElement ?? document.documentElement;
  const loaded = [...document.images].filter((image) => image.complete && image.naturalWidth).length;
  return { x: page.scrollLeft, y: page.scrollTop, url: location.href, loaded };
}

/** Mark what scrolls in this page: its largest scrollable part, or the page itself. Says which, and where it stands. */
export function findPane() {
  const seen = (element) => element.clientHeight * element.clientWidth;
  const moves = (element) =>
    element.scrollHeight > element.clientHeight + 40 && /auto|scroll|overlay/.test(getComputedStyle(element).overflowY);
  const page = document.scrollingElement ?? document.documentElement;
  const whole = page.scrollHeight > innerHeight + 40 ? innerWidth * innerHeight : 0;
  let best = null;
  for (const element of document.body?.querySelectorAll("*") ?? []) {
    if (element.clientHeight > 100 && moves(element) && seen(element) > (best ? seen(best) : 0)) best = element;
  }
  // A page that scrolls as a whole wins over a side column, not over a pane that fills most of the view.
  globalThis.pageNotesPane = best && seen(best) > whole * 0.5 ? best : null;
  const chosen = globalThis.pageNotesPane ?? page;
  return {
    pane: globalThis.pageNotesPane ? `${chosen.localName}${chosen.id ? `#${chosen.id}` : ""}` : "page",
    y: chosen.scrollTop,
    height: globalThis.pageNotesPane ? chosen.clientHeight : innerHeight,
    whole: chosen.scrollHeight,
  };
}

/** Ask the site's front page, without cookies, what time it is there. */
export async function siteClock() {
  const stamp = () => ({ wall_ms: Date.now(), mono_ms: performance.timeOrigin + performance.now() });
  const asked = stamp();
  try {
    const response = await fetch(`${location.origin}/`, {
      method: "HEAD", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(4000),
    });
    return { asked, answered: stamp(), date: response.headers.get("Date"), reason: null };
  } catch (error) {
    return { asked, answered: stamp(), date: null, reason: String(error?.message ?? error) };
  }
}
