/** The statistics of the report. */

/** The median; NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? Number.NaN : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Half the distance from the least to the greatest value, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values);
}

/**
 * How many times as much as `others` the `values` are: the median over the rounds of the ratio
 * within a round, since what is measured at about the same time has had the same disturbances.
 * Undefined where no round has both.
 */
export function pairedRatio(
  values: readonly (number | undefined)[],
  others: readonly (number | undefined)[],
): number | undefined {
  const ratios: number[] = [];
  values.forEach((value, round) => {
    const other = others[round];
    if (value !== undefined && other !== undefined && other > 0) ratios.push(value / other);
  });
  return ratios.length === 0 ? undefined : median(ratios);
}
