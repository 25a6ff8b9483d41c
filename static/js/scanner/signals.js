// A verdict by ear and hand, and a screen that stays awake.

const TONES = {
  admit: [[660, 0, 0.12], [990, 0.12, 0.22]], // Hz, start s, length s: up
  look: [[520, 0, 0.12], [520, 0.2, 0.12], [520, 0.4, 0.12]], // three times the same
  refuse: [[220, 0, 0.22], [165, 0.24, 0.38]], // down
};
const BUZZES = { admit: [90], look: [70, 70, 70, 70, 70], refuse: [320, 120, 320] }; // ms
let sound = null;

/* Browsers let a page be heard only after somebody has touched it. */
const wake = () => {
  sound ??= new AudioContext();
  sound.resume();
};
for (const touch of ["pointerdown", "click", "keydown"]) addEventListener(touch, wake, { once: true });

export const play = (kind) => {
  navigator.vibrate?.(BUZZES[kind]);
  if (sound === null) return;
  for (const [pitch, start, length] of TONES[kind]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    const begin = sound.currentTime + start;
    tone.type = kind === "refuse" ? "square" : "sine";
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, begin);
    volume.gain.exponentialRampToValueAtTime(0.5, begin + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + length);
    tone.connect(volume).connect(sound.destination);
    tone.start(begin);
    tone.stop(begin + length);
  }
};

/* Keeps the screen on while the page is looked at; a phone that cannot goes dark as it is used to. */
export const stayAwake = () => {
  const ask = () => {
    if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", ask);
  ask();
};
