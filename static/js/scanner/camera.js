// The camera: pictures go to the reader one at a time, what it reads comes back. One camera per page.

const SIDE = 720; // pixels of the middle square that is read; shrinking it further would lose small symbols
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 } };
// Names of the browser's errors, by what a person can do about it.
const MISHAPS = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "busy", AbortError: "busy",
};

const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d", { willReadFrequently: true });
let reader = null;
let isReading = false;
let track = null;

export class Mishap extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

const startReader = (onRead, onBroken) => {
  reader = new Worker(new URL("./reader.js", import.meta.url), { type: "module" });
  reader.addEventListener("message", ({ data }) => {
    isReading = false;
    if (data.isBroken) onBroken();
    else if (data.text) onRead(data.text);
  });
  reader.addEventListener("error", onBroken);
};

const lookAt = (video) => {
  if (!isReading && video.videoWidth) {
    const middle = Math.min(video.videoWidth, video.videoHeight);
    const side = Math.min(middle, SIDE);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const left = (video.videoWidth - middle) / 2;
    const top = (video.videoHeight - middle) / 2;
    pen.drawImage(video, left, top, middle, middle, 0, 0, side, side);
    const pixels = pen.getImageData(0, 0, side, side).data.buffer;
    isReading = true;
    reader.postMessage({ width: side, height: side, pixels }, [pixels]);
  }
  next(video);
};

const next = (video) => {
  if (track === null) return;
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => lookAt(video));
  else setTimeout(() => lookAt(video), 66);
};

const open = async (camera) => {
  if (!navigator.mediaDevices) throw new Mishap("insecure");
  const which = camera ? { deviceId: { exact: camera } } : { facingMode: { ideal: "environment" } };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WANTED, ...which } });
  } catch (error) {
    if (camera && error.name === "OverconstrainedError") return open(""); // the one chosen is gone
    throw new Mishap(MISHAPS[error.name] ?? "busy");
  }
};

export const stop = () => {
  track?.stop();
  track = null;
};

/* Shows a camera in `video` and reads what it sees. Throws a Mishap whose kind says what to do. */
export const start = async (video, camera, { onRead, onMishap }) => {
  stop();
  if (reader === null) startReader(onRead, () => onMishap("broken"));
  const stream = await open(camera);
  [track] = stream.getVideoTracks();
  track.addEventListener("ended", () => {
    track = null;
    onMishap(document.hidden ? "off" : "busy"); // phones take it away from a page that nobody looks at
  });
  video.srcObject = stream;
  await video.play();
  next(video);
};

export const choices = async () =>
  (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");

export const isOn = () => track !== null;
export const chosen = () => track?.getSettings().deviceId ?? "";
export const hasTorch = () => Boolean(track?.getCapabilities?.().torch);
export const light = (isOn) => track?.applyConstraints({ advanced: [{ torch: isOn }] });
