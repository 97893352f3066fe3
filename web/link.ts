// A scene in the address: #s=..., and no token.

import type { Scene, StudyOption } from "./protocol";

/** Return the scene of the address, with every field of its study; null if none can be read from it. */
export function sceneOfLink(studies: StudyOption[]): Scene | null {
  const found = /(?:^#|&)s=([A-Za-z0-9_-]+)/.exec(location.hash);
  if (!found?.[1]) return null;
  try {
    const base64 = found[1].replaceAll("-", "+").replaceAll("_", "/");
    const octets = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    return completed(JSON.parse(new TextDecoder().decode(octets)), studies);
  } catch {
    return null;
  }
}

export function holdsScene(): boolean {
  return /(?:^#|&)s=/.test(location.hash);
}

/** Give what is left out the study's own value; what else is wrong the server says. */
function completed(read: unknown, studies: StudyOption[]): Scene | null {
  if (typeof read !== "object" || read === null || Array.isArray(read)) return null;
  const given = read as Partial<Scene>;
  const study = studies.find((one) => one.name === (given.study ?? studies[0]?.name));
  if (!study) return null;
  const scene = { ...study.scene, ...given } as Scene;
  for (const name of ["study", "layer_dims", "inits", "seed"] as const) {
    if (scene[name] === null) Object.assign(scene, { [name]: study.scene[name] });
  }
  if (scene["optimizer"] === "gd" && given["batch_size"] === undefined && "batch_size" in scene) {
    Object.assign(scene, { batch_size: null }); // all points
  }
  const { layer_dims, inits } = scene;
  const shaped = Array.isArray(layer_dims) && layer_dims.every(Number.isFinite) && layer_dims.length > 2
    && Array.isArray(inits) && inits.every((one) => typeof one === "string") && inits.length > 0;
  return shaped ? scene : null;
}

export function linkOf(scene: Scene): string {
  const octets = new TextEncoder().encode(JSON.stringify(scene));
  const base64 = btoa(String.fromCharCode(...octets));
  const safe = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${location.origin}${location.pathname}#s=${safe}`;
}
