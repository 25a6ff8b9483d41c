// Reads QR symbols off pictures, beside the page, so that the page never waits.

import { prepareZXingModule, readBarcodes } from "../../vendor/zxing-wasm/es/reader/index.js";

const WASM = new URL("../../vendor/zxing-wasm/reader/zxing_reader.wasm", import.meta.url).href;
const ASKED = { formats: ["QRCode"], maxNumberOfSymbols: 1 };

const ready = prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });
ready.catch(() => postMessage({ isBroken: true }));

addEventListener("message", async ({ data: { width, height, pixels } }) => {
  await ready;
  const found = await readBarcodes(new ImageData(new Uint8ClampedArray(pixels), width, height), ASKED);
  postMessage({ text: found[0]?.text ?? null });
});
