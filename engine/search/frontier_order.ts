/** In which order the levels of a frontier are solved: a coarse picture of the whole first, then what lies between. */

/** The first pass over a line, and over each axis of a grid, has about this many positions or up to twice as many. */
const FIRST_ON_LINE = 12;
const FIRST_ON_AXIS = 6;

/** All positions `0 .. points - 1`, each once: every step-th and the last, then every half step, down to single ones. */
export function coarseToFine(points: number): number[] {
  const ordered: number[] = [];
  const seen = new Uint8Array(points);
  for (const step of stepsFor(points, FIRST_ON_LINE)) {
    for (const position of positionsAt(points, step)) {
      if (seen[position] === 1) continue;
      seen[position] = 1;
      ordered.push(position);
    }
  }
  return ordered;
}

/** All cells of a grid, each once; every pass goes row by row over every step-th position of both axes and the last ones. */
export function coarseToFineGrid(rows: number, columns: number): (readonly [number, number])[] {
  const ordered: (readonly [number, number])[] = [];
  const seen = new Uint8Array(rows * columns);
  for (const step of stepsFor(Math.max(rows, columns), FIRST_ON_AXIS)) {
    for (const row of positionsAt(rows, step)) {
      for (const column of positionsAt(columns, step)) {
        const cell = row * columns + column;
        if (seen[cell] === 1) continue;
        seen[cell] = 1;
        ordered.push([row, column]);
      }
    }
  }
  return ordered;
}

/** Powers of two from the largest that leaves `first` positions down to 1. */
function stepsFor(points: number, first: number): number[] {
  const steps = [1];
  while (points / (steps[0] * 2) >= first) steps.unshift(steps[0] * 2);
  return steps;
}

function positionsAt(points: number, step: number): number[] {
  const positions = Array.from({ length: Math.ceil(points / step) }, (_, i) => i * step);
  const last = points - 1;
  return last >= 0 && positions.at(-1) !== last ? [...positions, last] : positions;
}
