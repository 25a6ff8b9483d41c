// What the scanner asks of the house. Three things may come of it: an answer, no answer (Away), or never again (Revoked).

export class Away extends Error {}
export class Revoked extends Error {}
export class Refused extends Error {
  constructor(status, told) {
    super(told?.detail ?? String(status));
    this.status = status;
  }
}

const ask = async (address, options, patience) => {
  let response, body;
  try {
    response = await fetch(address, { ...options, signal: AbortSignal.timeout(patience), credentials: "omit", cache: "no-store" });
    body = await response.json();
  } catch (error) {
    throw new Away(String(error)); // also an answer that is none: a login page of the network, a proxy's excuse
  }
  if (response.status === 401) throw new Revoked();
  if (response.status >= 500) throw new Away(String(response.status));
  if (!response.ok) throw new Refused(response.status, body);
  return body;
};

const headers = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

export const get = (address, token, patience) => ask(address, { headers: headers(token) }, patience);

export const post = (address, body, token, patience) =>
  ask(
    address,
    { method: "POST", headers: { "Content-Type": "application/json", ...headers(token) }, body: JSON.stringify(body) },
    patience,
  );
