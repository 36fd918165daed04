/** Layer numbers as a reader wants them: `layer 3`, `layers 11, 15, 38-42`. */
export function layerRanges(layers: readonly number[]): string {
  const sorted = [...new Set(layers)].sort((a, b) => a - b);
  const runs: { first: number; last: number }[] = [];
  for (const layer of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === layer - 1) run.last = layer;
    else runs.push({ first: layer, last: layer });
  }
  const text = runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
  return `${sorted.length === 1 ? 'layer' : 'layers'} ${text}`;
}
