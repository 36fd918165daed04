/** The bundle has no types of its own; plotly.ts says what is used of it. */
declare module 'plotly.js/dist/plotly-cartesian.min.js' {
  const plotly: unknown;
  export default plotly;
}
