// A scene in the address: #s=..., and no token.

import type { Scene } from "./protocol";

export function sceneOfLink(): Scene | null {
  const found = /(?:^#|&)s=([A-Za-z0-9_-]+)/.exec(location.hash);
  if (!found?.[1]) return null;
  try {
    const base64 = found[1].replaceAll("-", "+").replaceAll("_", "/");
    const octets = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(octets)) as Scene;
  } catch {
    return null;
  }
}

export function linkOf(scene: Scene): string {
  const octets = new TextEncoder().encode(JSON.stringify(scene));
  const base64 = btoa(String.fromCharCode(...octets));
  const safe = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${location.origin}${location.pathname}#s=${safe}`;
}
