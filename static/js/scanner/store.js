// What stays in this phone when its battery dies: what it is, the day's list, scans and counts that wait.
// Never a name, an address or a whole code.

const NAME = "foyer-scanner";
const LAYOUT = 1;
const KEPT = ["facts", "scans", "tallies"];
let opened;

const open = () => {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, LAYOUT);
    request.onupgradeneeded = () => {
      const database = request.result;
      database.createObjectStore("facts");
      database.createObjectStore("scans", { keyPath: "scan_id" }).createIndex("code_hash", "code_hash");
      database.createObjectStore("tallies", { keyPath: "tally_id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
};

/* Runs one transaction; what it wrote is on the disk when this returns. `act` starts requests and awaits nothing else:
   a transaction ends at the first wait for something that is not its own. */
const transact = async (names, mode, act) => {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
    const request = act(...[names].flat().map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
};

export const read = (key) => transact("facts", "readonly", (facts) => facts.get(key));
export const write = (key, value) => transact("facts", "readwrite", (facts) => facts.put(value, key));

export const rows = (name) => transact(name, "readonly", (rows) => rows.getAll());
export const rowsOfCode = (hash) => transact("scans", "readonly", (scans) => scans.index("code_hash").getAll(hash));
export const put = (name, row) => transact(name, "readwrite", (rows) => rows.put(row));
export const change = (name, changed, dropped = []) =>
  transact(name, "readwrite", (rows) => {
    for (const row of changed) rows.put(row);
    for (const key of dropped) rows.delete(key);
  });

/* Whatever this phone was before, it is this device now: in one step, for its key is nowhere else. */
export const become = (device) =>
  transact(KEPT, "readwrite", (...stores) => {
    for (const each of stores) each.clear();
    stores[0].put(device, "device");
  });

/* Forgets everything, when the phone is no scanner any more. */
export const forget = () =>
  transact(KEPT, "readwrite", (...stores) => {
    for (const each of stores) each.clear();
  });
