/** The efficient frontier. */
export function FrontierPanel() {
  return <section className="panel" aria-label="Frontier" />;
}
