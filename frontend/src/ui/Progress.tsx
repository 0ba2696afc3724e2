/** A bar with its number for those who cannot see it; without a value it is busy. */
export function Progress({ value, label }: { value: number | null; label: string }) {
  const now = value === null ? {} : { "aria-valuenow": Math.round(value) };
  return (
    <div className={value === null ? "progress busy" : "progress"} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} {...now}>
      <span style={{ transform: `scaleX(${value === null ? 0.4 : value / 100})` }} />
    </div>
  );
}
