// Formats numbers and times. Times are in microseconds; all clock times are UTC.

export function duration(micros) {
  const ms = micros / 1e3;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1e3) return `${Math.round(ms)} ms`;
  if (ms < 1e5) return `${(ms / 1e3).toFixed(1)} s`;
  return `${Math.round(ms / 6e4)} min`;
}

export function clock(micros) {
  return new Date(micros / 1e3).toISOString().slice(11, 23);
}

export function day(micros) {
  return new Date(micros / 1e3).toISOString().slice(0, 10);
}

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export function number(value) {
  return NUMBER.format(value);
}

export function percent(part, whole) {
  if (!whole || !part) return "0%";
  const share = (100 * part) / whole;
  return share < 0.1 ? "< 0.1%" : `${share < 10 ? share.toFixed(1) : Math.round(share)}%`;
}

export function counted(count, thing) {
  return `${number(count)} ${thing}${count === 1 ? "" : "s"}`;
}
