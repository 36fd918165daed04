/** The runtime map. */
export function LayerMapPanel() {
  return <section className="panel" aria-label="Runtime map" />;
}
