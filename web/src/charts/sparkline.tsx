/** A small line without axes; gaps in the numbers are gaps in the line. The numbers stand beside it. */

const WIDTH = 90;
const HEIGHT = 22;

/** The lines of what is known without a gap, as points of a polyline. */
export function lines(values: readonly (number | null)[]): string[] {
  const known = values.filter((value) => value !== null);
  const least = Math.min(...known);
  const height = Math.max(...known) - least;
  const step = WIDTH / Math.max(1, values.length - 1);
  const found: string[][] = [[]];
  for (const [i, value] of values.entries())
    if (value === null) found.push([]);
    else {
      const y = height === 0 ? HEIGHT / 2 : HEIGHT - 2 - ((value - least) / height) * (HEIGHT - 4);
      found.at(-1)!.push(`${(i * step).toFixed(1)},${y.toFixed(1)}`);
    }
  return found.filter((points) => points.length > 0).map((points) => points.join(' '));
}

export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  if (values.filter((value) => value !== null).length < 2) return <span class="quiet">too few runs</span>;
  return (
    <svg class="sparkline" viewBox={`-1 0 ${WIDTH + 2} ${HEIGHT}`} role="img" aria-label={label}>
      {lines(values).map((points) =>
        points.includes(' ') ? (
          <polyline key={points} points={points} />
        ) : (
          <circle key={points} cx={points.split(',')[0]} cy={points.split(',')[1]} r="1.5" />
        ),
      )}
    </svg>
  );
}

/** A number with a bar as long as it is against the largest of its column. */
export function Bar({ value, most, text }: { value: number | null; most: number; text: string }) {
  return (
    <td class="number bar">
      {text}
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect width={most > 0 ? ((value ?? 0) / most) * 100 : 0} height="4" />
      </svg>
    </td>
  );
}
