/** A bar with its number for those who cannot see it; without a value it is busy. `ahead` is a paler bar that runs before it. */
export function Progress({ value, ahead = null, label }: { value: number | null; ahead?: number | null; label: string }) {
  const now = value === null ? {} : { "aria-valuenow": Math.round(ahead ?? value) };
  return (
    <div className={value === null ? "progress busy" : "progress"} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} {...now}>
      {ahead !== null && value !== null && <span className="ahead" style={{ transform: `scaleX(${ahead / 100})` }} />}
      <span style={{ transform: `scaleX(${value === null ? 0.4 : value / 100})` }} />
    </div>
  );
}
