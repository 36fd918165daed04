/**
 * Spearman's rank correlation, ties given their mean rank: the correlation of the ranks of two lists of equal length.
 * Undefined for fewer than three values, or where all of a list are equal.
 */
export function spearman(first: readonly number[], second: readonly number[]): number | undefined {
  if (first.length < 3) return undefined;
  const correlation = pearson(ranks(first), ranks(second));
  return Number.isNaN(correlation) ? undefined : correlation;
}

function ranks(values: readonly number[]): readonly number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const result = values.map(() => 0);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (let i = start; i < end; i++) result[order[i] ?? 0] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const meanX = mean(x);
  const meanY = mean(y);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (const [i, value] of x.entries()) {
    const dx = value - meanX;
    const dy = (y[i] ?? 0) - meanY;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
