// Keeps the scanner's shell in the phone, so that it opens without a network. It keeps files alone: no list, no answer.

const KEPT = "foyer-scanner-{{ version }}";
const SHELL = {{ shell|tojson }};
const FILES = {{ kept|tojson }};

addEventListener("install", (event) => {
  const fresh = FILES.map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(fresh)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const clear = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("foyer-scanner-") && name !== KEPT).map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(clear());
});

addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const isShell = event.request.mode === "navigate" && address.pathname === SHELL;
  if (event.request.method !== "GET" || !(isShell || FILES.includes(address.pathname + address.search))) return;
  const wanted = isShell ? SHELL : event.request;
  event.respondWith(caches.open(KEPT).then((cache) => cache.match(wanted)).then((known) => known ?? fetch(event.request)));
});
