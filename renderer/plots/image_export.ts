/** The map and the frontier as image files. */
export async function exportImage(what: 'map' | 'frontier', format: 'png' | 'svg'): Promise<{ name: string; bytes: Uint8Array }> {
  return { name: `${what}.${format}`, bytes: new Uint8Array() };
}
