/** The layer table. */
export function LayerTablePanel() {
  return <section className="panel" aria-label="Layers" />;
}
