// What was read, in its one form, and the only form of it that this phone keeps: the beginning of its digest.

const SHAPE = /^[A-Z2-7]{26}$/;
const LONGEST_TYPED = 80;
const LONGEST_TOLD = 500; // characters that the house takes of what is none of its codes
const HASH_CHARACTERS = 16; // of 64: finds a ticket that is held up, and forges none
const MEANT = { 0: "O", 1: "I", 8: "B" }; // not in the alphabet: whoever types them means what they look like

/* Returns a code as tickets carry it, or null when this is none. */
export const normalise = (text) => {
  if (text.length > LONGEST_TYPED) return null;
  const bare = text.replace(/[\s\-.·]+/g, "").toUpperCase().replace(/[018]/g, (character) => MEANT[character]);
  return SHAPE.test(bare) ? bare : null;
};

/* Returns what the house is told of a text that is no code: a symbol may hold thousands of characters. */
export const cut = (text) => [...text].slice(0, LONGEST_TOLD).join("");

export const hashOf = async (text) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return bytes.join("").slice(0, HASH_CHARACTERS);
};
