/** The comparison of two architectures. */
export function ComparePanel() {
  return <section className="panel" aria-label="Compare" />;
}
