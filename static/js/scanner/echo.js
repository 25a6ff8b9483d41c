// A scanner may fire twice, a camera goes on seeing: as long as a code stays in view, it is one scan.

const SAME_CODE = 3000; // ms
const heardAt = new Map(); // what was read, and when last

export const isEcho = (read) => {
  const now = Date.now();
  for (const [each, at] of heardAt) if (now - at >= SAME_CODE) heardAt.delete(each);
  const isOne = heardAt.has(read);
  heardAt.set(read, now);
  return isOne;
};

/* Whoever could not be answered may show the same code again at once. */
export const forget = () => heardAt.clear();
