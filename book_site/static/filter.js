// A field that keeps of what stands below it, the rows of tables or the terms of a glossary, that in which every typed
// word occurs. What is asked for stands in the address too (?q=…), so that it can be sent to somebody.
document.querySelectorAll(".book-filter").forEach((place) => {
  const what = place.dataset.what;
  const article = place.closest("article");
  const input = document.createElement("input");
  const label = document.createElement("label");
  const count = document.createElement("output");
  input.type = "search";
  input.placeholder = place.dataset.example;
  label.append(`Show only ${what} with the words `, input);
  count.setAttribute("aria-live", "polite");
  place.append(label, count);

  const folds = [...article.querySelectorAll("details.book-rows")];
  const chapter = (row) => row.closest("section")?.querySelector(":is(h1, h2, h3)")?.textContent ?? "";
  const rows = findRows(); // each a list of elements that are shown together
  const words = rows.map((row) => `${folds.length ? chapter(row[0]) : ""} ${text(row)}`.toLowerCase());

  function findRows() {
    const below = [...article.querySelectorAll("table, dl.glossary")].find(
      (part) => place.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (!folds.length && below.matches("dl")) {
      const terms = [[]];
      for (const part of below.children) { // one or more dt, then their dd
        terms.at(-1).push(part);
        if (part.matches("dd")) terms.push([]);
      }
      return terms.filter((term) => term.length);
    }
    return (folds.length ? folds : [below]).flatMap((part) => [...part.querySelectorAll("tbody tr:not(.book-sum)")])
      .map((row) => [row]);
  }
  function text(row) {
    return row.map((part) => part.textContent).join(" ");
  }
  // A statement that begins with dots is read after the one above it
  const goesOn = (row) => /^\s*(…|\.\.\.)/.test(text(row));

  function keep() {
    const asked = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rows.map((_, i) => asked.every((word) => words[i].includes(word)));
    const shown = [...found];
    for (let i = rows.length - 1; i > 0; i -= 1) {
      const together = rows[i - 1][0].parentElement === rows[i][0].parentElement;
      if (shown[i] && together && goesOn(rows[i])) shown[i - 1] = true;
    }
    rows.forEach((row, i) => row.forEach((part) => { part.hidden = !shown[i]; }));
    folds.forEach((fold) => {
      const some = fold.querySelector("tbody tr:not([hidden])") !== null;
      fold.closest("section").hidden = asked.length > 0 && !some;
      fold.open = asked.length > 0 && some;
    });
    const n = found.filter(Boolean).length;
    count.textContent = asked.length ? `${n || "None"} of ${rows.length} ${what}` : "";
    const address = new URL(location);
    if (asked.length) address.searchParams.set("q", input.value);
    else address.searchParams.delete("q");
    history.replaceState(null, "", address);
  }
  input.addEventListener("input", keep);
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    input.value = asked;
    keep();
  }
});
