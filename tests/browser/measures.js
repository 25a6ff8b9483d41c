// Measures of a page as it stands, for the tests: what is too small to press, what sticks out, what is cut off.
// Evaluated as one function; returns sentences about what is wrong.
(() => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const called = (element) => {
    const words = (element.getAttribute("aria-label") || element.textContent || element.id).trim().replace(/\s+/g, " ");
    const classes = typeof element.className === "string" && element.className ? `.${element.className.trim().replace(/\s+/g, ".")}` : "";
    return `${element.localName}${classes} “${words.slice(0, 60)}”`;
  };
  const isSeen = (element) => {
    // what only screen readers get is one pixel wide, or stands outside the page until it has the focus
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.clipPath !== "none" || each.clientWidth === 1) return false;
      if (style.position === "absolute" && each.getBoundingClientRect().bottom + scrollY <= 0) return false;
    }
    return shown(element);
  };
  const within = (element, overflow) => {
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) {
      if (overflow.test(getComputedStyle(each).overflowX)) return true;
    }
    return false;
  };
  const words = function* (root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && !node.parentElement.closest("script, style, svg, option") && isSeen(node.parentElement)) yield node;
    }
  };
  const placeOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  };
  const hasBox = (style) =>
    (style.backgroundColor !== "rgba(0, 0, 0, 0)" && style.backgroundColor !== "transparent") ||
    parseFloat(style.borderLeftWidth) > 0;

  /** Whatever is pressed is 24 pixels high and wide; links in a sentence are let off (WCAG 2.2, 2.5.8). */
  const small = () =>
    [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]")]
      .filter(isSeen)
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        const label = element.labels?.[0]?.getBoundingClientRect();
        const inSentence =
          element.localName === "a" &&
          getComputedStyle(element).display === "inline" &&
          element.closest("p, li, dd, td")?.textContent.trim() !== element.textContent.trim();
        return Math.min(Math.max(width, label?.width ?? 0), Math.max(height, label?.height ?? 0)) < 24 && !inSentence;
      })
      .map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return `too small to press, ${Math.round(width)} by ${Math.round(height)}: ${called(element)}`;
      });

  /** The page does not move sideways. */
  const sideways = () => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const isHeld = (each) => each.parentElement?.closest("svg, table") || within(each, /auto|scroll|hidden|clip/);
    const widest = [...document.body.querySelectorAll("*")]
      .filter((each) => shown(each) && !isHeld(each) && each.getBoundingClientRect().right > page.clientWidth + 1)
      .sort((one, other) => other.getBoundingClientRect().right - one.getBoundingClientRect().right);
    return [`the page is ${page.scrollWidth} wide on ${page.clientWidth}: ${widest.slice(0, 2).map(called).join(" in ")}`];
  };

  /** No words are cut off by an element that hides what does not fit. */
  const cut = () =>
    [...document.body.querySelectorAll("*")]
      .filter((each) => {
        const style = getComputedStyle(each);
        if (!/hidden|clip/.test(style.overflowX + style.overflowY) || !isSeen(each)) return false;
        if (![...words(each)].length) return false;
        return each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1;
      })
      .map((each) => `cut off: ${called(each)}`);

  /** No words stick out of the box they stand in, unless it can be scrolled. */
  const outside = () => {
    const found = new Map();
    for (const node of words(document.body)) {
      for (let box = node.parentElement; box && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (/auto|scroll/.test(style.overflowX)) break;
        if (!hasBox(style)) continue;
        const [inner, outer] = [placeOf(node), box.getBoundingClientRect()];
        const leading = 0.3 * parseFloat(getComputedStyle(node.parentElement).fontSize); // of letters set tight
        const by = Math.max(outer.left - inner.left, inner.right - outer.right, inner.bottom - outer.bottom - leading);
        if (by > 1.5 && !found.has(box)) {
          found.set(box, `“${node.data.trim().slice(0, 40)}” sticks out by ${Math.round(by)}: ${called(box)}`);
        }
        break;
      }
    }
    return [...found.values()];
  };

  /** Nothing in the header lies over anything else there. */
  const overlapping = () => {
    const items = [...document.querySelectorAll("header a, header summary, header .pill, header p, header button")]
      .filter(isSeen)
      .filter((each) => !each.closest(".panel"));
    const found = [];
    items.forEach((one, index) => {
      for (const other of items.slice(index + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1) found.push(`${called(one)} lies over ${called(other)}`);
      }
    });
    return found;
  };

  return [...small(), ...sideways(), ...cut(), ...outside(), ...overlapping()];
})()
