// Where the camera's picture is, or what to do to have one: started, lit, chosen, resumed.

import * as camera from "./camera.js";
import * as store from "./store.js";

let page = null;
let onRead = null;
let wasOn = false;
const part = (name) => page.querySelector(`[data-${name}]`);

const show = (state) => {
  for (const each of page.querySelectorAll("[data-camera]")) each.hidden = each.dataset.camera !== state;
  part("retry").hidden = ["off", "starting", "on"].includes(state);
  part("finder").classList.toggle("is-on", state === "on");
};

const showTools = async () => {
  part("torch").hidden = !camera.hasTorch();
  part("torch").setAttribute("aria-pressed", "false");
  const cameras = await camera.choices();
  const options = cameras.map((each, index) => {
    const isChosen = each.deviceId === camera.chosen();
    return new Option(each.label || String(index + 1), each.deviceId, isChosen, isChosen);
  });
  part("cameras").querySelector("select").replaceChildren(...options);
  part("cameras").hidden = cameras.length < 2;
};

const open = async () => {
  show("starting");
  try {
    await camera.start(part("video"), (await store.read("camera")) ?? "", { onRead, onMishap: show });
    wasOn = true;
    show("on");
    await showTools();
  } catch (error) {
    if (!(error instanceof camera.Mishap)) throw error;
    show(error.kind);
  }
};

const light = async ({ currentTarget }) => {
  const isOn = currentTarget.getAttribute("aria-pressed") !== "true";
  currentTarget.setAttribute("aria-pressed", String(isOn));
  await camera.light(isOn);
};

const choose = async ({ target }) => {
  await store.write("camera", target.value);
  await open();
};

/* Looks at once where the camera was allowed before; elsewhere it waits to be asked. */
export const start = async (itsPage, itsReader) => {
  [page, onRead] = [itsPage, itsReader];
  for (const button of page.querySelectorAll("[data-start-camera]")) button.addEventListener("click", open);
  part("torch").addEventListener("click", light);
  part("cameras").addEventListener("change", choose);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && wasOn && !camera.isOn()) open(); // phones take it away from a page that nobody looks at
  });
  show("off");
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "granted") await open();
};
