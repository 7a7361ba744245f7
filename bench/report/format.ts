/** Numbers as people read them. */

/** A figure with three significant digits: "2.31 M", "48.2 k", "7.30". */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e6) return `${threeDigits(value / 1e6)} M`;
  if (size >= 1e4) return `${threeDigits(value / 1e3)} k`;
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return threeDigits(value);
}

/** Three significant digits, never in exponents. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** A number of bytes: "64 B", "16 KiB", "1 MiB", "2.40 KiB". */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "–";
  const units = ["B", "KiB", "MiB", "GiB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : threeDigits(value)} ${units[unit]}`;
}

/** A ratio: "2.31×". */
export function formatRatio(ratio: number | undefined): string {
  return ratio === undefined || !Number.isFinite(ratio) ? "–" : `${threeDigits(ratio)}×`;
}

/** Milliseconds: "0.51 ms". */
export function formatMilliseconds(value: number | undefined, digits: number): string {
  return value === undefined ? "–" : `${value.toFixed(digits)} ms`;
}

/** A share of one: "97 %". */
export function formatShare(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : "–";
}
