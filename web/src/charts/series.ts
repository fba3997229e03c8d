/** Points of a history as a chart draws them: what is not known stays a gap, and nothing is filled in. */

/** At epoch ms; null is not known. */
export interface Point {
  at: number;
  value: number | null;
}

const DAY_MS = 86_400_000;
const dayOf = (at: number): number => Math.floor(at / DAY_MS);

/** The points with a gap at each of these times, in order. */
export function withGaps(points: readonly Point[], missed: readonly number[]): Point[] {
  return [...points, ...missed.map((at) => ({ at, value: null }))].sort((a, b) => a.at - b.at);
}

/**
 * By how much each UTC day changed against the day before it, at the time of its last point. Null where the day before has no
 * number: two days are not one.
 */
export function perDay(points: readonly Point[]): Point[] {
  const last = new Map<number, Point & { value: number }>();
  for (const { at, value } of points) if (value !== null) last.set(dayOf(at), { at, value });
  const days = [...last.keys()];
  const first = days[0];
  if (first === undefined) return [];
  const changes: Point[] = [];
  for (let day = first + 1; day <= days.at(-1)!; day++) {
    const now = last.get(day);
    const before = last.get(day - 1);
    changes.push({
      at: now?.at ?? day * DAY_MS,
      value: now && before ? now.value - before.value : null,
    });
  }
  return changes;
}
