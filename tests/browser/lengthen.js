// Makes every word of a page stranger and every text 40 % longer, as a language that we do not speak yet might.
// Figures, dates and codes stay; a short label grows into a longer word, a sentence gets more of them.
(() => {
  const STRANGE = { a: "á", c: "ç", e: "ê", i: "ï", n: "ñ", o: "ö", s: "š", u: "ü", y: "ý", z: "ž", A: "Å", E: "É", O: "Ø" };
  const LONGEST_WORD = 22; // letters; Toegankelijkheidsverklaring has 27, and is the longest we have
  const strange = (text) => text.replace(/[aceinosuyzAEO]/g, (letter) => STRANGE[letter]);
  const longer = (text) => {
    const letters = text.trim();
    const more = Math.ceil(letters.length * 0.4);
    if (!/\s/.test(letters) && letters.length + more <= LONGEST_WORD) return text.replace(letters, letters + "elongatio".slice(0, more));
    let added = "";
    for (let part = 0; added.length < more; part++) added += ` ${["lorum", "verba", "addita", "sunt"][part % 4]}`;
    return text.trimEnd() + added.slice(0, Math.max(more, 4)) + text.slice(text.trimEnd().length);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const element = node.parentElement;
    if (element.closest("script, style, time, [lang]:not(html), .visually-hidden, .code, .order-code, .wordmark")) continue;
    if (/\d/.test(node.data) || (node.data.match(/\p{L}/gu) ?? []).length < 4) continue;
    node.data = strange(longer(node.data));
  }
})()
