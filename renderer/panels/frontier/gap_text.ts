/** Gaps as text: two significant figures, so that a small one does not read as none. */

/** `3.2 %`, `0.0041 %`; `0 %` only where there is none. */
export function gapText(gap: number): string {
  const percent = gap * 100;
  return `${percent === 0 ? '0' : percent >= 10 ? percent.toFixed(0) : String(Number(percent.toPrecision(2)))} %`;
}
