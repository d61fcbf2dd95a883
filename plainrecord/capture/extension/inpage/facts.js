// Runs inside the page, in the world of its own that the page's scripts cannot reach, and only reads: what the page says of
// itself, and the text it shows. It moves, presses and asks for nothing. The last value is the answer.

(() => {
  const MOST_TEXT = 40e6;

  const shadowOf = (element) => element.openOrClosedShadowRoot ?? globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) ?? null;

  const shows = ({ localName }) => !["style", "script", "template", "link"].includes(localName);

  /** The text shown inside components and frames, each after the one it stands in. */
  function innerTexts(root, found) {
    for (const element of root.querySelectorAll("*")) {
      const shadow = element instanceof HTMLElement ? shadowOf(element) : null;
      if (shadow) {
        found.push([...shadow.children].filter(shows).map((child) => child.innerText ?? "").join("\n"));
        innerTexts(shadow, found);
      }
      if (element.localName === "iframe") frameText(element, found);
    }
    return found;
  }

  function frameText(frame, found) {
    const inside = frame.contentDocument; // null where the frame comes from another site
    if (!inside?.body || frame.getClientRects().length === 0) return;
    found.push(inside.body.innerText);
    innerTexts(inside, found);
  }

  function visibleText() {
    if (!document.body) return document.documentElement?.textContent ?? "";
    const texts = [document.body.innerText, ...innerTexts(document, [])];
    return texts.filter((text) => text.trim()).join("\n\n").slice(0, MOST_TEXT);
  }

  const page = document.scrollingElement ?? document.documentElement;
  const authored = (selector, name) => document.querySelector(selector)?.getAttribute(name) || null;
  return {
    url: location.href,
    title: document.title,
    canonical: authored("link[rel~=canonical]", "href"),
    referrer: document.referrer || null,
    language: document.documentElement.lang || null,
    charset: document.characterSet || null,
    content_type: document.contentType || null,
    selection: String(getSelection() ?? "") || null,
    text: visibleText(),
    view: {
      width: innerWidth,
      height: innerHeight,
      scroll_x: scrollX,
      scroll_y: scrollY,
      page_width: page.scrollWidth,
      page_height: page.scrollHeight,
      pixel_ratio: devicePixelRatio,
    },
  };
})();
