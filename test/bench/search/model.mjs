/**
 * One case as the plain binary program that every peer gets: one variable per layer and variant, one row per layer
 * (exactly one variant) and one per limit. Nothing is removed and nothing aggregated: that is what a tool without a search
 * of its own would send to its solver.
 */
import { createHash } from 'node:crypto';

/** What totals may exceed a limit by, relative to it: rounding in sums of a hundred terms. */
const ROUNDING = 1e-9;

/** Choices by layer, with the columns that a benchmark needs as arrays. */
export function numericLibrary(library, columns) {
  const layers = Array.from({ length: library.parent.num_hidden_layers }, () => []);
  const singles = library.choices.filter((choice) => choice.parent_layers.length === 1);
  for (const [index, choice] of singles.entries()) layers[choice.parent_layers[0]].push(index);
  const values = Object.fromEntries(columns.map((id) => [id, Float64Array.from(singles, (choice) => choice.values[id])]));
  const outside = Object.fromEntries(columns.map((id) => [id, outsideBlocks(library, id)]));
  const parent = layers.map((choices, layer) => choices.find((c) => singles[c].variant === library.parent.variants[layer]));
  const parentTotals = Object.fromEntries(columns.map((id) => [id, parent.reduce((sum, c) => sum + values[id][c], outside[id])]));
  return { layers, values, outside, parentTotals };
}

/** Cost of what is in no block, as the library states it for the column's measurement. */
function outsideBlocks(library, id) {
  const { measurement } = library.columns.find((column) => column.id === id);
  const entry = library.non_block.find((candidate) => candidate.measurement === measurement) ?? library.non_block.find((candidate) => Object.hasOwn(candidate.values, id));
  return entry?.values[id] ?? 0;
}

/**
 * `scale` makes units a solver's absolute tolerances are meant for: a limit of some ten thousands, a score of some units
 * per layer. It is a power of ten; every solver gets the same.
 */
export function modelOf(numeric, objective, { max }) {
  const cost = numeric.values[objective];
  const worst = numeric.layers.map((choices) => Math.max(...choices.map((c) => Math.abs(cost[c]))));
  const costScale = powerOfTen(worst.reduce((sum, value) => sum + value, 0) / worst.length);
  const rows = Object.entries(max).map(([column, limit]) => {
    const bound = limit - numeric.outside[column];
    return { column, limit, bound, values: numeric.values[column], scale: powerOfTen(bound / 10_000) };
  });
  return { layers: numeric.layers, cost, costScale, outside: numeric.outside[objective], rows };
}

function powerOfTen(value) {
  return 10 ** Math.floor(Math.log10(value));
}

/** The same program in scaled numbers, by column: what solvers that take arrays are given. */
export function arraysOf({ layers, cost, costScale, rows }) {
  const numCols = cost.length;
  const layerOf = new Int32Array(numCols);
  for (const [layer, choices] of layers.entries()) for (const c of choices) layerOf[c] = layer;
  const starts = [0];
  const indices = [];
  const coefficients = [];
  for (let c = 0; c < numCols; c++) {
    indices.push(layerOf[c]);
    coefficients.push(1);
    for (const [r, row] of rows.entries()) {
      if (row.values[c] === 0) continue;
      indices.push(layers.length + r);
      coefficients.push(row.values[c] / row.scale);
    }
    starts.push(indices.length);
  }
  return {
    numCols,
    numRows: layers.length + rows.length,
    colCost: Array.from(cost, (value) => value / costScale),
    rowLower: layers.length,
    rowUpper: [...layers.map(() => 1), ...rows.map((row) => row.bound / row.scale)],
    starts,
    indices,
    coefficients,
  };
}

/** Objective and limits of a solver's choice (one per layer) in the library's own numbers, whatever the solver tolerated. */
export function evaluate({ layers, cost, outside, rows }, chosen) {
  const complete = chosen.length === layers.length && chosen.every((c, layer) => layers[layer].includes(c));
  if (!complete) return { complete, objective: Number.NaN, exceeded: [] };
  const sum = (values) => chosen.reduce((total, c) => total + values[c], 0);
  const exceeded = rows.flatMap(({ column, limit, bound, values }) => {
    const over = sum(values) - bound;
    return over > ROUNDING * Math.max(1, Math.abs(limit)) ? [{ column, share: over / limit }] : [];
  });
  return { complete, objective: sum(cost) + outside, exceeded };
}

/** Tells one program from another, for answers kept from run to run. */
export function fingerprint({ cost, costScale, rows }) {
  const hash = createHash('sha256').update(cost).update(String(costScale));
  for (const row of rows) hash.update(row.values).update(`${row.bound} ${row.scale}`);
  return hash.digest('hex').slice(0, 24);
}
