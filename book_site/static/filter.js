// A field that keeps of the table below it, or of all that are folded, the rows in which every typed word occurs. What is asked for stands in the
// address too (?q=…), so that it can be sent to somebody.
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
  const below = [...article.querySelectorAll("table")].find(
    (table) => place.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING);
  const rows = (folds.length ? folds : [below]).flatMap((part) => [...part.querySelectorAll("tbody tr:not(.book-sum)")]);
  const chapter = (row) => row.closest("section")?.querySelector(":is(h1, h2, h3)")?.textContent ?? "";
  const words = rows.map((row) => `${folds.length ? chapter(row) : ""} ${row.textContent}`.toLowerCase());
  // A statement that begins with dots is read after the one above it
  const goesOn = (row) => /^\s*(…|\.\.\.)/.test(row.textContent);

  function keep() {
    const asked = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rows.map((_, i) => asked.every((word) => words[i].includes(word)));
    const shown = [...found];
    for (let i = rows.length - 1; i > 0; i -= 1) {
      if (shown[i] && goesOn(rows[i]) && rows[i - 1].parentElement === rows[i].parentElement) shown[i - 1] = true;
    }
    rows.forEach((row, i) => { row.hidden = !shown[i]; });
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
