/** Published models. */
export function PublishedPanel() {
  return <section className="panel" aria-label="Published models" />;
}
