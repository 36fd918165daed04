/** The product's mark: a stack of blocks, one attention, one FFN, one saved. */
export function Mark({ size = 20 }: { readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <rect x="2" y="2" width="7.2" height="7.2" rx="1.6" fill="var(--attention)" />
      <rect x="10.8" y="2" width="7.2" height="7.2" rx="1.6" fill="var(--ffn)" />
      <rect x="2" y="10.8" width="7.2" height="7.2" rx="1.6" fill="var(--saved)" />
      <rect x="11.4" y="11.4" width="6" height="6" rx="1.2" fill="none" stroke="var(--text-faint)" strokeWidth="1.2" strokeDasharray="2 1.6" />
    </svg>
  );
}
