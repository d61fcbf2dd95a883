// Runs inside the page, in the world of its own that the page's scripts cannot reach: writes what stands in the page as one HTML
// file that runs nothing and fetches nothing. It only reads. What could not be read is listed, never left out in silence.
// Pictures and styles are read through the browser's cache; a picture that the page had not loaded is not loaded for this.
// The last value is the answer: { html, missing }.

(async () => {
  const MOST_BYTES = 300e6;
  const DEEPEST = 2000;
  const MOST_MISSING = 2000;
  const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
  const DROPPED = new Set("script noscript template base object embed applet param source track portal frameset frame".split(" "));
  // Elements whose text a parser reads by other rules are written as plain blocks.
  const AS_BLOCK = new Set("xmp plaintext listing noembed noframes".split(" "));
  const UNSAFE = new Set("srcset sizes srcdoc integrity nonce ping background action formaction manifest http-equiv".split(" "));
  const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; media-src data:; form-action 'none'; base-uri 'none'";

  const missing = [];
  const wanted = new Map(); // address → data: address, or "" when it could not be read
  const uses = new Map(); // address → how often it stands in the file

  const escapeText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const escapeValue = (text) => escapeText(text).replaceAll('"', "&quot;");
  const shadowOf = (element) => element.openOrClosedShadowRoot ?? globalThis.chrome?.dom?.openOrClosedShadowRoot?.(element) ?? null;
  const absolute = (address, base) => (URL.canParse(address, base) ? new URL(address, base).href : "");

  function lack(address, reason) {
    if (missing.length < MOST_MISSING) missing.push({ url: String(address).slice(0, 2000), reason });
  }

  /** A place in the file that is filled once the resource was read. */
  function resource(address, base, reason) {
    const whole = absolute(address, base);
    if (whole.startsWith("data:")) return whole;
    if (!/^(https?|blob):/.test(whole)) {
      lack(address, reason);
      return "";
    }
    wanted.set(whole, "");
    uses.set(whole, (uses.get(whole) ?? 0) + 1);
    return { whole };
  }

  /** Style text with its pictures and fonts turned into places to fill. */
  function styleParts(text, base) {
    const pieces = [];
    let from = 0;
    for (const match of text.matchAll(/url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^)'"\s]*))\s*\)/g)) {
      const address = (match[1] ?? match[2] ?? match[3] ?? "").replace(/\\(.)/g, "$1");
      pieces.push(text.slice(from, match.index));
      pieces.push(address.startsWith("#") ? `url("${address}")` : { style: resource(address, base, "style-address") });
      from = match.index + match[0].length;
    }
    return [...pieces, text.slice(from)];
  }

  function sheetParts(sheet, base) {
    const home = sheet.href ?? base;
    try {
      return [...sheet.cssRules].flatMap((rule) => {
        if (rule instanceof CSSImportRule) return rule.styleSheet ? sheetParts(rule.styleSheet, home) : [];
        return [...styleParts(rule.cssText, home), "\n"];
      });
    } catch {
      lack(home, "style-sheet-of-another-site");
      return [];
    }
  }

  function writeSheet(sheet, base, out) {
    if (!sheet || sheet.disabled) return;
    const media = sheet.media?.mediaText;
    out.push(media ? `<style media="${escapeValue(media)}">` : "<style>", { sheet: sheetParts(sheet, base) }, "</style>");
  }

  function writeAttributes(element, base, out) {
    const password = element.localName === "input" && element.type === "password";
    for (const { name, value } of element.attributes) {
      const plain = name.toLowerCase();
      if (plain.startsWith("on") || UNSAFE.has(plain) || /[\s"'<>/=]/.test(plain)) continue;
      if (password && plain === "value") continue;
      if (plain === "style") out.push(' style="', { value: styleParts(value, base) }, '"');
      else if (plain === "href" || plain === "xlink:href") writeLink(element, plain, value, base, out);
      else if (plain === "src" || plain === "data" || plain === "poster") continue; // each written by its own element
      else out.push(` ${plain}="${escapeValue(value)}"`);
    }
  }

  function writeLink(element, name, value, base, out) {
    if (value.startsWith("#")) out.push(` ${name}="${escapeValue(value)}"`);
    else if (["image", "feImage", "use"].includes(element.localName)) {
      out.push(` ${name}="`, { value: [resource(value, base, "drawing-address")] }, '"');
    } else if (/^(https?|mailto|tel):/.test(absolute(value, base))) out.push(` ${name}="${escapeValue(absolute(value, base))}"`);
  }

  function writePicture(image, base, out) {
    const address = image.currentSrc || image.src;
    if (!address) return;
    if (!image.complete || image.naturalWidth === 0) lack(address, "picture-not-loaded");
    else out.push(' src="', { value: [resource(address, base, "picture-address")] }, '"');
  }

  function writeCanvas(canvas, out) {
    try {
      out.push(`<img width="${canvas.width}" height="${canvas.height}" alt="canvas" src="${canvas.toDataURL()}">`);
    } catch {
      lack("canvas", "drawing-of-another-site");
    }
  }

  function writeFrame(frame, base, out, depth) {
    const inside = frame.contentDocument;
    if (!inside?.documentElement) {
      lack(frame.src || "frame", "frame-of-another-site");
      out.push("<iframe sandbox", ...ownSize(frame), "></iframe>");
      return;
    }
    const held = [];
    writeDocument(inside, held, depth);
    out.push("<iframe sandbox", ...ownSize(frame), ' srcdoc="', { value: held }, '"></iframe>');
  }

  function ownSize(frame) {
    const box = frame.getBoundingClientRect();
    return [` width="${Math.round(box.width)}" height="${Math.round(box.height)}"`];
  }

  function writeElement(element, base, out, depth) {
    const tag = element.localName;
    if (DROPPED.has(tag)) {
      if (["object", "embed", "applet", "frame", "frameset"].includes(tag)) lack(element.data || element.src || tag, "embedded-object");
      return;
    }
    if (tag === "meta" && (element.httpEquiv || element.getAttribute("charset"))) return;
    if (tag === "link") return void (element.sheet && writeSheet(element.sheet, base, out));
    if (tag === "style") return void writeSheet(element.sheet, base, out);
    if (tag === "canvas") return void writeCanvas(element, out);
    if (tag === "iframe") return void writeFrame(element, base, out, depth);
    const written = AS_BLOCK.has(tag) ? "pre" : tag;
    out.push(`<${written}`);
    writeAttributes(element, base, out);
    if (tag === "img") writePicture(element, base, out);
    if (tag === "video" && element.poster) out.push(' poster="', { value: [resource(element.poster, base, "poster")] }, '"');
    if (tag === "video" || tag === "audio") lack(element.currentSrc || element.src || tag, "sound-or-film");
    out.push(">");
    if (VOID.has(tag) && element instanceof HTMLElement) return;
    const shadow = element instanceof HTMLElement ? shadowOf(element) : null;
    if (shadow) writeShadow(shadow, base, out, depth);
    writeChildren(element, base, out, depth);
    out.push(`</${written}>`);
  }

  function writeShadow(shadow, base, out, depth) {
    out.push('<template shadowrootmode="open">');
    for (const sheet of shadow.adoptedStyleSheets ?? []) writeSheet(sheet, base, out);
    writeChildren(shadow, base, out, depth);
    out.push("</template>");
  }

  function writeChildren(parent, base, out, depth) {
    if (depth > DEEPEST) return lack(parent.localName ?? "component", "too-deeply-nested");
    for (const child of parent.childNodes) {
      if (child.nodeType === Node.ELEMENT_NODE) writeElement(child, base, out, depth + 1);
      else if (child.nodeType === Node.TEXT_NODE || child.nodeType === Node.CDATA_SECTION_NODE) out.push(escapeText(child.data));
    }
  }

  function writeDocument(inside, out, depth = 0) {
    const root = inside.documentElement;
    out.push(inside.compatMode === "BackCompat" ? "" : "<!DOCTYPE html>", "<html");
    writeAttributes(root, inside.baseURI, out);
    out.push(`><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">`);
    if (inside.head) writeChildren(inside.head, inside.baseURI, out, depth);
    for (const sheet of inside.adoptedStyleSheets ?? []) writeSheet(sheet, inside.baseURI, out);
    out.push("</head>");
    for (const child of root.children) if (child !== inside.head) writeElement(child, inside.baseURI, out, depth + 1);
    out.push("</html>");
  }

  async function readOne(address, room) {
    try {
      const response = await fetch(address, { cache: "force-cache", signal: AbortSignal.timeout(10000) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const blob = await response.blob();
      room.left -= blob.size * uses.get(address);
      if (room.left < 0) throw new Error("too much for one file");
      wanted.set(address, await asDataUrl(blob));
    } catch (error) {
      lack(address, `not-readable: ${error.message}`);
    }
  }

  function asDataUrl(blob) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
  }

  async function readAll() {
    const waiting = [...wanted.keys()];
    const room = { left: MOST_BYTES };
    const worker = async () => {
      while (waiting.length) await readOne(waiting.pop(), room);
    };
    await Promise.all(Array.from({ length: 6 }, worker));
  }

  /** The file as text, with every place filled. */
  function filled(pieces) {
    return pieces
      .map((piece) => {
        if (typeof piece === "string") return piece;
        if (piece.whole) return wanted.get(piece.whole);
        if (piece.style !== undefined) return `url("${filled([piece.style])}")`;
        if (piece.sheet) return filled(piece.sheet).replaceAll("</", "<\\/");
        return escapeValue(filled(piece.value));
      })
      .join("");
  }

  const pieces = [];
  writeDocument(document, pieces);
  await readAll();
  return { html: filled(pieces), missing };
})();
