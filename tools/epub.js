// Turns a page of the site into the body of a chapter of an EPUB; tools/epub.py runs it.
// Returns the article as XHTML, its title and sections, and the pictures in it.
() => {
  const article = document.querySelector("article");
  const dropped = ".tag_checks, .tag_imports, .tag_setup, .tag_check, details.hide.above-input, .headerlink, .book-interactive, .onlyprint, #jb-print-docs-body, .book-button, .copybtn, .book-backlinks, script, style, template, button, input, select, textarea, form, noscript, iframe, video, audio, canvas";
  article.querySelectorAll(dropped).forEach(element => element.remove());
  // Outputs that are closed on the site are open here: the line that closes them holds paragraphs, which no line may.
  for (const closed of article.querySelectorAll("details.hide.below-input")) {
    closed.querySelector("summary").remove();
    closed.replaceWith(...closed.childNodes);
  }
  article.querySelectorAll("center, tt, font").forEach(element => element.replaceWith(...element.childNodes));

  const kept = new Set(["id", "class", "href", "src", "alt", "colspan", "rowspan", "lang", "start", "display", "open"]);
  const seen = new Set();
  for (const element of [article, ...article.querySelectorAll("*")]) {
    const maths = element.namespaceURI.endsWith("MathML");
    const drawing = element.namespaceURI.endsWith("svg");
    for (const { name } of [...element.attributes]) {
      const known = kept.has(name) || ((maths || drawing) && !name.startsWith("on") && !name.startsWith("data-"));
      if (!known || (name === "display" && !maths)) element.removeAttribute(name);
    }
    if (element.id && (seen.has(element.id) || !/^[A-Za-z_][\w.:-]*$/.test(element.id))) element.removeAttribute("id");
    if (element.id) seen.add(element.id);
    if (!element.className) element.removeAttribute("class");
  }
  const pictures = [];
  for (const image of article.querySelectorAll("img")) {
    const url = new URL(image.src);
    pictures.push(url.pathname.slice(1));
    image.setAttribute("src", `picture:${url.pathname.slice(1)}`);
    if (!image.hasAttribute("alt")) image.setAttribute("alt", "");
  }
  for (const link of article.querySelectorAll("a")) {
    if (!link.hasAttribute("href")) continue;
    const url = new URL(link.href);
    if (url.origin === location.origin) link.setAttribute("href", `page:${url.pathname.slice(1)}${url.hash}`);
  }
  const text = element => element.textContent.trim().replace(/\s+/g, " ");
  const sections = [...article.querySelectorAll("h2")].map(h => [h.closest("section")?.id ?? "", text(h)]);
  return {
    title: text(article.querySelector("h1") ?? document.querySelector("title")),
    sections: sections.filter(([id]) => id),
    pictures,
    properties: [["mathml", "math"], ["svg", "svg"]].filter(([, tag]) => article.querySelector(tag)).map(([name]) => name),
    xhtml: new XMLSerializer().serializeToString(article),
  };
}
