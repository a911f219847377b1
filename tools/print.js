// Prepares a page of the site for paper; tools/pdf.py runs it with {numbers, targets}.
// numbers: from "page.html" or "page.html#id" to its page in the book, or null; targets: ids that other pages link to.
({ numbers, targets }) => {
  const root = document.documentElement;
  Object.assign(root.dataset, { theme: "light", mode: "light" });
  document.querySelectorAll("details").forEach(details => { details.open = true; });
  document.querySelectorAll("img").forEach(image => { image.loading = "eager"; });

  // Each line of code in a block of its own, so that a long one can be wrapped and its continuation marked.
  const ownBlocks = pre => {
    const lines = [document.createElement("span")];
    const put = (node, around) => {
      if (node.nodeType !== Node.TEXT_NODE) {
        node.childNodes.forEach(child => put(child, [node, ...around]));
        return;
      }
      node.data.split("\n").forEach((text, i) => {
        if (i) lines.push(document.createElement("span"));
        let inner = document.createTextNode(text);
        for (const element of around) {
          const outer = element.cloneNode(false);
          outer.append(inner);
          inner = outer;
        }
        lines.at(-1).append(inner);
      });
    };
    pre.childNodes.forEach(child => put(child, []));
    if (!lines.at(-1).textContent) lines.pop();
    lines.forEach(line => { line.className = "print-line"; });
    pre.replaceChildren(...lines);
  };
  document.querySelectorAll("article pre").forEach(ownBlocks);

  // Where a link leads, for readers on paper: the page in the book, or the address.
  const note = (link, name, text) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    link.after(span);
  };
  const own = location.pathname.slice(1);
  for (const link of document.querySelectorAll("article a[href]")) {
    const quiet = ".headerlink, .book-button, :has(.std-term), :has(img), [href*='references.html'], [href*='glossary.html']";
    if (link.matches(quiet) || !link.textContent.trim()) continue;
    const url = new URL(link.href);
    if (url.origin !== location.origin) {
      if (!link.textContent.includes("://")) note(link, "print-address", ` (${url.href.replace(/^https?:\/\//, "")})`);
    } else if (url.pathname.slice(1) !== own) {
      const page = url.pathname.slice(1), number = numbers?.[page + url.hash] ?? numbers?.[page];
      if (number) note(link, "print-page", `p. ${number}`);
    }
  }
  // A table that is too wide in the size of the others, with what was added to its links, gets smaller letters.
  for (const table of document.querySelectorAll("article table")) {
    table.classList.toggle("print-wide", table.getBoundingClientRect().right > innerWidth + 1);
  }

  // A formula that is too wide gets smaller letters, too.
  for (const formula of document.querySelectorAll("article .math-block")) {
    const share = formula.clientWidth / formula.scrollWidth;
    if (share < 1) formula.style.fontSize = `${Math.floor(98 * share)}%`;
  }

  // Chromium keeps the place of an id only if a link of the same page leads to it.
  for (const id of targets) {
    const link = document.createElement("a");
    link.href = `#${id}`;
    document.body.append(link);
  }
}
